#include <pgcoro/types/arrays.hpp>
#include <pgcoro/types/integers.hpp>
#include <pgcoro/types/pg_lsn.hpp>
#include <pgcoro/types/pg_snapshot.hpp>
#include <pgcoro/types/text.hpp>
#include <pgcoro/types/tid.hpp>
#include <pgcoro/types/void.hpp>

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <doctest/doctest.h>
#include <string>
#include <string_view>
#include <unordered_set>
#include <variant>
#include <vector>

#include "types_support.hpp"

namespace types_system_tests {

using namespace types_test;
namespace oids = pgcoro::oids;
using pgcoro::codec;
using pgcoro::errc;
using pgcoro::pg_lsn;
using pgcoro::pg_snapshot;
using pgcoro::tid;

namespace {

// What pg_snapshot_send of a server gave for 10:20:10,14,15.
const std::string snapshot = without_blanks("00000003 000000000000000a 0000000000000014 000000000000000a "
                                            "000000000000000e 000000000000000f");

errc code_of_snapshot(std::string_view hex) {
    return failure_of([&] { read<pg_snapshot>(oids::pg_snapshot, hex); }).code;
}

template <class T>
bool refused(std::string_view text) {
    return failure_of([&] { T::parse(text); }).code == errc::value_out_of_range;
}

} // namespace

TEST_CASE("tid is a block and an offset") {
    CHECK(read<tid>(oids::tid, "00000005 0006") == tid{5, 6});
    CHECK(write(tid{4294967295, 65535}, oids::tid) == "ffffffffffff");
    CHECK(fmt::format("{}", tid{4294967295, 65535}) == "(4294967295,65535)");
    CHECK(tid::parse("(5,6)") == tid{5, 6});
    CHECK(write_text(tid{0, 1}, some_user_type) == "(0,1)");
    CHECK(tid{0, 2} < tid{1, 1});
    CHECK(tid{1, 1} < tid{1, 2});
    CHECK(std::unordered_set<tid>{{1, 0}, {0, 1}, {1, 0}}.size() == 2);
    for (const std::string_view text :
         {"", "(1,2", "1,2", "(1,65536)", "(4294967296,1)", "(-1,1)", "(1,2)x", "(1)", "(,)"})
        CHECK(refused<tid>(text));
    for (const std::string_view hex : {"", "0000000500", "00000005000600"})
        CHECK(failure_of([&] { read<tid>(oids::tid, hex); }).code == errc::protocol_error);
    CHECK(failure_of([] { read<tid>(oids::tid, "28302c3129", pgcoro::wire_format::text); }).code
          == errc::type_mismatch);
    CHECK_FALSE(codec<tid>::reads(oids::point));
}

TEST_CASE("pg_lsn is a number printed in two halves") {
    CHECK(read<pg_lsn>(oids::pg_lsn, "00000016 b374d848") == pg_lsn{0x16b374d848});
    CHECK(write(pg_lsn{0x16b374d848}, oids::pg_lsn) == "00000016b374d848");
    CHECK(fmt::format("{}", pg_lsn{0x16b374d848}) == "16/B374D848");
    CHECK(fmt::format("{}", pg_lsn{0x100000001}) == "1/1");
    CHECK(pg_lsn::parse("FFFFFFFF/ffffffff").value == 0xffffffffffffffff);
    CHECK(pg_lsn::parse("0/0") == pg_lsn());
    CHECK(write_text(pg_lsn{1}, some_user_type) == "0/1");
    CHECK(pg_lsn{1} < pg_lsn{0x100000000});
    for (const std::string_view text : {"", "0", "/1", "1/", "123456789/0", "0/123456789", "000000001/0",
                                        "0/000000001", "0/g", "0x1/1", "-1/1", "1/1/1", "1/ 1"})
        CHECK(refused<pg_lsn>(text));
    CHECK(failure_of([] { read<pg_lsn>(oids::pg_lsn, "00000016 b374d8"); }).code == errc::protocol_error);
    CHECK_FALSE(codec<pg_lsn>::reads(oids::int8));
}

TEST_CASE("a snapshot lists the transactions in progress") {
    const pg_snapshot value(10, 20, {10, 14, 15});
    CHECK(read<pg_snapshot>(oids::pg_snapshot, snapshot) == value);
    CHECK(read<pg_snapshot>(oids::txid_snapshot, snapshot) == value);
    CHECK(write(value, oids::pg_snapshot) == snapshot);
    CHECK(write(value, oids::txid_snapshot) == snapshot);
    CHECK(fmt::format("{}", value) == "10:20:10,14,15");
    CHECK(pg_snapshot::parse("10:20:10,14,15") == value);
    CHECK(pg_snapshot::parse("1:1:") == pg_snapshot());
    CHECK(write_text(value, some_user_type) == "10:20:10,14,15");
    for (const std::string_view text :
         {"", "10", "10:20", "10:20:,", "10:20:14,", "10:20:15,14", "10:20:14,14", "10:20:9", "10:20:20",
          "0:1:", "20:10:", "10:20: 11", "18446744073709551616:1:", "-1:1:"})
        CHECK(refused<pg_snapshot>(text));
    CHECK(failure_of([] { write(pg_snapshot(10, 20, {15, 14}), oids::pg_snapshot); }).code
          == errc::value_out_of_range);
    CHECK(failure_of([] { write(pg_snapshot(0, 20, {}), some_user_type); }).code == errc::value_out_of_range);
    CHECK(pg_snapshot(1, ~std::uint64_t{0}, {~std::uint64_t{0} - 1}).valid());
    CHECK_FALSE(pg_snapshot(1, ~std::uint64_t{0}, {~std::uint64_t{0}}).valid());
}

TEST_CASE("bytes that are no snapshot are refused") {
    for (std::size_t size = 0; size < snapshot.size(); size += 2)
        CHECK(code_of_snapshot(snapshot.substr(0, size)) == errc::protocol_error);
    CHECK(code_of_snapshot(snapshot + "00") == errc::protocol_error);
    for (const std::string_view count : {"00000002", "00000004", "7fffffff", "ffffffff", "80000000"})
        CHECK(code_of_snapshot(std::string(count) + snapshot.substr(8)) == errc::protocol_error);
    for (const std::string_view hex :
         {"00000000 0000000000000000 0000000000000014", "00000000 0000000000000014 000000000000000a",
          "00000001 000000000000000a 0000000000000014 0000000000000009",
          "00000001 000000000000000a 0000000000000014 0000000000000014",
          "00000002 000000000000000a 0000000000000014 000000000000000b 000000000000000b"})
        CHECK(code_of_snapshot(hex) == errc::protocol_error);
    CHECK(read<pg_snapshot>(oids::pg_snapshot, "00000000 000000000000000a 0000000000000014")
              .in_progress.empty());
}

TEST_CASE("void is read into nothing") {
    CHECK(read<std::monostate>(oids::void_, "") == std::monostate());
    CHECK(read<std::monostate>(oids::void_, "", pgcoro::wire_format::text) == std::monostate());
    CHECK(failure_of([] { read<std::monostate>(oids::void_, "00"); }).code == errc::protocol_error);
    CHECK_FALSE(codec<std::monostate>::reads(oids::text));
    CHECK_FALSE(pgcoro::writable<std::monostate>);
}

TEST_CASE("jsonpath is text with a version before it") {
    const auto bytes = bytes_of("01242e226122");
    const pgcoro::field_view field{bytes, oids::jsonpath, pgcoro::wire_format::binary};
    CHECK(codec<std::string>::reads(oids::jsonpath));
    CHECK(codec<std::string>::read(field) == "$.\"a\"");
    CHECK(codec<std::string_view>::read(field) == "$.\"a\"");
    CHECK(write(std::string("$.\"a\""), oids::jsonpath) == "01242e226122");
    CHECK(write<const char*>("$", oids::jsonpath) == "0124");
    for (const std::string_view hex : {"", "00", "0224"})
        CHECK(failure_of([&] { read<std::string>(oids::jsonpath, hex); }).code == errc::protocol_error);
    CHECK(failure_of([] { read<std::string>(oids::jsonpath, "0224"); }).message
          == "jsonpath of version 2 where 1 was expected");
}

} // namespace types_system_tests
