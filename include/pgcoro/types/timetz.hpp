// A time of day with an offset from UTC, to and from timetz.
#pragma once

#include <pgcoro/types/time.hpp>

#include <boost/container_hash/hash.hpp>
#include <fmt/format.h>

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace pgcoro {

/// A time of day and an offset from UTC in whole seconds, less than 16 hours to either side (documentation:
/// "Time Zones").
class timetz {
public:
    /// Midnight UTC.
    constexpr timetz() noexcept = default;

    /// @param utc_offset positive to the east of Greenwich, as in the text form: +02 is two hours.
    /// Throws `conversion_error` (`errc::value_out_of_range`) if it is 16 hours or more.
    explicit constexpr timetz(time_of_day time, std::chrono::seconds utc_offset = std::chrono::seconds(0))
        : time_(time), utc_offset_(utc_offset) {
        if (!is_valid_offset(utc_offset.count()))
            throw conversion_error(errc::value_out_of_range,
                                   "an offset from UTC is less than 16 hours to either side");
    }

    constexpr time_of_day time() const noexcept { return time_; }

    /// Positive to the east of Greenwich.
    constexpr std::chrono::seconds utc_offset() const noexcept { return utc_offset_; }

    /// As the server compares: by the moment, the same moments by their offset, the eastern first.
    friend constexpr std::strong_ordering operator<=>(const timetz& left, const timetz& right) noexcept {
        const auto order = left.in_utc() <=> right.in_utc();
        return order != 0 ? order : right.utc_offset_ <=> left.utc_offset_;
    }

    friend constexpr bool operator==(const timetz& left, const timetz& right) noexcept = default;

    /// Reads what `time_of_day::parse` does, followed by an offset: "+02", "-07:30", "+05:30:15", "+0730",
    /// "Z", "UTC". Names of zones are not understood, and an offset has to be there: which one is meant
    /// otherwise is a matter of the session. Throws `conversion_error` (`errc::value_out_of_range`) for
    /// other texts.
    static timetz parse(std::string_view text);

    static constexpr bool is_valid_offset(std::int64_t seconds) noexcept {
        return seconds > -16 * 3600 && seconds < 16 * 3600;
    }

private:
    constexpr std::chrono::microseconds in_utc() const noexcept {
        return time_.since_midnight() - utc_offset_;
    }

    time_of_day time_;
    std::chrono::seconds utc_offset_{0};
};

/// The server's text form: "04:05:06.789+02".
std::string to_string(timetz time);

/// Reads `timetz`; writes it and, as text, types that users made (domains).
template <>
struct codec<timetz> {
    static constexpr std::string_view name = "pgcoro::timetz";
    static constexpr oid type = oids::timetz;

    static bool reads(oid column) noexcept { return column == oids::timetz; }

    static timetz read(const field_view& field) {
        types::expect_binary(field, name);
        if (field.bytes.size() != size) types::refuse_size(field, size);
        byte_reader in(field.bytes);
        const auto microseconds = in.read<std::int64_t>();
        const std::int64_t seconds_west = in.read<std::int32_t>();
        types::expect_time_of_day(microseconds, field.type);
        if (!timetz::is_valid_offset(seconds_west))
            throw conversion_error(errc::protocol_error, "an offset of " + std::to_string(seconds_west)
                                                             + " seconds in a value of "
                                                             + type_name(field.type));
        return timetz(time_of_day(std::chrono::microseconds(microseconds)),
                      std::chrono::seconds(-seconds_west));
    }

    static bool writes(oid parameter) noexcept {
        return parameter == oids::timetz || types::user_defined(parameter);
    }

    static wire_format format(oid parameter) noexcept { return types::text_if_user_defined(parameter); }

    static void write(byte_writer& out, const timetz& value, oid parameter) {
        if (types::user_defined(parameter)) return out.write(std::string_view(to_string(value)));
        out.write(std::int64_t{value.time().since_midnight().count()});
        out.write(static_cast<std::int32_t>(-value.utc_offset().count())); // to the west, as in POSIX
    }

private:
    static constexpr std::size_t size = sizeof(std::int64_t) + sizeof(std::int32_t);
};

#if PGCORO_HAS_DEFINITIONS

PGCORO_DECL std::string to_string(timetz time) {
    auto text = to_string(time.time());
    const auto offset = time.utc_offset().count();
    const auto seconds = offset < 0 ? -offset : offset;
    text += offset < 0 ? '-' : '+';
    types::append_padded(text, seconds / 3600, 2);
    if (seconds % 3600 == 0) return text;
    text += ':';
    types::append_padded(text, seconds / 60 % 60, 2);
    if (seconds % 60 == 0) return text;
    text += ':';
    types::append_padded(text, seconds % 60, 2);
    return text;
}

PGCORO_DECL timetz timetz::parse(std::string_view text) {
    types::text_scanner in(text);
    in.skip_blanks();
    const auto microseconds = types::scan_time_of_day(in);
    in.skip_blanks();
    const auto utc_offset = types::scan_utc_offset(in);
    in.skip_blanks();
    if (!microseconds || !utc_offset || !in.at_end())
        throw conversion_error(
            errc::value_out_of_range,
            "\"" + std::string(text)
                + "\" is no time of day with an offset from UTC: HH:MM[:SS[.ffffff]]±HH[:MM[:SS]] is");
    return timetz(time_of_day(std::chrono::microseconds(*microseconds)), std::chrono::seconds(*utc_offset));
}

#endif

} // namespace pgcoro

template <>
struct std::hash<pgcoro::timetz> {
    std::size_t operator()(const pgcoro::timetz& value) const noexcept {
        std::size_t seed = std::hash<pgcoro::time_of_day>()(value.time());
        boost::hash_combine(seed, value.utc_offset().count());
        return seed;
    }
};

/// Writes the server's text form; takes the format specifications of strings.
template <>
struct fmt::formatter<pgcoro::timetz> : fmt::formatter<fmt::string_view> {
    template <class Context>
    auto format(const pgcoro::timetz& value, Context& context) const {
        return fmt::formatter<fmt::string_view>::format(pgcoro::to_string(value), context);
    }
};
