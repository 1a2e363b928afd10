// The labels of a C++ enum, looked up at compile time.
#pragma once

#include <pgcoro/types/names.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace pgcoro {

/// One row of `enum_labels`.
template <class Enum>
struct enum_label {
    Enum value;
    std::string_view label;
};

/// The values among which the enumerators of an enum are looked for. Specialise it for an enum with others:
/// `template <> struct pgcoro::enum_range<error_code> { static constexpr int min = 0, max = 599; };`
template <class Enum>
struct enum_range {
    static constexpr int min = -128, max = 255;
};

namespace types {

/// The nearest number that the underlying type holds.
template <class Enum>
constexpr std::int64_t clipped(std::int64_t number) noexcept {
    using underlying = std::underlying_type_t<Enum>;
    constexpr auto least = std::numeric_limits<underlying>::min(),
                   greatest = std::numeric_limits<underlying>::max();
    if (number < 0)
        return std::is_signed_v<underlying> ? std::max(number, static_cast<std::int64_t>(least)) : 0;
    const auto room = static_cast<std::uint64_t>(greatest);
    return static_cast<std::uint64_t>(number) > room ? static_cast<std::int64_t>(room) : number;
}

/// The value of an enum with that number. A cast to an enum whose underlying type is not fixed is no constant
/// for numbers that take more bits than its enumerators; copying the bits is, to most compilers.
template <class Enum>
constexpr Enum enum_value(std::int64_t number) noexcept {
    return std::bit_cast<Enum>(static_cast<std::underlying_type_t<Enum>>(number));
}

#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wunknown-warning-option"
#pragma clang diagnostic ignored "-Wenum-constexpr-conversion"
#endif

template <class Enum, std::int64_t Number>
concept enum_holds = requires { typename std::integral_constant<Enum, enum_value<Enum>(Number)>; };

/// One end of the range, nearer to 0 if the compiler wants it so.
template <class Enum, std::int64_t Number>
constexpr std::int64_t range_end() noexcept {
    if constexpr (Number == 0 || requires { Enum{0}; })
        return Number; // 0, or a fixed underlying type
    else if constexpr (enum_holds<Enum, Number>)
        return Number;
    else
        return range_end<Enum, Number / 2>();
}

/// Looks for an enumerator that is not there: clang knows those of an enum in a class template once they are
/// asked for.
template <class Enum>
concept looked_into = requires { Enum::pgcoro_looks_into_this_enum; } || true;

template <looked_into Enum>
inline constexpr std::int64_t enum_first = range_end<Enum, clipped<Enum>(enum_range<Enum>::min)>();
template <class Enum>
inline constexpr std::int64_t enum_last = range_end<Enum, clipped<Enum>(enum_range<Enum>::max)>();
template <class Enum>
inline constexpr std::size_t enum_span = static_cast<std::size_t>(enum_last<Enum> - enum_first<Enum> + 1);

/// So many values are looked at in one signature, to stay within compilers' limits.
inline constexpr std::size_t enum_chunk = 64;

template <class Enum, std::int64_t First, std::size_t... Place>
constexpr auto chunk_names(std::index_sequence<Place...>) noexcept {
    return enumerator_names<enum_value<Enum>(First + static_cast<std::int64_t>(Place))...>();
}

#ifdef __clang__
#pragma clang diagnostic pop
#endif

template <class Enum, std::size_t Offset>
inline constexpr auto names_from = chunk_names<Enum, enum_first<Enum> + static_cast<std::int64_t>(Offset)>(
    std::make_index_sequence<std::min(enum_chunk, enum_span<Enum> - Offset)>());

template <class Enum, std::size_t... Chunk>
constexpr auto collect_names(std::index_sequence<Chunk...>) noexcept {
    std::array<std::string_view, enum_span<Enum>> all{};
    ((std::copy(names_from<Enum, Chunk * enum_chunk>.begin(), names_from<Enum, Chunk * enum_chunk>.end(),
                all.begin() + Chunk * enum_chunk)),
     ...);
    return all;
}

/// The name of every value of the range; empty for those without an enumerator.
template <class Enum>
inline constexpr auto all_names =
    collect_names<Enum>(std::make_index_sequence<(enum_span<Enum> + enum_chunk - 1) / enum_chunk>());

template <class Enum>
inline constexpr std::size_t enumerator_count = static_cast<std::size_t>(
    std::count_if(all_names<Enum>.begin(), all_names<Enum>.end(), [](auto name) { return !name.empty(); }));

template <class Enum>
constexpr std::size_t names_length() noexcept {
    std::size_t sum = 0;
    for (const auto name : all_names<Enum>) sum += name.size();
    return sum;
}

template <class Enum>
constexpr auto packed_names() noexcept {
    std::array<char, names_length<Enum>()> all{};
    auto at = all.begin();
    for (const auto name : all_names<Enum>) at = std::copy(name.begin(), name.end(), at);
    return all;
}

/// The names alone, one after the other, so that the long signatures do not end up in the program.
template <class Enum>
inline constexpr auto name_characters = packed_names<Enum>();

template <class Enum>
constexpr auto reflect() noexcept {
    static_assert(enum_range<Enum>::min <= enum_range<Enum>::max,
                  "pgcoro::enum_range: min is greater than max");
    std::array<enum_label<Enum>, enumerator_count<Enum>> all{};
    std::size_t row = 0, at = 0;
    for (std::size_t i = 0; i < all_names<Enum>.size(); ++i) {
        const auto length = all_names<Enum>[i].size();
        if (length == 0) continue;
        all[row++] = {enum_value<Enum>(enum_first<Enum> + static_cast<std::int64_t>(i)),
                      std::string_view(name_characters<Enum>.data() + at, length)};
        at += length;
    }
    return all;
}

/// What the compiler knows of an enum: its enumerators in the order of their values.
template <class Enum>
inline constexpr auto reflected_enum = reflect<Enum>();

} // namespace types

