// Names quoted for SQL text.
#include <pgcoro/core/identifier.hpp>
#include <pgcoro/core/runtime_sql.hpp>
#include <pgcoro/core/sql_tokens.hpp>

#include <fmt/format.h>

#include <doctest/doctest.h>
#include <string>
#include <string_view>

namespace identifier_tests {

using pgcoro::identifier;
using pgcoro::qualified;

using namespace std::literals;

namespace {

template <class Make>
void check_refused(Make make) {
    try {
        (void)make();
        FAIL("not refused");
    } catch (const pgcoro::error& e) {
        CHECK(e.code() == pgcoro::errc::invalid_sql);
    }
}

} // namespace

TEST_CASE("a name is quoted whatever it holds") {
    CHECK(identifier("users").str() == R"("users")");
    CHECK(identifier("we ird").str() == R"("we ird")");
    CHECK(identifier("Sel\"ect").str() == R"("Sel""ect")");
    CHECK(identifier("\"").str() == R"("""")");
    CHECK(identifier("a.b").str() == R"("a.b")");
    CHECK(identifier("\xc3\xa4\\").str() == "\"\xc3\xa4\\\"");
    CHECK(identifier("a"s).str() == R"("a")");
}

TEST_CASE("a quoted name is one token for the lexer, so that nothing escapes from it") {
    for (const std::string_view name : {"a", "\"", "\"\"", "\"; drop table users; --", "/*", "$$", "'"}) {
        const identifier quoted{name};
        pgcoro::core::sql_tokenizer tokens(quoted.str());
        const auto first = tokens.next();
        CHECK(first.kind == pgcoro::core::sql_token_kind::quoted_identifier);
        CHECK(first.text == quoted.str());
        CHECK(tokens.next().kind == pgcoro::core::sql_token_kind::end);
    }
}

TEST_CASE("a qualified name quotes each of its parts") {
    CHECK(qualified("my schema", "t\"").str() == R"("my schema"."t""")");
    CHECK(qualified("s", "t"s, "c"sv).str() == R"("s"."t"."c")");
}

TEST_CASE("names that SQL does not have are refused") {
    check_refused([] { return identifier(""); });
    check_refused([] { return identifier("a\0b"sv); });
    check_refused([] { return qualified("", "t"); });
    check_refused([] { return qualified("s", ""); });
    check_refused([] { return qualified("s", "t\0"sv); });
}

TEST_CASE("names go into text by fmt, by plus and by to_string") {
    const identifier table("t");
    CHECK(fmt::format("select * from {} where {:>5} = $1", table, identifier("a"))
          == R"(select * from "t" where   "a" = $1)");
    CHECK("drop table " + table == R"(drop table "t")");
    CHECK("drop table "s + table + " cascade" == R"(drop table "t" cascade)");
    CHECK(table + "." == R"("t".)");
    CHECK(to_string(table) == R"("t")");
    CHECK(table == identifier("t"));
    CHECK(table != identifier("T"));
    CHECK(pgcoro::runtime_sql("table " + table).text() == R"(table "t")");
}

} // namespace identifier_tests
