// The units that the text of an interval may name.
#pragma once

#include <pgcoro/types/time_text.hpp>

#include <array>
#include <cstdint>
#include <string_view>

namespace pgcoro {

namespace interval_text {

enum class field { months, days, microseconds };

/// A unit as a number of those that intervals are made of. Those of the same `place` do not stand in an
/// interval twice.
struct unit {
    unsigned place;
    field of;
    std::int64_t factor;
};

inline constexpr unit millennium{0, field::months, 12'000}, century{1, field::months, 1'200},
    decade{2, field::months, 120}, year{3, field::months, 12}, month{4, field::months, 1},
    week{5, field::days, 7}, day{6, field::days, 1},
    hour{7, field::microseconds, types::microseconds_per_hour},
    minute{8, field::microseconds, types::microseconds_per_minute},
    second{9, field::microseconds, types::microseconds_per_second},
    millisecond{10, field::microseconds, 1'000}, microsecond{11, field::microseconds, 1};

struct unit_name {
    std::string_view name;
    unit means;
};

// clang-format off
inline constexpr auto unit_names = std::to_array<unit_name>({
    {"us", microsecond}, {"usec", microsecond}, {"usecs", microsecond}, {"microsecond", microsecond},
    {"microseconds", microsecond}, {"ms", millisecond}, {"msec", millisecond}, {"msecs", millisecond},
    {"millisecond", millisecond}, {"milliseconds", millisecond}, {"s", second}, {"sec", second}, {"secs", second},
    {"second", second}, {"seconds", second}, {"m", minute}, {"min", minute}, {"mins", minute}, {"minute", minute},
    {"minutes", minute}, {"h", hour}, {"hr", hour}, {"hrs", hour}, {"hour", hour}, {"hours", hour}, {"d", day},
    {"day", day}, {"days", day}, {"w", week}, {"week", week}, {"weeks", week}, {"mon", month}, {"mons", month},
    {"month", month}, {"months", month}, {"y", year}, {"yr", year}, {"yrs", year}, {"year", year},
    {"years", year}, {"dec", decade}, {"decs", decade}, {"decade", decade}, {"decades", decade},
    {"c", century}, {"cent", century}, {"century", century}, {"centuries", century}, {"mil", millennium},
    {"mils", millennium}, {"millennium", millennium}, {"millennia", millennium}});
// clang-format on

inline const unit* unit_of(std::string_view word) noexcept {
    for (const auto& [name, means] : unit_names)
        if (types::same_word(word, name)) return &means;
    return nullptr;
}

/// A unit of the format with designators, such as "P1Y2M3DT4H5M6S".
inline const unit* designated(char letter, bool of_time) noexcept {
    switch (letter) {
    case 'Y':
        return of_time ? nullptr : &year;
    case 'M':
        return of_time ? &minute : &month;
    case 'W':
        return of_time ? nullptr : &week;
    case 'D':
        return of_time ? nullptr : &day;
    case 'H':
        return of_time ? &hour : nullptr;
    case 'S':
        return of_time ? &second : nullptr;
    default:
        return nullptr;
    }
}

} // namespace interval_text
} // namespace pgcoro
