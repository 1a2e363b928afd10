// What a connection pooler changes: which statements are prepared, which are refused, how settings are set.
#include <pgcoro/session/local_settings.hpp>
#include <pgcoro/session/pooler.hpp>

#include <doctest/doctest.h>
#include <string>
#include <string_view>

namespace pooler_tests {

using namespace pgcoro;
using libpq::transaction_status;

namespace {

statement_text text_of(std::string_view sql) { return make_statement_text(sql, true); }

std::optional<error> refusal(pooler_mode mode, std::string_view sql) {
    return session::refused_by_pooler(mode, text_of(sql));
}

} // namespace

TEST_CASE("statements are prepared unless a pooler shares sessions, or as statement_mode says") {
    const auto kept = [](statement_mode how, pooler_mode pooler) {
        return session::statement_capacity(100, how, pooler) == 100;
    };
    for (const auto mode : {pooler_mode::none, pooler_mode::session}) {
        CHECK(kept(statement_mode::automatic, mode));
        CHECK(kept(statement_mode::prepared, mode));
        CHECK_FALSE(kept(statement_mode::unnamed, mode));
    }
    for (const auto mode : {pooler_mode::transaction, pooler_mode::statement}) {
        CHECK_FALSE(kept(statement_mode::automatic, mode));
        CHECK(kept(statement_mode::prepared, mode));
        CHECK_FALSE(kept(statement_mode::unnamed, mode));
    }
}

TEST_CASE("without a pooler, or with one that keeps sessions apart, nothing is refused") {
    for (const char* const sql : {"listen a", "set a = 1", "discard all", "prepare a as select 1", "begin", "select 1"}) {
        CHECK_FALSE(refusal(pooler_mode::none, sql));
        CHECK_FALSE(refusal(pooler_mode::session, sql));
    }
}

TEST_CASE("what stays with a session is refused behind a pooler that shares them") {
    for (const char* const sql : {"listen a", "UNLISTEN *", "set a = 1", "SET SESSION a = 1", "reset all", "discard all",
                                  "/* local */ set -- local\n a = 1", "prepare a as select 1", "execute a",
                                  "deallocate all"})
        for (const auto mode : {pooler_mode::transaction, pooler_mode::statement}) {
            CAPTURE(sql);
            const auto refused = refusal(mode, sql);
            REQUIRE(refused);
            CHECK(refused->code() == errc::unsupported_by_pooler);
            CHECK(refused->execution() == execution_state::not_sent);
            CHECK(refused->diagnostics().sql == sql);
        }
    for (const char* const sql : {"select 1", "set local a = 1", "SET /* x */ LOCAL a = 1", "set transaction read only",
                                  "set constraints all deferred", "begin", "savepoint a", "prepare transaction 'a'",
                                  "lock t", "declare c cursor for select 1", "create table t()"}) {
        CAPTURE(sql);
        CHECK_FALSE(refusal(pooler_mode::transaction, sql));
    }
    CHECK(refusal(pooler_mode::statement, "begin"));
    CHECK_FALSE(refusal(pooler_mode::statement, "select 1"));
}

TEST_CASE("a value is quoted in the statement that sets it, whatever it holds") {
    CHECK(session::set_config_text({}, true) == "");
    CHECK(session::set_config_text({{"search_path", "\"a b\", public"}}, false)
          == "select pg_catalog.set_config('search_path', '\"a b\", public', false)");
    CHECK(session::set_config_text({{"a", "it's"}, {"b.c", "\\'; drop"}}, true)
          == "select pg_catalog.set_config('a', 'it''s', true), pg_catalog.set_config('b.c', E'\\\\''; drop', true)");
}

TEST_CASE("parameters are set before each statement that is a transaction of its own") {
    const session::local_settings binding("select 1", true), wanted("select 1", false);
    CHECK(session::local_settings().empty());
    CHECK(binding.precede(text_of("select 1")));
    CHECK(wanted.precede(text_of("select 1")));
    // It may be one that cannot run in a transaction.
    CHECK(binding.precede(text_of("create table t()")));
    CHECK_FALSE(wanted.precede(text_of("vacuum")));
}

TEST_CASE("parameters are set once in a caller's transaction, after what begins it") {
    session::local_settings settings("select 1", true);
    for (int i = 0; i < 2; ++i) {
        CHECK(settings.precede(text_of("select 1"), transaction_status::idle));
        CHECK(settings.precede(text_of("select 1"), transaction_status::idle));
        CHECK_FALSE(settings.precede(text_of("begin"), transaction_status::idle));
        CHECK_FALSE(settings.precede(text_of("set transaction read only"), transaction_status::in_transaction));
        CHECK(settings.precede(text_of("savepoint a"), transaction_status::in_transaction));
        CHECK(settings.held());
        CHECK_FALSE(settings.precede(text_of("select 1"), transaction_status::in_transaction));
        CHECK_FALSE(settings.precede(text_of("commit and chain"), transaction_status::in_transaction));
        CHECK_FALSE(settings.precede(text_of("set transaction read only"), transaction_status::in_transaction));
        CHECK(settings.precede(text_of("set local a = 1"), transaction_status::in_transaction));
        CHECK_FALSE(settings.precede(text_of("commit"), transaction_status::in_transaction));
    }
    CHECK_FALSE(settings.precede(text_of("rollback"), transaction_status::failed));
    CHECK_FALSE(settings.held());
}

namespace {

std::string spread(const char* script, transaction_status status = transaction_status::idle, bool binding = true,
                   bool already = false) {
    session::local_settings settings("SET", binding);
    if (already) settings.behind_begin();
    session::spliced_text spliced;
    settings.spread(script, status, spliced);
    return spliced.text();
}

} // namespace

TEST_CASE("parameters are set in each transaction of a script, behind what begins it") {
    CHECK(spread("") == "");
    CHECK(spread("-- nothing") == "-- nothing");
    CHECK(spread("select 1") == "SET; select 1");
    CHECK(spread(";; /* a */ insert into t values (';'); select 2") == ";; /* a */ SET; insert into t values (';'); select 2");
    CHECK(spread("begin isolation level serializable; set transaction read only; select 1; select 2; commit; select 3; select 4")
          == "begin isolation level serializable; set transaction read only; SET; select 1; select 2; commit; SET; select 3; "
             "select 4");
    CHECK(spread("select 1; begin; select 2; rollback; start transaction; savepoint a; rollback to a; select 3; end")
          == "SET; select 1; begin; select 2; rollback; start transaction; SET; savepoint a; rollback to a; select 3; end");
    CHECK(spread("begin; set local a = 1; rollback work to savepoint x; commit and chain; select 1")
          == "begin; SET; set local a = 1; rollback work to savepoint x; commit and chain; SET; select 1");
    CHECK(spread("create function f() returns int begin atomic select 1; select 2; end; select f()")
          == "SET; create function f() returns int begin atomic select 1; select 2; end; select f()");
}

TEST_CASE("a script that goes on in a transaction has its parameters, or gets them") {
    CHECK(spread("select 1; commit; select 2; select 3", transaction_status::in_transaction, true, true)
          == "select 1; commit; SET; select 2; select 3");
    CHECK(spread("set transaction read only; select 1", transaction_status::in_transaction)
          == "set transaction read only; SET; select 1");
    CHECK(spread("rollback; select 1", transaction_status::failed) == "rollback; SET; select 1");
    CHECK(spread("rollback to a; select 1", transaction_status::failed) == "rollback to a; select 1");
}

TEST_CASE("a single statement that could not run with others is left alone, unless parameters are binding") {
    CHECK(spread("vacuum", transaction_status::idle, false) == "vacuum");
    CHECK(spread("vacuum; ", transaction_status::idle, true) == "SET; vacuum; ");
    CHECK(spread("create table t(); select 1", transaction_status::idle, false) == "SET; create table t(); select 1");
}

TEST_CASE("a position in a text with insertions is told as one in the caller's own") {
    session::spliced_text text;
    text.insert("\xc3\xa9");   // with "; " three characters
    text.append("ab\xc3\xa9;");
    text.insert("xy");
    text.append(" z");
    CHECK(text.text() == "\xc3\xa9; ab\xc3\xa9;xy;  z");
    CHECK(text.begins_with_insertion());
    CHECK(text.own_position(0) == 0);
    for (const std::uint32_t inserted : {1u, 3u, 8u, 11u}) CHECK(text.own_position(inserted) == 0);
    CHECK(text.own_position(4) == 1);
    CHECK(text.own_position(7) == 4);
    CHECK(text.own_position(12) == 5);
    CHECK(text.own_position(13) == 6);
    CHECK_FALSE(session::spliced_text().has_insertions());
}

TEST_CASE("the refusal of startup options is told from other failures") {
    const auto refuses = [](const char* said) {
        return session::refuses_startup_options(error(make_error_code(errc::connect_failed), said));
    };
    CHECK(refuses("connection failed: FATAL:  unsupported startup parameter: options"));
    CHECK(refuses("FATAL:  unsupported startup parameter in options: work_mem"));
    CHECK_FALSE(refuses("FATAL:  unsupported startup parameter: replication"));
    CHECK_FALSE(refuses("FATAL:  unrecognized configuration parameter \"options\""));
}

} // namespace pooler_tests
