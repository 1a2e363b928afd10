// Intervals and the durations of std::chrono to and from interval.
#pragma once

#include <pgcoro/types/duration_conversion.hpp>
#include <pgcoro/types/interval.hpp>
#include <pgcoro/types/wire.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pgcoro {

/// Reads `interval`; writes it and, as text, types that users made (domains).
template <>
struct codec<interval> {
    static constexpr std::string_view name = "pgcoro::interval";
    static constexpr oid type = oids::interval;

    static bool reads(oid column) noexcept { return column == oids::interval; }

    static interval read(const field_view& field) {
        types::expect_binary(field, name);
        if (field.bytes.size() != size) types::refuse_size(field, size);
        byte_reader in(field.bytes);
        interval value;
        value.microseconds = in.read<std::int64_t>();
        value.days = in.read<std::int32_t>();
        value.months = in.read<std::int32_t>();
        return value;
    }

    static bool writes(oid parameter) noexcept {
        return parameter == oids::interval || types::user_defined(parameter);
    }

    static wire_format format(oid parameter) noexcept { return types::text_if_user_defined(parameter); }

    static void write(byte_writer& out, const interval& value, oid parameter) {
        if (types::user_defined(parameter)) return out.write(std::string_view(to_string(value)));
        out.write(value.microseconds);
        out.write(value.days);
        out.write(value.months);
    }

private:
    static constexpr std::size_t size = sizeof(std::int64_t) + 2 * sizeof(std::int32_t);
};

namespace types {

template <class Duration>
constexpr std::string_view duration_name() noexcept {
    using namespace std::chrono;
    if (std::same_as<Duration, nanoseconds>) return "std::chrono::nanoseconds";
    if (std::same_as<Duration, microseconds>) return "std::chrono::microseconds";
    if (std::same_as<Duration, milliseconds>) return "std::chrono::milliseconds";
    if (std::same_as<Duration, seconds>) return "std::chrono::seconds";
    if (std::same_as<Duration, minutes>) return "std::chrono::minutes";
    if (std::same_as<Duration, hours>) return "std::chrono::hours";
    if (std::same_as<Duration, days>) return "std::chrono::days";
    return std::same_as<Duration, weeks> ? "std::chrono::weeks" : "std::chrono::duration";
}

} // namespace types

/// Reads `interval`; writes it and, as text, types that users made (domains).
///
/// Written are hours, minutes, seconds and microseconds alone: `std::chrono::days(1)` is `24:00:00`, since
/// the days of `std::chrono` have 24 hours and those of the server may have others; what is more precise
/// than a microsecond is dropped. In the same way a day is read as 24 hours (as the server's `extract(epoch
/// from …)` has it); `pgcoro::interval` keeps it apart. `errc::value_out_of_range` are intervals with
/// months, which have no fixed length, infinities, those more precise than the duration (`12:00:01` into
/// minutes), and, both ways, what is out of range.
template <class Rep, class Period>
    requires types::fixed_duration<std::chrono::duration<Rep, Period>>
struct codec<std::chrono::duration<Rep, Period>> {
    using value_type = std::chrono::duration<Rep, Period>;

    static constexpr std::string_view name = types::duration_name<value_type>();
    static constexpr oid type = oids::interval;

    static bool reads(oid column) noexcept { return column == oids::interval; }

    static value_type read(const field_view& field) {
        types::expect_binary(field, name);
        return from_interval(codec<interval>::read(field));
    }

    static value_type from_interval(const interval& value) {
        const auto refuse = [&](std::string_view why) {
            types::refuse_time_column(type, to_string(value), why, name);
        };
        if (!value.is_finite()) refuse("cannot be held by");
        if (value.months != 0) refuse("has months, which have no fixed length to be held by");
        auto microseconds = types::checked_multiply(value.days, types::microseconds_per_day);
        if (microseconds) microseconds = types::checked_add(*microseconds, value.microseconds);
        if (!microseconds) refuse("is outside the range of");
        return conversion::from_microseconds(*microseconds, refuse);
    }

    static bool writes(oid parameter) noexcept { return codec<interval>::writes(parameter); }
    static wire_format format(oid parameter) noexcept { return types::text_if_user_defined(parameter); }

    static void write(byte_writer& out, value_type value, oid parameter) {
        const auto microseconds = conversion::to_microseconds(value);
        if (!microseconds) types::refuse_time_argument(name, "interval");
        codec<interval>::write(out, interval{.microseconds = *microseconds}, parameter);
    }

private:
    using conversion = types::duration_conversion<value_type>;
};

} // namespace pgcoro
