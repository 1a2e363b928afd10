// Rows to COPY's formats and back.
#include <pgcoro/mapping/copy_decode.hpp>
#include <pgcoro/mapping/copy_encode.hpp>
#include <pgcoro/types/types.hpp>

#include <chrono>
#include <cstdint>
#include <doctest/doctest.h>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "thrown_error.hpp"

namespace copy_rows_tests {

namespace {

using namespace pgcoro;
using namespace std::string_literals;

struct encoded_row {
    std::int64_t id;
    std::optional<std::string> text;
    std::chrono::sys_time<std::chrono::microseconds> at;
    double real;
};

copy_plan plan_for(std::vector<oid> types, bool direct, wire_format format = wire_format::binary) {
    copy_plan plan;
    for (const auto type : types) plan.columns.push_back({"c" + std::to_string(plan.columns.size()), type});
    plan.direct = direct;
    plan.format = format;
    plan.sql = "copy t from stdin";
    return plan;
}

std::string bytes_of(const copy_buffer& buffer) { return std::string(as_chars(buffer.bytes())); }

template <class T>
std::string encoded(const T& row, const copy_plan& plan) {
    copy_buffer buffer;
    encode_copy_row(buffer, row, plan, 1);
    return bytes_of(buffer);
}

using pgcoro::testing::thrown_by;

} // namespace

TEST_CASE("a row of a binary COPY is its number of fields, and each with its length") {
    const auto plan = plan_for({oids::int4, oids::text}, true);
    CHECK(encoded(std::tuple(7, "ab"s), plan) == "\0\2\0\0\0\4\0\0\0\7\0\0\0\2ab"s);
    CHECK(encoded(std::tuple(-1, ""s), plan) == "\0\2\0\0\0\4\377\377\377\377\0\0\0\0"s);
    CHECK(encoded(std::tuple(7, std::optional<std::string>()), plan) == "\0\2\0\0\0\4\0\0\0\7\377\377\377\377"s);
}

TEST_CASE("the quick way to write a row writes what the ordinary one does") {
    using namespace std::chrono;
    const std::vector<oid> types{oids::int8, oids::text, oids::timestamptz, oids::float8};
    const auto quick = plan_for(types, true), ordinary = plan_for(types, false);
    for (const auto& row : {encoded_row{1, "text", sys_days(year(2024) / 2 / 29), 1.5},
                            encoded_row{INT64_MIN, std::nullopt, sys_time<microseconds>::max(), -0.0},
                            encoded_row{-5, "", sys_time<microseconds>::min(), 1e300},
                            encoded_row{0, std::string(100000, 'x'), sys_time<microseconds>(microseconds(-1)), 0}})
        CHECK(encoded(row, quick) == encoded(row, ordinary));
}

TEST_CASE("truth values, dates and UUIDs are written as the server reads them, whichever way a row goes") {
    using namespace std::chrono;
    boost::uuids::uuid id{};
    *id.begin() = 0xab;
    const auto bytes_of_id = "\0\0\0\20\253"s + std::string(15, '\0');
    for (const bool direct : {true, false}) {
        const auto plan = plan_for({oids::boolean, oids::date, oids::uuid}, direct);
        CHECK(encoded(std::tuple(true, sys_days(year(2000) / 1 / 2), id), plan)
              == "\0\3\0\0\0\1\1\0\0\0\4\0\0\0\1"s + bytes_of_id);
        CHECK(encoded(std::tuple(false, year(1999) / 12 / 31, id), plan)
              == "\0\3\0\0\0\1\0\0\0\0\4\377\377\377\377"s + bytes_of_id);
        CHECK(encoded(std::tuple(std::optional<bool>(), local_days::max(), std::optional(id)), plan)
              == "\0\3\377\377\377\377\0\0\0\4\177\377\377\377"s + bytes_of_id);
        const auto no_date = thrown_by([&] { encoded(std::tuple(true, year(2023) / 2 / 30, id), plan); });
        CHECK(no_date.code() == errc::value_out_of_range);
        CHECK(std::string_view(no_date.what()).find("row 1, column 'c1' (date), element 2") != std::string_view::npos);
    }
}

TEST_CASE("a value that cannot be written leaves nothing of its row, whichever way it goes") {
    using time = std::chrono::sys_time<std::chrono::microseconds>;
    const time too_early(std::chrono::microseconds(INT64_MIN + 1));
    for (const bool direct : {true, false}) {
        const auto plan = plan_for({oids::int4, oids::timestamptz}, direct);
        copy_buffer buffer;
        encode_copy_row(buffer, std::tuple(1, time()), plan, 1);
        const auto before = bytes_of(buffer);
        const auto failure = thrown_by([&] { encode_copy_row(buffer, std::tuple(2, too_early), plan, 17); });
        CHECK(failure.code() == errc::value_out_of_range);
        CHECK(std::string_view(failure.what()).find("row 17, column 'c1' (timestamp with time zone), element 2")
              != std::string_view::npos);
        CHECK(bytes_of(buffer) == before);
    }
}

TEST_CASE("a row of a textual COPY has its fields between tabs, escaped") {
    const auto plan = plan_for({oids::int4, 20000, oids::boolean}, false, wire_format::text);
    CHECK(encoded(std::tuple(7, "a\tb\nc\\d\re"s, true), plan) == "7\ta\\tb\\nc\\\\d\\re\ttrue\n");
    CHECK(encoded(std::tuple(7, std::optional<std::string>(), false), plan) == "7\t\\N\tfalse\n");
    CHECK(encoded(std::tuple(7, "\\N"s, false), plan) == "7\t\\\\N\tfalse\n");
    copy_buffer buffer;
    const auto failure = thrown_by([&] { encode_copy_row(buffer, std::tuple(7, "a\0b"s, false), plan, 1); });
    CHECK(failure.code() == errc::value_out_of_range);
    CHECK(buffer.empty());
}

TEST_CASE("the format is binary unless a column's form is known to the server alone") {
    using row = std::tuple<int, std::string>;
    const auto choose = [](oid first, oid second) {
        const std::vector<column_info> columns{{"a", first}, {"b", second}};
        return choose_copy_format<row>(columns, "copy");
    };
    CHECK(choose(oids::int8, oids::json) == wire_format::binary);
    CHECK(choose(oids::int4, 20000) == wire_format::text);
    CHECK(thrown_by([&] { choose(oids::text, oids::text); }).code() == errc::type_mismatch);
    const std::vector<column_info> one{{"a", oids::int4}};
    CHECK(thrown_by([&] { choose_copy_format<row>(one, "copy"); }).code() == errc::column_missing);
    using with_char = std::tuple<char, std::string>;
    const std::vector<column_info> columns{{"a", oids::char_}, {"b", 20000}};
    CHECK(thrown_by([&] { choose_copy_format<with_char>(columns, "copy"); }).code() == errc::type_mismatch);
}

TEST_CASE("rows come out of a binary COPY as they went in, however it is cut between them") {
    const std::vector<column_info> columns{{"a", oids::int4}, {"b", oids::text}};
    copy_buffer buffer;
    begin_copy_rows(buffer, wire_format::binary);
    auto plan = plan_for({oids::int4, oids::text}, true);
    std::vector<std::size_t> ends;
    for (int i = 0; i < 3; ++i) {
        encode_copy_row(buffer, std::tuple(i, i == 1 ? std::optional<std::string>() : std::string(static_cast<std::size_t>(i), 'x')),
                        plan, 1);
        ends.push_back(buffer.size());
    }
    end_copy_rows(buffer, wire_format::binary);
    using row = std::tuple<int, std::optional<std::string>>;
    const auto read_plan = make_column_plan<row>(columns, {});
    binary_copy_rows rows(columns);
    int n = 0;
    std::size_t from = 0;
    for (const auto end : {ends[0], ends[2], buffer.size()}) {
        rows.feed(buffer.bytes().subspan(from, end - from));
        from = end;
        for (; rows.next(); ++n) {
            const auto got = decode_row<row>(rows, 0, read_plan, {});
            CHECK(std::get<0>(got) == n);
            CHECK(std::get<1>(got).has_value() == (n != 1));
            if (n == 2) CHECK(std::get<1>(got) == "xx");
        }
    }
    CHECK(n == 3);
}

TEST_CASE("what is no binary COPY is a protocol error") {
    const std::vector<column_info> columns{{"a", oids::int4}};
    const std::string header("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
    for (const auto& bad : {"PGCOPY\n"s, std::string(19, 'x'), header + "\0"s, header + "\0\2"s, header + "\0\1\0\0\0\4\0"s,
                            header + "\0\1\377\377\377\0"s}) {
        binary_copy_rows rows(columns);
        rows.feed(std::as_bytes(std::span(bad.data(), bad.size())));
        errc code{};
        try {
            rows.next();
        } catch (const conversion_error& e) {
            code = e.code();
        }
        CHECK(code == errc::protocol_error);
    }
}

} // namespace copy_rows_tests
