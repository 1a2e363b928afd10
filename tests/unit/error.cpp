// Kinds of errors, whether they are transient, and errors as text.
#include <pgcoro/error.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/result.hpp>

#include <doctest/doctest.h>
#include <string>
#include <string_view>

namespace error_tests {

using pgcoro::errc;
using pgcoro::error;
using pgcoro::error_kind;
using pgcoro::execution_state;
using pgcoro::is_transient;
using pgcoro::make_sqlstate;
using pgcoro::verbosity;

namespace {

error server_error(std::string_view code) { return error(make_sqlstate(code)); }

error rejected_insert() {
    pgcoro::diagnostics said;
    said.severity = "ERROR";
    said.message = "duplicate key value violates unique constraint \"users_email_key\"";
    said.detail = "Key (email)=(ann@example.org) already exists.";
    said.hint = "Take another one.";
    said.context = "COPY users, line 3";
    said.schema = "public";
    said.table = "users";
    said.column = "email";
    said.data_type = "citext";
    said.constraint = "users_email_key";
    said.file = "nbtinsert.c";
    said.line = 666;
    said.routine = "_bt_check_unique";
    said.internal_query = "insert into log";
    said.position = 13;
    said.sql = "insert into users values ($1)";
    return error(pgcoro::sqlstate::unique_violation, said, execution_state::rejected);
}

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

} // namespace

TEST_CASE("an error of the client has the kind that its code stands for") {
    CHECK(error_kind(error(errc::connect_failed)) == error_kind::connection_failed);
    CHECK(error_kind(error(errc::connect_timeout)) == error_kind::timeout);
    CHECK(error_kind(error(errc::query_timeout)) == error_kind::timeout);
    CHECK(error_kind(error(errc::authentication_failed)) == error_kind::authentication_failed);
    CHECK(error_kind(error(errc::connection_lost)) == error_kind::connection_lost);
    CHECK(error_kind(error(errc::operation_cancelled)) == error_kind::cancelled);
    CHECK(error_kind(error(errc::acquire_timeout)) == error_kind::pool_exhausted);
    CHECK(error_kind(error(errc::pool_overloaded)) == error_kind::pool_exhausted);
    CHECK(error_kind(error(errc::pool_closed)) == error_kind::pool_closed);
    CHECK(error_kind(error(errc::no_rows)) == error_kind::not_found);
    CHECK(error_kind(error(errc::too_many_rows)) == error_kind::too_many_rows);
    for (const errc code : {errc::parameter_count, errc::type_mismatch, errc::column_missing,
                            errc::not_shareable, errc::invalid_sql, errc::schema_mismatch})
        CHECK(error_kind(error(code)) == error_kind::invalid_query);
    CHECK(error_kind(error(errc::unexpected_null)) == error_kind::invalid_data);
    CHECK(error_kind(error(errc::value_out_of_range)) == error_kind::invalid_data);
    CHECK(error_kind(error(errc::commit_in_doubt)) == error_kind::commit_in_doubt);
    CHECK(error_kind(error(errc::configuration_invalid)) == error_kind::configuration);
    CHECK(error_kind(error(errc::protocol_error)) == error_kind::protocol);
}

TEST_CASE("an error of the server has the kind of its code, else of its class") {
    CHECK(error_kind(server_error("42601")) == error_kind::invalid_query);
    CHECK(error_kind(server_error("42703")) == error_kind::invalid_query);
    CHECK(error_kind(server_error("42P01")) == error_kind::table_not_found);
    CHECK(error_kind(server_error("42501")) == error_kind::permission_denied);
    CHECK(error_kind(server_error("23505")) == error_kind::constraint_violation);
    CHECK(error_kind(server_error("23999")) == error_kind::constraint_violation);
    CHECK(error_kind(server_error("44000")) == error_kind::constraint_violation);
    CHECK(error_kind(server_error("40001")) == error_kind::serialization_failure);
    CHECK(error_kind(server_error("40P01")) == error_kind::serialization_failure);
    CHECK(error_kind(server_error("40003")) == error_kind::commit_in_doubt);
    CHECK(error_kind(server_error("22P02")) == error_kind::invalid_data);
    CHECK(error_kind(server_error("08006")) == error_kind::connection_lost);
    CHECK(error_kind(server_error("08001")) == error_kind::connection_failed);
    CHECK(error_kind(server_error("08P01")) == error_kind::protocol);
    CHECK(error_kind(server_error("28P01")) == error_kind::authentication_failed);
    CHECK(error_kind(server_error("57014")) == error_kind::cancelled);
    CHECK(error_kind(server_error("57P01")) == error_kind::server_shutting_down);
    CHECK(error_kind(server_error("57P03")) == error_kind::server_shutting_down);
    CHECK(error_kind(server_error("53300")) == error_kind::insufficient_resources);
    CHECK(error_kind(server_error("55P03")) == error_kind::lock_not_available);
    CHECK(error_kind(server_error("25P02")) == error_kind::transaction_aborted);
    CHECK(error_kind(server_error("25P04")) == error_kind::timeout);
    CHECK(error_kind(server_error("P0001")) == error_kind::query_failed);
    CHECK(error_kind(server_error("P0002")) == error_kind::not_found);
    CHECK(error_kind(server_error("XX001")) == error_kind::server_failure);
    CHECK(error_kind(server_error("QQ001")) == error_kind::query_failed);
}

TEST_CASE("a code of another category is of another kind and not transient") {
    const error e(boost::asio::error::connection_reset);
    CHECK(error_kind(e) == error_kind::other);
    CHECK_FALSE(is_transient(e));
}

TEST_CASE("kinds are usable in a switch and have names") {
    switch (error_kind(error(errc::no_rows))) {
    case error_kind::not_found: break;
    default: FAIL("no_rows is not found");
    }
    const pgcoro::error_kind_t kind = error_kind(server_error("40001"));
    CHECK(to_string(kind) == "serialization_failure");
}

TEST_CASE("what may be gone in a moment is transient") {
    for (const std::string_view code : {"40001", "40P01", "55P03", "57P01", "57P02", "57P03", "57P05",
                                        "53000", "53100", "53300", "08000", "08001", "08006", "72000"}) {
        CAPTURE(code);
        CHECK(is_transient(server_error(code)));
    }
    for (const errc code : {errc::connect_failed, errc::connect_timeout, errc::connection_lost,
                            errc::acquire_timeout, errc::pool_overloaded})
        CHECK(is_transient(error(code)));
}

TEST_CASE("what stays wrong, what was asked for and what is in doubt are not transient") {
    for (const std::string_view code : {"42601", "42P01", "23505", "22P02", "57014", "57P04", "08P01",
                                        "08007", "40003", "40002", "28P01", "25P02", "XX000"}) {
        CAPTURE(code);
        CHECK_FALSE(is_transient(server_error(code)));
    }
    for (const errc code :
         {errc::authentication_failed, errc::query_timeout, errc::operation_cancelled, errc::pool_closed,
          errc::commit_in_doubt, errc::transaction_aborted, errc::no_rows, errc::protocol_error,
          errc::configuration_invalid, errc::not_connected})
        CHECK_FALSE(is_transient(error(code)));
}

TEST_CASE("an error says its condition, message and statement, and nothing of what may repeat values") {
    const error e = rejected_insert();
    CHECK(std::string(e.what())
          == "unique_violation (SQLSTATE 23505): duplicate key value violates unique constraint "
             "\"users_email_key\" [insert into users values ($1)]");
    CHECK(to_string(e) == e.what());
    CHECK(to_string(e, verbosity::standard) == e.what());
    CHECK(to_string(e, verbosity::terse)
          == "unique_violation (SQLSTATE 23505): duplicate key value violates unique constraint "
             "\"users_email_key\"");
}

TEST_CASE("only the full text has the other fields, a line each") {
    const error e = rejected_insert();
    const std::string full = to_string(e, verbosity::full);
    CHECK(full.starts_with(e.what()));
    for (const std::string_view line :
         {"\nSEVERITY: ERROR", "\nDETAIL: Key (email)=(ann@example.org) already exists.",
          "\nHINT: Take another one.", "\nPOSITION: 13", "\nINTERNAL QUERY: insert into log",
          "\nCONTEXT: COPY users, line 3", "\nSCHEMA NAME: public", "\nTABLE NAME: users",
          "\nCOLUMN NAME: email", "\nDATATYPE NAME: citext", "\nCONSTRAINT NAME: users_email_key",
          "\nLOCATION: _bt_check_unique, nbtinsert.c:666", "\nEXECUTION: rejected"}) {
        CAPTURE(line);
        CHECK(contains(full, line));
        CHECK_FALSE(contains(to_string(e, verbosity::standard), line));
    }
    CHECK_FALSE(contains(full, "INTERNAL POSITION"));
    CHECK(to_string(error(errc::no_rows), verbosity::full) == "no rows\nEXECUTION: not sent");
}

TEST_CASE("a result throws the error itself") {
    const boost::system::result<int, error> failed = rejected_insert();
    try {
        (void)failed.value();
        FAIL("nothing was thrown");
    } catch (const error& e) {
        CHECK(e.diagnostics().constraint == "users_email_key");
        CHECK(e.execution() == execution_state::rejected);
    }
}

TEST_CASE("time limits and cancellation equal the portable conditions") {
    CHECK(error(errc::operation_cancelled).code() == boost::system::errc::operation_canceled);
    for (const errc code : {errc::query_timeout, errc::connect_timeout, errc::acquire_timeout})
        CHECK(error(code).code() == boost::system::errc::timed_out);
    CHECK(error(errc::no_rows).code() != boost::system::errc::timed_out);
}

TEST_CASE("an error whose message is withheld says code and statement, and keeps the rest") {
    pgcoro::diagnostics said;
    said.message = "invalid input syntax: \"hunter2\"";
    said.detail = "a detail";
    said.sql = "select $1::int";
    const pgcoro::error shown(pgcoro::sqlstate::invalid_text_representation, said, pgcoro::execution_state::rejected);
    const auto withheld = shown.with_message_withheld();
    CHECK(withheld.is_message_withheld());
    CHECK_FALSE(shown.is_message_withheld());
    CHECK(std::string(withheld.what()) == shown.code().message() + " [select $1::int]");
    CHECK(to_string(withheld) == withheld.what());
    CHECK(to_string(withheld, pgcoro::verbosity::terse) == shown.code().message());
    const auto full = to_string(withheld, pgcoro::verbosity::full);
    CHECK(full.find("\nMESSAGE: invalid input syntax: \"hunter2\"\n") != std::string::npos);
    CHECK(full.find("\nDETAIL: a detail\n") != std::string::npos);
    CHECK(withheld.diagnostics().message == said.message);
    CHECK(withheld.code() == shown.code());
    CHECK(withheld.execution() == shown.execution());
    CHECK(withheld.with_execution(pgcoro::execution_state::unknown).is_message_withheld());
}

} // namespace error_tests
