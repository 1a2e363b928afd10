// SQLSTATEs, their names, their classes and their error category.
#include <pgcoro/core/sqlstate.hpp>

#include <boost/system/error_code.hpp>

#include <algorithm>
#include <doctest/doctest.h>
#include <iterator>
#include <set>
#include <string>
#include <string_view>

namespace sqlstate_tests {

using boost::system::error_code;
using pgcoro::make_sqlstate;
using pgcoro::sqlstate;
using pgcoro::sqlstate_class;

TEST_CASE("a SQLSTATE is named as in PostgreSQL's list") {
    static_assert(make_sqlstate("23505") == sqlstate::unique_violation);
    static_assert(make_sqlstate("40001") == sqlstate::serialization_failure);
    static_assert(make_sqlstate("42P01") == sqlstate::undefined_table);
    static_assert(make_sqlstate("57P03") == sqlstate::cannot_connect_now);
    static_assert(make_sqlstate("HV00N") == sqlstate::fdw_unable_to_establish_connection);
    static_assert(make_sqlstate("XX000") == sqlstate::internal_error);
    static_assert(make_sqlstate("00000") == sqlstate::successful_completion);
    // Names of C macros that are second names of a condition.
    static_assert(sqlstate::undefined_database == sqlstate::invalid_catalog_name);
    static_assert(sqlstate::datetime_value_out_of_range == sqlstate::datetime_field_overflow);
    // Later than PostgreSQL 15.
    static_assert(make_sqlstate("25P04") == sqlstate::transaction_timeout);
    CHECK(pgcoro::condition_name(sqlstate::unique_violation) == "unique_violation");
}

TEST_CASE("of conditions that share a name the first error has it and the others name their class") {
    static_assert(make_sqlstate("22001") == sqlstate::string_data_right_truncation);
    static_assert(make_sqlstate("01004") == sqlstate::warning_string_data_right_truncation);
    static_assert(make_sqlstate("22004") == sqlstate::null_value_not_allowed);
    static_assert(make_sqlstate("39004") == sqlstate::external_routine_invocation_null_value_not_allowed);
    static_assert(make_sqlstate("2F002") == sqlstate::modifying_sql_data_not_permitted);
    static_assert(make_sqlstate("38002") == sqlstate::external_routine_modifying_sql_data_not_permitted);
    CHECK(pgcoro::condition_name(make_sqlstate("01004")) == "warning_string_data_right_truncation");
}

TEST_CASE("every code of the table is written back as it is read, and every name is there once") {
    std::set<std::string_view> names;
    for (const auto& [code, name] : pgcoro::core::sqlstate_names) {
        CHECK(make_sqlstate(to_string(code)) == code);
        CHECK(pgcoro::condition_name(code) == name);
        CHECK(!pgcoro::class_name(class_of(code)).empty());
        CHECK(names.insert(name).second);
    }
    CHECK(names.size() > 240);
    CHECK(std::ranges::is_sorted(pgcoro::core::sqlstate_names, {}, &pgcoro::core::sqlstate_name::code));
}

TEST_CASE("a code without a name can be represented") {
    const sqlstate code = make_sqlstate("ZZ9ZZ");
    CHECK(to_string(code) == "ZZ9ZZ");
    CHECK(pgcoro::condition_name(code).empty());
    CHECK(to_string(make_sqlstate("00000")) == "00000");
    CHECK(to_string(make_sqlstate("ZZZZZ")) == "ZZZZZ");
    CHECK(code != make_sqlstate("ZZ9ZY"));
}

TEST_CASE("text that is no SQLSTATE is a violation of the protocol") {
    for (const std::string_view text : {"", "2350", "235055", "2350a", "23 05", "2350\xe4"})
        CHECK(make_sqlstate(text) == sqlstate::protocol_violation);
}

TEST_CASE("the message of a server error says the condition and the code") {
    const error_code code = sqlstate::unique_violation;
    CHECK(code.message() == "unique_violation (SQLSTATE 23505)");
    CHECK(std::string(code.category().name()) == "postgresql");
    CHECK(code.failed());
    CHECK(error_code(make_sqlstate("23999")).message() == "integrity_constraint_violation (SQLSTATE 23999)");
    CHECK(error_code(make_sqlstate("QQ001")).message() == "server error (SQLSTATE QQ001)");
}

TEST_CASE("a code equals its own condition alone") {
    const error_code code = sqlstate::unique_violation;
    CHECK(code == sqlstate::unique_violation);
    CHECK(code != sqlstate::foreign_key_violation);
    CHECK(code
          != error_code(static_cast<int>(sqlstate::unique_violation), boost::system::generic_category()));
}

TEST_CASE("a code equals the class that it belongs to") {
    const error_code code = sqlstate::unique_violation;
    CHECK(code == sqlstate_class::integrity_constraint_violation);
    CHECK(code != sqlstate_class::connection_exception);
    CHECK(error_code(make_sqlstate("23999")) == sqlstate_class::integrity_constraint_violation);
    CHECK(error_code(sqlstate::successful_completion) == sqlstate_class::successful_completion);
    CHECK(error_code(sqlstate::connection_failure) == sqlstate_class::connection_exception);
    CHECK(error_code(sqlstate::fdw_error) == sqlstate_class::foreign_data_wrapper_error);
    const error_code of_the_system(static_cast<int>(sqlstate::unique_violation),
                                   boost::system::system_category());
    CHECK(of_the_system != sqlstate_class::integrity_constraint_violation);
    CHECK(make_error_condition(sqlstate_class::data_exception).message() == "data_exception");
}

} // namespace sqlstate_tests
