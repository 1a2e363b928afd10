// Every number that one type has, read from and written to every other: it arrives exactly or is refused, but for a double
// that is written to real.
#include <pgcoro/types/types.hpp>

#include <array>
#include <bit>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "types_support.hpp"

namespace types_crossings_tests {

using namespace types_test;
namespace oids = pgcoro::oids;
using pgcoro::codec;
using pgcoro::errc;
using pgcoro::numeric;
using pgcoro::oid;

// Holds every number of every type here but for numeric's.
using exact = long double;
static_assert(std::numeric_limits<exact>::digits >= 64);

constexpr std::array columns{oids::int2, oids::int4, oids::int8, oids::oid_, oids::float4, oids::float8, oids::numeric};

/// The edges of every type, their neighbours, and what lies between.
std::vector<exact> numbers() {
    std::vector<exact> all;
    for (const int bits : {0, 1, 7, 8, 15, 16, 23, 24, 25, 31, 32, 33, 52, 53, 54, 62, 63, 64})
        for (const int beside : {-1, 0, 1})
            for (const int sign : {1, -1}) all.push_back(sign * (std::ldexp(exact(1), bits) + beside) + exact(0));   // no -0
    for (const exact fraction : {0.5L, -0.25L, 1.5L, 8388607.5L, 4503599627370495.5L}) all.push_back(fraction);
    return all;
}

template <class T>
bool holds(exact value) {
    if constexpr (std::floating_point<T>) return static_cast<exact>(static_cast<T>(value)) == value;
    else if constexpr (std::same_as<T, numeric>) return true;
    else
        return value == std::trunc(value) && value >= static_cast<exact>(std::numeric_limits<T>::min())
               && value <= static_cast<exact>(std::numeric_limits<T>::max());
}

bool column_holds(oid column, exact value) {
    switch (column) {
    case oids::int2: return holds<std::int16_t>(value);
    case oids::int4: return holds<std::int32_t>(value);
    case oids::int8: return holds<std::int64_t>(value);
    case oids::oid_: return holds<std::uint32_t>(value);
    case oids::float4: return holds<float>(value);
    case oids::float8: return holds<double>(value);
    default: return true;
    }
}

template <std::integral I>
std::string big_endian(I value, std::size_t size) {
    return fmt::format("{:0{}x}", static_cast<std::make_unsigned_t<I>>(value), 2 * size);
}

std::string digits(exact value) { return value == std::trunc(value) ? fmt::format("{:.0f}", value) : fmt::format("{}", value); }

/// As the server sends it.
std::string wire(oid column, exact value) {
    switch (column) {
    case oids::int2: return big_endian(static_cast<std::int16_t>(value), 2);
    case oids::int4: return big_endian(static_cast<std::int32_t>(value), 4);
    case oids::int8: return big_endian(static_cast<std::int64_t>(value), 8);
    case oids::oid_: return big_endian(static_cast<std::uint32_t>(value), 4);
    case oids::float4: return big_endian(std::bit_cast<std::uint32_t>(static_cast<float>(value)), 4);
    case oids::float8: return big_endian(std::bit_cast<std::uint64_t>(static_cast<double>(value)), 8);
    default: return write(numeric::parse(digits(value)), oids::numeric);
    }
}

template <class T>
T from_exact(exact value) {
    if constexpr (std::same_as<T, numeric>) return numeric::parse(digits(value));
    else return static_cast<T>(value);
}

/// What may be read as what: whatever could hold some of the other's numbers without guessing what is meant.
template <class T>
bool should_read(oid column) {
    if constexpr (std::same_as<T, numeric>) return column != oids::oid_;
    else if constexpr (std::same_as<T, float>) return column == oids::float4 || column == oids::int2 || column == oids::numeric;
    else if constexpr (std::same_as<T, double>) return column != oids::int8 && column != oids::oid_;
    else return column != oids::float4 && column != oids::float8;
}

template <class T>
bool should_write(oid parameter) {
    if constexpr (std::same_as<T, numeric>) return parameter != oids::oid_;
    else if constexpr (std::floating_point<T>)
        return parameter == oids::float4 || parameter == oids::float8 || parameter == oids::numeric;
    else return true;
}

template <class T>
void check_crossings() {
    std::size_t exactly = 0, refused = 0;
    for (const oid other : columns) {
        CAPTURE(other);
        CHECK(codec<T>::reads(other) == should_read<T>(other));
        CHECK(codec<T>::writes(other) == should_write<T>(other));
        for (const exact value : numbers()) {
            CAPTURE(static_cast<double>(value));
            if (should_read<T>(other) && column_holds(other, value)) {
                const auto bytes = wire(other, value);
                if (holds<T>(value)) {
                    CHECK(read<T>(other, bytes) == from_exact<T>(value));
                    ++exactly;
                } else {
                    CHECK(failure_of([&] { read<T>(other, bytes); }).code == errc::value_out_of_range);
                    ++refused;
                }
            }
            if (should_write<T>(other) && holds<T>(value)) {
                if (std::same_as<T, double> && other == oids::float4) {   // as the server's own cast does
                    CHECK(write(from_exact<T>(value), other) == wire(other, static_cast<float>(value)));
                } else if (column_holds(other, value)) {
                    const auto written = write(from_exact<T>(value), other);
                    // Floating point becomes numeric by the fewest digits that read back.
                    if (std::floating_point<T> && other == oids::numeric) CHECK(read<T>(other, written) == from_exact<T>(value));
                    else CHECK(written == wire(other, value));
                    ++exactly;
                } else {
                    CHECK(failure_of([&] { write(from_exact<T>(value), other); }).code == errc::value_out_of_range);
                    ++refused;
                }
            }
        }
    }
    CHECK(exactly > 100);
    if constexpr (!std::same_as<T, numeric>) CHECK(refused > 10);
}

TEST_CASE_TEMPLATE("a number of another type arrives exactly or is refused", T, std::int8_t, std::int16_t, std::int32_t,
                   std::int64_t, long, long long, std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t, float, double,
                   numeric) {
    check_crossings<T>();
}

TEST_CASE("decimal fractions become floating point if its shortest digits are the same, or are refused") {
    const auto sent = [](std::string_view text) { return write(numeric::parse(text), oids::numeric); };
    for (const auto* text : {"0.1", "-3.14159", "1e-300", "123456789.125"}) {
        CAPTURE(text);
        CHECK(fmt::format("{}", read<double>(oids::numeric, sent(text))) == fmt::format("{}", std::stod(text)));
    }
    CHECK(read<float>(oids::numeric, sent("0.1")) == 0.1f);
    for (const auto* text : {"0.12345678901234567890", "1e400", "9007199254740993"}) {
        CAPTURE(text);
        CHECK(failure_of([&] { read<double>(oids::numeric, sent(text)); }).code == errc::value_out_of_range);
    }
    CHECK(failure_of([&] { read<float>(oids::numeric, sent("0.123456789")); }).code == errc::value_out_of_range);
}

TEST_CASE("what is no number crosses as such between floating point and numeric, and is no integer") {
    const auto infinity = std::numeric_limits<double>::infinity();
    const auto nan = write(numeric::parse("NaN"), oids::numeric), endless = write(numeric::parse("Infinity"), oids::numeric);
    CHECK(std::isnan(read<double>(oids::numeric, nan)));
    CHECK(std::isnan(read<float>(oids::numeric, nan)));
    CHECK(read<double>(oids::numeric, endless) == infinity);
    CHECK(write(infinity, oids::numeric) == endless);
    CHECK(write(std::numeric_limits<double>::quiet_NaN(), oids::numeric) == nan);
    CHECK(read<numeric>(oids::float8, "7ff0000000000000") == numeric::parse("Infinity"));
    CHECK(failure_of([&] { read<int>(oids::numeric, nan); }).code == errc::value_out_of_range);
    CHECK(failure_of([&] { read<int>(oids::numeric, endless); }).code == errc::value_out_of_range);
    CHECK(failure_of([&] { write(numeric::parse("NaN"), oids::int8); }).code == errc::value_out_of_range);
}

} // namespace types_crossings_tests
