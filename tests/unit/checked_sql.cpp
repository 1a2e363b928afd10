// SQL as an argument of a verb. What does not compile is in tests/compile_fail/sql_*.cpp.
#include <pgcoro/core/checked_sql.hpp>

#include <doctest/doctest.h>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace checked_sql_tests {

using pgcoro::errc;
using pgcoro::error;
using pgcoro::pool_sql;
using pgcoro::runtime_sql;
using pgcoro::session_sql;
using pgcoro::statement_class;
using pgcoro::statement_text;

using namespace std::literals;

namespace {

template <class T = int, class... Args>
statement_text on_pool(std::type_identity_t<pool_sql<Args...>> sql, Args&&...) {
    return sql.statement();
}

template <class T = int, class... Args>
statement_text on_session(std::type_identity_t<session_sql<Args...>> sql, Args&&...) {
    return sql.statement();
}

template <class... Args>
std::optional<error> check_on_pool(std::type_identity_t<pool_sql<Args...>> sql, Args&&...) {
    return sql.check();
}

template <class... Args>
std::optional<error> check_on_session(std::type_identity_t<session_sql<Args...>> sql, Args&&...) {
    return sql.check();
}

inline constexpr const char* pointer = "select $1::text";
inline constexpr std::string_view view = "select $1, $2 -- and more";
inline constexpr char array[] = "select 3";

void check_refused(const std::optional<error>& refused, errc code, std::string_view part) {
    REQUIRE(refused);
    CAPTURE(refused->what());
    CHECK(refused->code() == code);
    CHECK(refused->execution() == pgcoro::execution_state::not_sent);
    CHECK(refused->diagnostics().message.find(part) != std::string::npos);
}

} // namespace

TEST_CASE("literals and constants are taken and known at compile time") {
    const statement_text literal = on_pool("select $1, $2", 1, "a");
    CHECK(literal.text == "select $1, $2");
    CHECK(literal.parameter_count == 2);
    CHECK(literal.cls == statement_class::shareable);
    CHECK_FALSE(literal.at_run_time);
    CHECK(literal.hash == pgcoro::core::hash_sql("select $1, $2"));

    CHECK(on_pool(pointer, 1).text == "select $1::text");
    CHECK(on_pool(view, 1, 2).parameter_count == 2);
    CHECK(on_pool(array).text == "select 3");
    constexpr std::string_view local = "select 4";
    CHECK(on_pool<long>(local).text == "select 4");
    constexpr pool_sql<> constant = "vacuum";
    static_assert(constant.statement().cls == statement_class::exclusive);
    static_assert(constant.text() == "vacuum");
}

TEST_CASE("arguments of any type count, one each") {
    int lvalue = 1;
    const std::string text = "x";
    CHECK(on_pool("select $1, $2, $3, $4", lvalue, text, nullptr, std::nullopt).parameter_count == 4);
    static_assert(std::is_same_v<pool_sql<int&, std::string>, pool_sql<const char(&)[2], int>>);
}

TEST_CASE("a connection of one's own takes what a pool refuses") {
    CHECK(on_session("begin").cls == statement_class::transaction_control);
    CHECK(on_session("set a = 1").cls == statement_class::session_setting);
    CHECK(on_session("listen a").cls == statement_class::notification);
    CHECK(on_session("prepare a as select 1").cls == statement_class::prepared);
    CHECK(on_session("declare a cursor for select $1", 1).cls == statement_class::cursor);
    CHECK(on_session("lock t").cls == statement_class::lock);
    CHECK(on_session("create table t(a int)").cls == statement_class::exclusive);
}

TEST_CASE("literals need no check at run time") {
    CHECK_FALSE(check_on_pool("select $1", 1));
    CHECK_FALSE(check_on_session("begin"));
    // Were it checked again, this one would be refused.
    const statement_text literal = pgcoro::make_statement_text("begin", false);
    CHECK_FALSE(pgcoro::core::check_sql(literal, 1, pgcoro::core::sql_scope::pool));
}

