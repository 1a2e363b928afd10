// What libpq says about a failed attempt to connect.
#include <pgcoro/session/connect_failure.hpp>

#include <doctest/doctest.h>
#include <string>

namespace connect_failure_tests {

using namespace pgcoro;
using pgcoro::session::connect_failure;
using pgcoro::session::sqlstate_in_message;

TEST_CASE("the SQLSTATE is found whatever the language, the last one of several") {
    CHECK(sqlstate_in_message("FATAL:  28P01: password authentication failed") == "28P01");
    CHECK(sqlstate_in_message("SCHWERWIEGEND:  53300: zu viele Verbindungen") == "53300");
    CHECK(sqlstate_in_message("FATAL:  53300: too many\nFATAL:  28000: no entry") == "28000");
    CHECK(sqlstate_in_message("could not connect: Connection refused") == "");
    CHECK(sqlstate_in_message("FATAL:  lower: no") == "");
    CHECK(sqlstate_in_message("FATAL:  28P01") == "");
    CHECK(sqlstate_in_message("") == "");
}

TEST_CASE("a refused log-in is authentication_failed") {
    const auto wrong = connect_failure("connection to server failed: FATAL:  28P01: password authentication "
                                       "failed for user \"a\"\nLOCATION:  auth.c:1",
                                       "");
    CHECK(wrong.code() == errc::authentication_failed);
    CHECK(wrong.diagnostics().message
          == "connection to server failed: FATAL:  password authentication failed for user \"a\"");
    CHECK(connect_failure("fe_sendauth: no password supplied", "").code() == errc::authentication_failed);
}

TEST_CASE("everything else is connect_failed, in one line, with what could not be resolved") {
    const auto refused = connect_failure("refused\nIs the server running?", "could not resolve host \"x\"");
    CHECK(refused.code() == errc::connect_failed);
    CHECK(refused.diagnostics().message == "refused Is the server running?; could not resolve host \"x\"");
    CHECK(connect_failure("", "only this").diagnostics().message == "only this");
    CHECK(connect_failure("FATAL:  53300: too many clients", "").code() == errc::connect_failed);
}

} // namespace connect_failure_tests
