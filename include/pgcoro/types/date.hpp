// Calendar dates to and from date.
#pragma once

#include <pgcoro/types/calendar.hpp>

#include <chrono>
#include <cstdint>
#include <string_view>
#include <utility>

namespace pgcoro {
namespace types {

struct date_codec {
    static constexpr oid type = oids::date;

    static bool reads(oid column) noexcept { return column == oids::date; }
    static bool writes(oid parameter) noexcept { return parameter == oids::date || user_defined(parameter); }
    static wire_format format(oid parameter) noexcept { return text_if_user_defined(parameter); }

    /// @param days since 1970-01-01
    static void write_days(byte_writer& out, std::int64_t days, oid parameter, std::string_view cpp_type) {
        if (user_defined(parameter)) {
            const auto text = iso_date_of(days).with_era();
            return out.write(std::string_view(text));
        }
        out.write(on_wire(days, cpp_type));
    }

    /// @param days since 1970-01-01
    static std::int32_t on_wire(std::int64_t days, std::string_view cpp_type) {
        const auto server_days = checked_add(days, -epoch_days);
        if (!server_days || !std::in_range<std::int32_t>(*server_days)
            || *server_days == server_infinity<std::int32_t>
            || *server_days == server_minus_infinity<std::int32_t>)
            refuse_time_argument(cpp_type, "date");
        return static_cast<std::int32_t>(*server_days);
    }
};

/// `sys_days` and `local_days`; their `max()` and `min()` are the server's infinities.
template <class TimePoint>
struct day_point_codec : date_codec {
    static TimePoint read(const field_view& field, std::string_view cpp_type) {
        expect_binary(field, cpp_type);
        return from_server(read_exactly<std::int32_t>(field), field.type, cpp_type);
    }

    /// @param raw days since the server's epoch
    static TimePoint from_server(std::int32_t raw, oid column, std::string_view cpp_type) {
        if (raw == server_infinity<std::int32_t>) return TimePoint::max();
        if (raw == server_minus_infinity<std::int32_t>) return TimePoint::min();
        const auto days = raw + epoch_days;
        using rep = typename TimePoint::rep;
        if (!std::in_range<rep>(days) || std::cmp_equal(days, TimePoint::max().time_since_epoch().count()))
            refuse_time_column(column, iso_date_of(days).with_era(), "is outside the range of", cpp_type);
        return TimePoint(std::chrono::days(static_cast<rep>(days)));
    }

    static void write(byte_writer& out, TimePoint value, oid parameter, std::string_view cpp_type) {
        if (!user_defined(parameter)) return out.write(wire(value, cpp_type));
        if (value == TimePoint::max()) return out.write(infinity_text);
        if (value == TimePoint::min()) return out.write(minus_infinity_text);
        write_days(out, value.time_since_epoch().count(), parameter, cpp_type);
    }

    static std::int32_t wire(TimePoint value, std::string_view cpp_type) {
        if (value == TimePoint::max()) return server_infinity<std::int32_t>;
        if (value == TimePoint::min()) return server_minus_infinity<std::int32_t>;
        return on_wire(value.time_since_epoch().count(), cpp_type);
    }
};

} // namespace types

/// Reads `date`; writes it and, as text, types that users made (domains). Both calendars are the proleptic
/// Gregorian one, with a year 0 (1 BC) on this side. `max()` and `min()` are `infinity` and `-infinity`.
template <>
struct codec<std::chrono::sys_days> : types::day_point_codec<std::chrono::sys_days> {
    static constexpr std::string_view name = "std::chrono::sys_days";

    static std::chrono::sys_days read(const field_view& field) { return day_point_codec::read(field, name); }

    static std::chrono::sys_days from_server(std::int32_t raw) {
        return day_point_codec::from_server(raw, type, name);
    }

    static void write(byte_writer& out, std::chrono::sys_days value, oid parameter) {
        day_point_codec::write(out, value, parameter, name);
    }

    static std::int32_t wire(std::chrono::sys_days value) { return day_point_codec::wire(value, name); }
};

/// The same as `std::chrono::sys_days`.
template <>
struct codec<std::chrono::local_days> : types::day_point_codec<std::chrono::local_days> {
    static constexpr std::string_view name = "std::chrono::local_days";

    static std::chrono::local_days read(const field_view& field) {
        return day_point_codec::read(field, name);
    }

    static std::chrono::local_days from_server(std::int32_t raw) {
        return day_point_codec::from_server(raw, type, name);
    }

    static void write(byte_writer& out, std::chrono::local_days value, oid parameter) {
        day_point_codec::write(out, value, parameter, name);
    }

    static std::int32_t wire(std::chrono::local_days value) { return day_point_codec::wire(value, name); }
};

/// Reads and writes the same types. What it cannot hold is `errc::value_out_of_range`: years beyond -32767 to
/// 32767 and the infinities; so is a value that is no date, as 30 February.
template <>
struct codec<std::chrono::year_month_day> : types::date_codec {
    static constexpr std::string_view name = "std::chrono::year_month_day";

    static std::chrono::year_month_day read(const field_view& field) {
        types::expect_binary(field, name);
        return from_server(types::read_exactly<std::int32_t>(field));
    }

    static std::chrono::year_month_day from_server(std::int32_t raw) {
        using namespace std::chrono;
        const bool infinite = raw == types::server_infinity<std::int32_t>;
        if (infinite || raw == types::server_minus_infinity<std::int32_t>)
            types::refuse_time_column(type,
                                      infinite ? types::infinity_text : types::minus_infinity_text,
                                      "cannot be held by", name);
        constexpr auto first = sys_days(year::min() / January / 1).time_since_epoch().count();
        constexpr auto last = sys_days(year::max() / December / 31).time_since_epoch().count();
        const auto count = raw + types::epoch_days;
        if (count < first || count > last)
            types::refuse_time_column(type, types::iso_date_of(count).with_era(),
                                      "is outside the range of", name);
        return sys_days(days(static_cast<days::rep>(count)));
    }

    static void write(byte_writer& out, std::chrono::year_month_day value, oid parameter) {
        write_days(out, days_of(value), parameter, name);
    }

    static std::int32_t wire(std::chrono::year_month_day value) { return on_wire(days_of(value), name); }

private:
    static std::int64_t days_of(std::chrono::year_month_day value) {
        if (!value.ok())
            throw conversion_error(errc::value_out_of_range,
                                   "the std::chrono::year_month_day value is not a date");
        return std::chrono::sys_days(value).time_since_epoch().count();
    }
};

} // namespace pgcoro