TEST_CASE("run-time text is borrowed and marked") {
    const runtime_sql sql("select " + "$1"s);
    const statement_text statement = on_pool(sql, 1);
    CHECK(statement.text.data() == sql.text().data());
    CHECK(statement.at_run_time);
    CHECK(statement.parameter_count == 1);
    CHECK(statement.hash == on_pool("select $1", 1).hash);
    static_assert(std::is_nothrow_constructible_v<pool_sql<>, const runtime_sql&>);
    static_assert(!std::is_convertible_v<std::string, runtime_sql>);
    static_assert(!std::is_convertible_v<const char*, runtime_sql>);
}

TEST_CASE("a copied or moved run-time text refers to its own characters") {
    for (const std::string& text :
         {"select 1"s, "select 'long enough to be on the heap, where a copy has other characters'"s}) {
        runtime_sql first(text);
        const runtime_sql copy = first;
        const runtime_sql moved = std::move(first);
        CHECK(copy.statement().text.data() == copy.text().data());
        CHECK(moved.statement().text.data() == moved.text().data());
        CHECK(copy.statement().text == text);
        CHECK(moved.statement().text == text);
    }
    CHECK(runtime_sql("select 1"sv).text() == "select 1");
    CHECK(runtime_sql("select 1").text() == "select 1");
}

TEST_CASE("run-time text that fits may be sent") {
    CHECK_FALSE(check_on_pool(runtime_sql("select $1"), 1));
    CHECK_FALSE(check_on_pool(runtime_sql("vacuum")));
    CHECK_FALSE(check_on_session(runtime_sql("begin")));
}

TEST_CASE("a wrong number of arguments for run-time text names both numbers and the statement") {
    const auto refused = check_on_pool(runtime_sql("select $1, $2"), 1, 2, 3);
    check_refused(refused, errc::parameter_count, "2 parameters, 3 arguments");
    CHECK(refused->diagnostics().sql == "select $1, $2");
    check_refused(check_on_pool(runtime_sql("select $1")), errc::parameter_count,
                  "1 parameters, 0 arguments");
    check_refused(check_on_session(runtime_sql("select 1"), 1), errc::parameter_count,
                  "0 parameters, 1 arguments");
}

TEST_CASE("a gap between the placeholders of run-time text names the missing one") {
    check_refused(check_on_pool(runtime_sql("select $1, $3"), 1, 2, 3), errc::parameter_count,
                  "placeholder $2 is missing below $3");
    check_refused(check_on_pool(runtime_sql("select $0")), errc::parameter_count, "from $1 to $65535");
}

TEST_CASE("run-time text that a pool must not share names the right verb") {
    check_refused(check_on_pool(runtime_sql("begin")), errc::not_shareable, "transaction() or begin()");
    check_refused(check_on_pool(runtime_sql("set a = 1")), errc::not_shareable, "session_settings");
    check_refused(check_on_pool(runtime_sql("listen a")), errc::not_shareable, "pgcoro::listener");
    check_refused(check_on_pool(runtime_sql("execute a")), errc::not_shareable, "acquire()");
    check_refused(check_on_pool(runtime_sql("fetch a")), errc::not_shareable, "stream()");
    check_refused(check_on_pool(runtime_sql("lock t")), errc::not_shareable, "transaction");
    check_refused(check_on_pool(runtime_sql("copy t from stdin")), errc::not_shareable, "copy_in");
    check_refused(check_on_session(runtime_sql("copy t to stdout")), errc::not_shareable, "copy_out");
}

TEST_CASE("run-time text that is no single statement is refused") {
    check_refused(check_on_pool(runtime_sql("")), errc::invalid_sql, "empty");
    check_refused(check_on_session(runtime_sql(" -- nothing")), errc::invalid_sql, "empty");
    check_refused(check_on_pool(runtime_sql("select 1\0"s)), errc::invalid_sql, "NUL");
    check_refused(check_on_pool(runtime_sql("select '")), errc::invalid_sql, "not terminated");
    check_refused(check_on_session(runtime_sql("select 1; select 2")), errc::invalid_sql, "execute_script");
}

} // namespace checked_sql_tests
