// The lexer of SQL, and names quoted for it.
#include <pgcoro/core/cursor_statement.hpp>
#include <pgcoro/core/identifier.hpp>
#include <pgcoro/core/sql_lexer.hpp>
#include <pgcoro/core/sql_tokens.hpp>
#include <pgcoro/core/statement_atomicity.hpp>
#include <pgcoro/core/statement_text.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using pgcoro::core::sql_token_kind;

void expect(bool holds) {
    if (!holds) std::abort();
}

/// Tokens lie in the text, one behind the other.
void check_tokens(std::string_view text) {
    pgcoro::core::sql_tokenizer tokens(text);
    std::size_t end = 0;
    for (auto token = tokens.next(); token.kind != sql_token_kind::end; token = tokens.next()) {
        const auto start = static_cast<std::size_t>(token.text.data() - text.data());
        expect(start >= end && !token.text.empty() && token.text.size() <= text.size() - start);
        end = start + token.text.size();
        if (token.kind == sql_token_kind::unterminated) break;
    }
}

/// Whatever a name holds, in quotes it is one token.
void check_name(std::string_view name) {
    if (name.empty() || name.find('\0') != name.npos) return;
    const auto ordinary = pgcoro::core::summarize_sql("select \"x\" from t where y = $1");
    expect(pgcoro::core::summarize_sql("select " + pgcoro::identifier(name) + " from t where y = $1") == ordinary);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check_tokens(text);
    check_name(text);
    const auto statement = pgcoro::make_statement_text(text, true);
    expect(statement.parameter_count <= pgcoro::core::max_parameters);
    pgcoro::core::may_commit_by_itself(text, statement.cls);
    if (pgcoro::core::may_have_cursor(text)) expect(statement.fault != pgcoro::sql_fault::empty);
    if (statement.fault == pgcoro::sql_fault::none)
        expect(pgcoro::make_statement_text(pgcoro::core::without_semicolon(text), true).cls == statement.cls);
    return 0;
}
