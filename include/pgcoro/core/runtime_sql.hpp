// Text of a statement that is made at run time.
#pragma once

#include <pgcoro/core/statement_text.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace pgcoro {

/// Marks text that is put together at run time as SQL, since only literals are taken as such otherwise:
///
///     co_await pool.query<row>(pgcoro::runtime_sql("select * from " + pgcoro::identifier(table)));
///
/// Quote names with `identifier` and `qualified`; give values as parameters. The number of arguments and the kind
/// of the statement are checked when it is sent (`errc::parameter_count`, `errc::not_shareable`,
/// `errc::invalid_sql`). Owns its text. Thread safety: as an immutable value.
class runtime_sql {
public:
    explicit runtime_sql(std::string text) : text_(std::move(text)), known_(make_statement_text(text_, true)) {}
    explicit runtime_sql(std::string_view text) : runtime_sql(std::string(text)) {}
    explicit runtime_sql(const char* text) : runtime_sql(std::string(text)) {}

    const std::string& text() const noexcept { return text_; }

    /// The text and what is known about it. Lifetime: borrows from this object.
    statement_text statement() const noexcept {
        statement_text statement = known_;
        statement.text = text_; // a copied or moved string may have its characters elsewhere
        return statement;
    }

private:
    std::string text_;
    statement_text known_;
};

} // namespace pgcoro