/// The labels by which an enum's values travel: the names of its enumerators, unless specialised with an
/// array `values`:
///
///     template <>
///     struct pgcoro::enum_labels<color> {
///         static constexpr pgcoro::enum_label<color> values[] = {{color::red, "Red"}, {color::off, "-"}};
///     };
///
/// Of enumerators with the same value, the compiler names one.
template <class Enum>
struct enum_labels {
    static constexpr auto& values = types::reflected_enum<Enum>;
};

namespace types {

/// "red, green, blue", for messages.
template <class Labels>
std::string list_of(const Labels& labels) {
    std::string text;
    for (const std::string_view label : labels) {
        if (!text.empty()) text += ", ";
        text += label;
    }
    return text;
}

/// Binary search in both directions.
template <class Enum>
struct enum_table {
    static constexpr std::size_t size = std::size(enum_labels<Enum>::values);
    static_assert(size != 0,
                  "pgcoro found no enumerators: widen pgcoro::enum_range for this enum, or specialise "
                  "pgcoro::enum_labels");
    using row = enum_label<Enum>;
    using rows = std::array<row, size>;

    static constexpr rows by_label = [] {
        rows all{};
        std::copy(std::begin(enum_labels<Enum>::values), std::end(enum_labels<Enum>::values), all.begin());
        std::sort(all.begin(), all.end(), [](const row& a, const row& b) { return a.label < b.label; });
        return all;
    }();

    static constexpr rows by_value = [] {
        rows all = by_label;
        std::sort(all.begin(), all.end(), [](const row& a, const row& b) { return a.value < b.value; });
        return all;
    }();

    static_assert(std::adjacent_find(by_label.begin(), by_label.end(),
                                     [](const row& a, const row& b) { return a.label == b.label; })
                      == by_label.end(),
                  "pgcoro::enum_labels: two values have the same label");
    static_assert(std::adjacent_find(by_value.begin(), by_value.end(),
                                     [](const row& a, const row& b) { return a.value == b.value; })
                      == by_value.end(),
                  "pgcoro::enum_labels: two labels have the same value");

    /// The labels in the order of their values.
    static constexpr auto labels = [] {
        std::array<std::string_view, size> all{};
        std::transform(by_value.begin(), by_value.end(), all.begin(), [](const row& one) { return one.label; });
        return all;
    }();

    /// The row with a label, or null.
    static const row* find(std::string_view label) noexcept {
        const auto at = std::lower_bound(by_label.begin(), by_label.end(), label,
                                         [](const row& a, std::string_view b) { return a.label < b; });
        return at != by_label.end() && at->label == label ? &*at : nullptr;
    }

    /// The row with a value, or null.
    static const row* find(Enum value) noexcept {
        const auto at = std::lower_bound(by_value.begin(), by_value.end(), value,
                                         [](const row& a, Enum b) { return a.value < b; });
        return at != by_value.end() && at->value == value ? &*at : nullptr;
    }

    /// "red, green, blue" in the order of their values, for messages.
    static std::string list() { return list_of(labels); }
};

} // namespace types
} // namespace pgcoro
