// Values that travel as plain bytes are read and written as their codecs do it.
#include <pgcoro/mapping/decode.hpp>
#include <pgcoro/mapping/parameters.hpp>
#include <pgcoro/types/element_text.hpp>
#include <pgcoro/types/types.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <doctest/doctest.h>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "thrown_error.hpp"
#include "types_support.hpp"

namespace mapping_numbers {

using namespace pgcoro;

constexpr std::string_view sql = "select …";

/// A result of one row and column.
struct one_value {
    std::vector<std::byte> bytes;
    oid type;
    wire_format format = wire_format::binary;

    std::size_t row_count() const { return 1; }
    std::size_t column_count() const { return 1; }
    std::span<const std::byte> value(std::size_t, std::size_t) const { return bytes; }
    oid column_type(std::size_t) const { return type; }
    wire_format column_format(std::size_t) const { return format; }
    std::string_view column_name(std::size_t) const { return "n"; }
};

template <class T>
T decode(const one_value& from) {
    const std::vector<column_info> columns{{"n", from.type}};
    return decode_row<T>(from, 0, make_column_plan<T>(columns, sql), sql);
}

using pgcoro::testing::thrown_by;

template <class T>
void check_read(oid type, std::string_view hex, T expected) {
    CAPTURE(type);
    const one_value value{types_test::bytes_of(hex), type};
    CHECK(decode<T>(value) == expected);
    CHECK(decode<std::optional<T>>(value) == expected);
    CHECK(codec<T>::read({value.bytes, type}) == expected);

    auto longer = value, text = value;
    longer.bytes.push_back(std::byte{0});
    text.format = wire_format::text;
    const auto too_long = thrown_by([&] { decode<T>(longer); });
    CHECK(too_long.code() == errc::protocol_error);
    CHECK(std::string_view(too_long.what()).find("row 1, column 'n'") != std::string_view::npos);
    if constexpr (!std::same_as<T, char>) {
        const auto printed = pgcoro::types::element_text(expected);
        const auto bytes = std::as_bytes(std::span(printed));
        text.bytes.assign(bytes.begin(), bytes.end());
    }
    CHECK(decode<T>(text) == expected);   // as it comes beside a column without a binary form
    const one_value null{{}, type};
    CHECK(thrown_by([&] { decode<T>(null); }).code() == errc::unexpected_null);
    CHECK_FALSE(decode<std::optional<T>>(null));
}

/// What a parameter is sent as; nothing for NULL.
template <class T>
std::optional<std::string> sent(const T& value, oid type) {
    parameter_buffer buffer;
    const std::vector<type_ref> types{type};
    buffer.encode(std::tuple(value), types, sql);
    CHECK(buffer.formats()[0] == 1);
    if (buffer.values()[0] == nullptr) return std::nullopt;
    return std::string(buffer.values()[0], static_cast<std::size_t>(buffer.lengths()[0]));
}

template <class T>
void check_written(const T& value) {
    std::vector<std::byte> bytes;
    byte_writer out(bytes);
    codec<T>::write(out, value, codec<T>::type);
    CAPTURE(codec<T>::type);
    CHECK(sent(value, codec<T>::type) == std::string(as_chars(bytes)));
    CHECK(sent(std::optional(value), codec<T>::type) == std::string(as_chars(bytes)));
    CHECK_FALSE(sent(std::optional<T>(), codec<T>::type));
}

template <class T>
void check_limits_written() {
    for (const T value : {std::numeric_limits<T>::lowest(), T(-1), T(0), T(1), std::numeric_limits<T>::max()}) check_written(value);
}

TEST_CASE("plain values are read as their codecs read them, and refused as they refuse them") {
    check_read<std::int16_t>(oids::int2, "8001", -32767);
    check_read<std::int32_t>(oids::int4, "80000001", -2147483647);
    check_read<std::int64_t>(oids::int8, "0102030405060708", 0x0102030405060708);
    check_read<float>(oids::float4, "c0490fdb", -3.14159274f);
    check_read<double>(oids::float8, "400921fb54442d18", 3.141592653589793);
    check_read<std::uint32_t>(oids::oid_, "fffffffe", 4294967294u);
    check_read<bool>(oids::boolean, "01", true);
    check_read<bool>(oids::boolean, "00", false);
    check_read<char>(oids::char_, "ff", '\xff');
}

TEST_CASE("from a column of another type a value is converted, and refused if it does not fit") {
    CHECK(decode<std::int32_t>({types_test::bytes_of("0000000000000007"), oids::int8}) == 7);
    CHECK(decode<std::int64_t>({types_test::bytes_of("fffe"), oids::int2}) == -2);
    CHECK(decode<std::uint32_t>({types_test::bytes_of("00000007"), oids::int4}) == 7);
    CHECK(thrown_by([] { decode<std::uint32_t>({types_test::bytes_of("ffffffff"), oids::int4}); }).code()
          == errc::value_out_of_range);
    CHECK(thrown_by([] { decode<std::int32_t>({types_test::bytes_of("0000000100000000"), oids::int8}); }).code()
          == errc::value_out_of_range);
}

TEST_CASE("numbers are written as their codecs write them") {
    check_limits_written<std::int16_t>();
    check_limits_written<std::int32_t>();
    check_limits_written<std::int64_t>();
    check_limits_written<float>();
    check_limits_written<double>();
    using namespace std::chrono;
    for (const microseconds since : {microseconds(0), microseconds(-1), microseconds(1), microseconds(1'700'000'000'000'000)}) {
        check_written(sys_time<microseconds>(since));
        check_written(local_time<microseconds>(since));
    }
    check_written(sys_time<microseconds>::max());
    check_written(time_of_day(24h));
    check_written(money(-1));
}

TEST_CASE("to a parameter of another type a number is converted, and refused if it does not fit") {
    CHECK(sent(std::int32_t{7}, oids::int8) == std::string("\0\0\0\0\0\0\0\7", 8));
    CHECK(sent(std::int64_t{-2}, oids::int2) == std::string("\xff\xfe", 2));
    CHECK(thrown_by([] { sent(std::int64_t{1} << 40, oids::int4); }).code() == errc::value_out_of_range);
    const auto late = std::chrono::sys_time<std::chrono::seconds>(std::chrono::seconds(std::int64_t{1} << 50));
    const auto refused = thrown_by([&] { sent(late, oids::timestamptz); });
    CHECK(refused.code() == errc::value_out_of_range);
    CHECK(refused.execution() == execution_state::not_sent);
    CHECK(std::string_view(refused.what()).find("$1") != std::string_view::npos);
}

TEST_CASE("several numbers keep their places, among values that are written otherwise") {
    parameter_buffer buffer;
    const std::vector<type_ref> types{oids::int4, oids::text, oids::int8, oids::numeric, oids::float8};
    buffer.encode(std::tuple(1, std::string_view("two"), std::int64_t{3}, 4, 5.0), types, sql);
    const auto value = [&](std::size_t i) { return std::string_view(buffer.values()[i], static_cast<std::size_t>(buffer.lengths()[i])); };
    CHECK(value(0) == std::string_view("\0\0\0\1", 4));
    CHECK(value(1) == "two");
    CHECK(value(2) == std::string_view("\0\0\0\0\0\0\0\3", 8));
    CHECK(value(3).size() == 10);
    CHECK(value(4) == std::string_view("\x40\x14\0\0\0\0\0\0", 8));
}

} // namespace mapping_numbers
