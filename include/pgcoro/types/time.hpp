// Times of day to and from time.
#pragma once

#include <pgcoro/types/duration_conversion.hpp>
#include <pgcoro/types/time_of_day.hpp>
#include <pgcoro/types/timestamp.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <ratio>
#include <string>
#include <string_view>
#include <utility>

namespace pgcoro {
namespace types {

/// Throws for what no server sends.
inline void expect_time_of_day(std::int64_t microseconds, oid column) {
    if (!time_of_day::is_valid(microseconds)) [[unlikely]]
        throw conversion_error(errc::protocol_error, std::to_string(microseconds)
                                                         + " microseconds since midnight in a value of "
                                                         + type_name(column));
}

} // namespace types

/// Reads `time`; writes it and, as text, types that users made (domains).
template <>
struct codec<time_of_day> {
    static constexpr std::string_view name = "pgcoro::time_of_day";
    static constexpr oid type = oids::time;

    static bool reads(oid column) noexcept { return column == oids::time; }

    static time_of_day read(const field_view& field) {
        types::expect_binary(field, name);
        const auto microseconds = types::read_exactly<std::int64_t>(field);
        types::expect_time_of_day(microseconds, field.type);
        return time_of_day(std::chrono::microseconds(microseconds));
    }

    static bool writes(oid parameter) noexcept {
        return parameter == oids::time || types::user_defined(parameter);
    }

    static wire_format format(oid parameter) noexcept { return types::text_if_user_defined(parameter); }

    static void write(byte_writer& out, time_of_day value, oid parameter) {
        if (types::user_defined(parameter))
            out.write(std::string_view(to_string(value)));
        else
            out.write(wire(value));
    }

    static std::int64_t wire(time_of_day value) { return value.since_midnight().count(); }
};

/// Reads and writes the same types. 24:00 is the hour 24, in both directions. A negative time and one beyond
/// 24:00 is `errc::value_out_of_range` when written, a time more precise than a coarser duration (`seconds`)
/// when read; what is more precise than a microsecond is dropped when written.
template <types::clock_duration Duration>
struct codec<std::chrono::hh_mm_ss<Duration>> {
    using value_type = std::chrono::hh_mm_ss<Duration>;

    static constexpr std::string_view name = types::pick_name<Duration>(
        "std::chrono::hh_mm_ss<microseconds>", "std::chrono::hh_mm_ss<nanoseconds>", "std::chrono::hh_mm_ss");
    static constexpr oid type = oids::time;

    static bool reads(oid column) noexcept { return column == oids::time; }

    static value_type read(const field_view& field) {
        const auto time = codec<time_of_day>::read(field);
        return value_type(conversion::from_microseconds(time.since_midnight().count(), [&](auto why) {
            types::refuse_time_column(field.type, to_string(time), why, name);
        }));
    }

    static bool writes(oid parameter) noexcept { return codec<time_of_day>::writes(parameter); }
    static wire_format format(oid parameter) noexcept { return types::text_if_user_defined(parameter); }

    static void write(byte_writer& out, const value_type& value, oid parameter) {
        codec<time_of_day>::write(out, time_of_day(value), parameter);
    }

    static std::int64_t wire(const value_type& value) { return codec<time_of_day>::wire(time_of_day(value)); }

    /// Of a time as text.
    static bool make_scalar(byte_writer& out, std::string_view text, oid type_of_text) {
        if (type_of_text != oids::time) return false;
        out.write(codec<time_of_day>::wire(time_of_day::parse(text)));
        return true;
    }

private:
    using conversion = types::duration_conversion<Duration>;
};

} // namespace pgcoro
