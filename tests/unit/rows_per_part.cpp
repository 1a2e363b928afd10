// How many rows of a streamed result come at once.
#include <pgcoro/session/rows_per_part.hpp>

#include <doctest/doctest.h>
#include <initializer_list>
#include <vector>

namespace rows_per_part_tests {

using namespace pgcoro;

int rows_of(std::initializer_list<oid> types) {
    std::vector<column_info> columns;
    for (const auto type : types) columns.push_back({.name = "c", .type = type});
    return session::rows_per_part(columns);
}

TEST_CASE("rows without a value that can be wide come many at once") {
    CHECK(rows_of({}) == 64);
    CHECK(rows_of({oids::int4}) == 64);
    CHECK(rows_of({oids::int8, oids::timestamptz, oids::uuid, oids::name, oids::inet}) == 64);
}

TEST_CASE("one column whose values can be wide has the rows come few at once") {
    for (const auto wide : {oids::text, oids::varchar, oids::numeric, oids::jsonb, oids::int4_array, oids::record,
                            oids::polygon, oids::first_user_defined, oids::bytea_array}) {
        CAPTURE(wide);
        CHECK(rows_of({oids::int8, wide, oids::int8}) == 8);
    }
}

TEST_CASE("rows with a column of bytes come one by one") {
    CHECK(rows_of({oids::bytea}) == 1);
    CHECK(rows_of({oids::int8, oids::text, oids::bytea}) == 1);
}

} // namespace rows_per_part_tests
