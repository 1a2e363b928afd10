// Time points to and from timestamp and timestamptz.
#pragma once

#include <pgcoro/types/calendar.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <ratio>
#include <string_view>
#include <utility>

namespace pgcoro {
namespace types {

/// A duration that microseconds convert to and from by one multiplication or division, from nanoseconds and
/// below up to hours.
template <class Duration>
concept clock_duration = std::signed_integral<typename Duration::rep>
                         && std::ratio_less_v<typename Duration::period, std::ratio<86400>>
                         && (std::ratio_divide<typename Duration::period, std::micro>::num == 1
                             || std::ratio_divide<typename Duration::period, std::micro>::den == 1);

/// Conversion between a time point since 1970 and the server's microseconds since 2000, with every overflow
/// noticed.
template <class TimePoint>
struct timestamp_conversion {
    using duration = typename TimePoint::duration;
    using rep = typename TimePoint::rep;
    using per_microsecond = std::ratio_divide<std::micro, typename duration::period>;
    static constexpr std::int64_t finer = per_microsecond::num, coarser = per_microsecond::den;
    /// The server's epoch in units of the time point, if that is the coarser one, and microseconds beyond.
    static constexpr std::int64_t epoch_units = epoch_microseconds / coarser,
                                  epoch_parts = epoch_microseconds % coarser;

    static TimePoint from_server(std::int64_t raw, oid column, std::string_view cpp_type) {
        if (raw == server_infinity<std::int64_t>) return TimePoint::max();
        if (raw == server_minus_infinity<std::int64_t>) return TimePoint::min();
        // In units of the time point, since its epoch is too far from some of the server's microseconds.
        const auto parts = raw % coarser + epoch_parts;
        if (parts % coarser != 0) refuse_column(raw, column, "is more precise than", cpp_type);
        auto count = checked_add(raw / coarser, epoch_units + parts / coarser);
        if (count) count = checked_multiply(*count, finer);
        if (!count || !std::in_range<rep>(*count))
            refuse_column(raw, column, "is outside the range of", cpp_type);
        const TimePoint value{duration(static_cast<rep>(*count))};
        if (value == TimePoint::max() || value == TimePoint::min())
            refuse_column(raw, column, "is outside the range of", cpp_type);
        return value;
    }

    [[noreturn]] static void refuse_column(std::int64_t raw, oid column, std::string_view why,
                                           std::string_view cpp_type) {
        refuse_time_column(column, iso_timestamp(raw, column == oids::timestamptz ? "+00" : ""), why,
                           cpp_type);
    }

    /// What is more precise than a microsecond is rounded towards the past.
    static std::int64_t to_server(TimePoint value, std::string_view cpp_type, std::string_view sql_type) {
        const std::int64_t count = value.time_since_epoch().count();
        const auto whole = count / finer - (count % finer < 0 ? 1 : 0);
        auto raw = checked_subtract(whole, epoch_units);
        if (raw) raw = checked_multiply(*raw, coarser);
        if (raw) raw = checked_subtract(*raw, epoch_parts);
        if (!raw || *raw == server_infinity<std::int64_t> || *raw == server_minus_infinity<std::int64_t>)
            refuse_time_argument(cpp_type, sql_type);
        return *raw;
    }

    static void write(byte_writer& out, TimePoint value, oid parameter, std::string_view cpp_type,
                      std::string_view sql_type, std::string_view zone) {
        const bool infinite = value == TimePoint::max(), minus_infinite = value == TimePoint::min();
        if (user_defined(parameter)) {
            if (infinite || minus_infinite)
                out.write(infinite ? infinity_text : minus_infinity_text);
            else
                out.write(std::string_view(iso_timestamp(to_server(value, cpp_type, sql_type), zone)));
        } else
            out.write(wire(value, cpp_type, sql_type));
    }

    static std::int64_t wire(TimePoint value, std::string_view cpp_type, std::string_view sql_type) {
        if (value == TimePoint::max()) return server_infinity<std::int64_t>;
        if (value == TimePoint::min()) return server_minus_infinity<std::int64_t>;
        return to_server(value, cpp_type, sql_type);
    }
};

template <class Duration>
constexpr std::string_view pick_name(std::string_view microseconds, std::string_view nanoseconds,
                                     std::string_view others) noexcept {
    if (std::same_as<Duration, std::chrono::microseconds>) return microseconds;
    return std::same_as<Duration, std::chrono::nanoseconds> ? nanoseconds : others;
}

} // namespace types

/// Reads `timestamptz`; writes it and, as text, types that users made (domains).
///
/// `max()` and `min()` are the server's `infinity` and `-infinity`, in both directions. The server counts
/// microseconds: a more precise value is rounded towards the past when written; a value that is more precise
/// than a coarser time point (`sys_seconds`), or that it cannot reach (nanoseconds: 1677 to 2262;
/// microseconds: up to 294247, where the server goes on to 294276), is `errc::value_out_of_range` when read.
template <types::clock_duration Duration>
struct codec<std::chrono::sys_time<Duration>> {
    using value_type = std::chrono::sys_time<Duration>;

    static constexpr std::string_view name = types::pick_name<Duration>(
        "std::chrono::sys_time<microseconds>", "std::chrono::sys_time<nanoseconds>", "std::chrono::sys_time");
    static constexpr oid type = oids::timestamptz;

    static bool reads(oid column) noexcept { return column == oids::timestamptz; }

    static value_type read(const field_view& field) {
        types::expect_binary(field, name);
        return conversion::from_server(types::read_exactly<std::int64_t>(field), field.type, name);
    }

    static bool writes(oid parameter) noexcept {
        return parameter == oids::timestamptz || types::user_defined(parameter);
    }

    static wire_format format(oid parameter) noexcept { return types::text_if_user_defined(parameter); }

    static void write(byte_writer& out, value_type value, oid parameter) {
        conversion::write(out, value, parameter, name, "timestamp with time zone", "+00");
    }

    static std::int64_t wire(value_type value) { return conversion::wire(value, name, "timestamp with time zone"); }

private:
    using conversion = types::timestamp_conversion<value_type>;
};

/// Reads `timestamp`; writes it and, as text, types that users made (domains). Infinities, rounding and
/// ranges are those of `std::chrono::sys_time`.
template <types::clock_duration Duration>
struct codec<std::chrono::local_time<Duration>> {
    using value_type = std::chrono::local_time<Duration>;

    static constexpr std::string_view name =
        types::pick_name<Duration>("std::chrono::local_time<microseconds>",
                                   "std::chrono::local_time<nanoseconds>", "std::chrono::local_time");
    static constexpr oid type = oids::timestamp;

    static bool reads(oid column) noexcept { return column == oids::timestamp; }

    static value_type read(const field_view& field) {
        types::expect_binary(field, name);
        return conversion::from_server(types::read_exactly<std::int64_t>(field), field.type, name);
    }

    static bool writes(oid parameter) noexcept {
        return parameter == oids::timestamp || types::user_defined(parameter);
    }

    static wire_format format(oid parameter) noexcept { return types::text_if_user_defined(parameter); }

    static void write(byte_writer& out, value_type value, oid parameter) {
        conversion::write(out, value, parameter, name, "timestamp without time zone", "");
    }

    static std::int64_t wire(value_type value) { return conversion::wire(value, name, "timestamp without time zone"); }

private:
    using conversion = types::timestamp_conversion<value_type>;
};

} // namespace pgcoro
