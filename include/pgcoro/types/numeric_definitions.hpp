// How numeric computes, parses and prints.
#pragma once

#include <pgcoro/types/numeric.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace pgcoro {

#if PGCORO_HAS_DEFINITIONS

PGCORO_DECL numeric::numeric(bool negative, std::uint64_t magnitude) {
    for (; magnitude != 0; magnitude /= 10000)
        groups_.push_back(static_cast<std::int16_t>(magnitude % 10000));
    std::reverse(groups_.begin(), groups_.end());
    if (groups_.empty()) return;
    weight_ = static_cast<int>(groups_.size()) - 1;
    form_ = negative ? form::negative : form::positive;
    strip_zero_groups();
}

PGCORO_DECL numeric numeric::exact(double value) {
    constexpr double within_integers = 9007199254740992;
    if (std::isnan(value)) return nan();
    if (std::isinf(value)) return value > 0 ? infinity() : minus_infinity();
    if (std::trunc(value) == value && std::abs(value) < within_integers)
        return static_cast<std::int64_t>(value);
    constexpr int most_places = 1074; // of the smallest double
    std::array<char, 1500> text;
    const char* end =
        std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed, most_places)
            .ptr;
    while (end[-1] == '0') --end;
    return parse({text.data(), static_cast<std::size_t>(end - text.data())});
}

namespace types {

template <class Real>
numeric shortest_numeric(Real value) {
    if (!std::isfinite(value)) return numeric(static_cast<double>(value));
    std::array<char, 64> text;
    const auto end =
        std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific).ptr;
    return numeric::parse({text.data(), static_cast<std::size_t>(end - text.data())});
}

} // namespace types

PGCORO_DECL numeric numeric::shortest(double value) { return types::shortest_numeric(value); }
PGCORO_DECL numeric numeric::shortest(float value) { return types::shortest_numeric(value); }

PGCORO_DECL std::optional<numeric> numeric::from_digits(bool negative, std::string_view digits,
                                                        std::int64_t exponent) {
    numeric value;
    if (exponent < -most_decimal_places) return std::nullopt;
    value.scale_ = static_cast<std::uint16_t>(std::max<std::int64_t>(0, -exponent));
    const auto first = digits.find_first_not_of('0');
    if (first == digits.npos) return value;
    const auto last = digits.find_last_not_of('0');
    exponent += static_cast<std::int64_t>(digits.size() - 1 - last);
    digits = digits.substr(first, last + 1 - first);
    const auto above_first =
        exponent + static_cast<std::int64_t>(digits.size()); // its power of ten, plus one
    if (above_first > most_digits_before_point) return std::nullopt;

    value.form_ = negative ? form::negative : form::positive;
    const auto weight = (above_first + most_digits_before_point - 1) / 4 - most_digits_before_point / 4;
    value.weight_ = static_cast<int>(weight);
    auto place = (weight + 1) * 4 - above_first; // leading zeros of the first group
    value.groups_.resize((static_cast<std::size_t>(place) + digits.size() + 3) / 4);
    for (const char digit : digits) {
        constexpr std::array<int, 4> powers{1000, 100, 10, 1};
        auto& group = value.groups_[static_cast<std::size_t>(place / 4)];
        group =
            static_cast<std::int16_t>(group + (digit - '0') * powers[static_cast<std::size_t>(place % 4)]);
        ++place;
    }
    return value;
}

PGCORO_DECL void numeric::strip_zero_groups() {
    while (!groups_.empty() && groups_.back() == 0) groups_.pop_back();
    const auto first =
        std::find_if(groups_.begin(), groups_.end(), [](std::int16_t group) { return group != 0; });
    weight_ -= static_cast<int>(first - groups_.begin());
    groups_.erase(groups_.begin(), first);
    if (groups_.empty()) {
        weight_ = 0;
        form_ = form::positive;
    }
}

PGCORO_DECL int numeric::decimal_places() const noexcept {
    if (groups_.empty()) return 0;
    auto places = (static_cast<int>(groups_.size()) - 1 - weight_) * 4;
    for (int last = groups_.back(); last % 10 == 0; last /= 10) --places;
    return std::max(places, 0);
}

PGCORO_DECL std::weak_ordering numeric::compare(const numeric& left, const numeric& right) noexcept {
    if (left.is_nan() || right.is_nan()) return left.is_nan() <=> right.is_nan();
    if (left.sign() != right.sign()) return left.sign() <=> right.sign();
    return left.sign() < 0 ? compare_magnitudes(right, left) : compare_magnitudes(left, right);
}

PGCORO_DECL std::weak_ordering numeric::compare_magnitudes(const numeric& left,
                                                           const numeric& right) noexcept {
    if (left.is_infinite() || right.is_infinite()) return left.is_infinite() <=> right.is_infinite();
    if (left.weight_ != right.weight_) return left.weight_ <=> right.weight_;
    return std::lexicographical_compare_three_way(left.groups_.begin(), left.groups_.end(),
                                                  right.groups_.begin(), right.groups_.end());
}

PGCORO_DECL std::optional<std::uint64_t> numeric::whole_magnitude() const noexcept {
    constexpr int most_groups = 5; // of a 64-bit number
    if (!is_finite() || weight_ >= most_groups) return std::nullopt;
    if (groups_.empty()) return 0;
    if (weight_ < 0 || groups_.size() > static_cast<std::size_t>(weight_) + 1) return std::nullopt;
    std::uint64_t magnitude = 0;
    for (std::size_t place = 0; place <= static_cast<std::size_t>(weight_); ++place) {
        const std::uint64_t group = place < groups_.size() ? static_cast<std::uint64_t>(groups_[place]) : 0;
        if (__builtin_mul_overflow(magnitude, 10000u, &magnitude)
            || __builtin_add_overflow(magnitude, group, &magnitude))
            return std::nullopt;
    }
    return magnitude;
}

namespace types {

/// Four digits of a group.
inline std::string_view group_text(int group, std::array<char, 4>& buffer) noexcept {
    for (auto place = buffer.rbegin(); place != buffer.rend(); ++place, group /= 10)
        *place = static_cast<char>('0' + group % 10);
    return {buffer.data(), buffer.size()};
}

/// The nearest `Real`, infinite for what is too great.
template <class Real>
Real nearest_real(const numeric& value) {
    if (value.is_nan()) return std::numeric_limits<Real>::quiet_NaN();
    const auto infinite =
        value.sign() < 0 ? -std::numeric_limits<Real>::infinity() : std::numeric_limits<Real>::infinity();
    if (value.is_infinite()) return infinite;
    fmt::memory_buffer text;
    std::array<char, 4> digits;
    if (value.sign() < 0) text.push_back('-');
    for (const auto group : value.groups()) text.append(group_text(group, digits));
    const auto exponent = (value.weight() + 1 - static_cast<int>(value.groups().size())) * 4;
    fmt::format_to(std::back_inserter(text), "{}e{}", value.groups().empty() ? "0" : "", exponent);
    Real nearest = 0;
    const auto failure = std::from_chars(text.data(), text.data() + text.size(), nearest).ec;
    if (failure == std::errc()) return nearest;
    return value.weight() < 0 ? Real{0} : infinite; // too small or too great
}

} // namespace types

PGCORO_DECL float numeric::nearest_float() const { return types::nearest_real<float>(*this); }
PGCORO_DECL double numeric::nearest_double() const { return types::nearest_real<double>(*this); }

PGCORO_DECL double numeric::to_double() const {
    const auto value = nearest_double();
    if (std::isinf(value) && is_finite())
        throw conversion_error(errc::value_out_of_range, "numeric value " + brief() + " does not fit double");
    return value;
}

PGCORO_DECL std::string numeric::to_string() const {
    if (is_nan()) return "NaN";
    if (is_infinite()) return sign() > 0 ? "Infinity" : "-Infinity";
    const auto group_at = [&](int weight) {
        const auto place = weight_ - weight;
        return place >= 0 && place < static_cast<int>(groups_.size())
                   ? groups_[static_cast<std::size_t>(place)]
                   : std::int16_t{0};
    };
    std::string text;
    const int first = std::max(weight_, 0);
    text.reserve(static_cast<std::size_t>(first + 1) * 4 + scale_ + 6u);
    if (sign() < 0) text += '-';
    text += std::to_string(group_at(first));
    std::array<char, 4> digits;
    for (int weight = first - 1; weight >= 0; --weight) text += types::group_text(group_at(weight), digits);
    if (scale_ == 0) return text;
    text += '.';
    const auto end = text.size() + scale_;
    for (int weight = -1; text.size() < end; --weight) text += types::group_text(group_at(weight), digits);
    text.resize(end);
    return text;
}

PGCORO_DECL std::string numeric::brief() const { return types::brief_text(to_string()); }

namespace types {

/// An unsigned decimal number that was taken apart: its digits, times ten to the power of `exponent`.
struct decimal_text {
    bool valid = false;
    std::string digits;
    std::optional<std::int64_t> exponent; ///< nothing if it is beyond all bounds
};

PGCORO_DECL decimal_text split_decimal(std::string_view text) {
    decimal_text split;
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    const auto after_digits = [&](std::size_t at) {
        return static_cast<std::size_t>(
            std::find_if_not(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), is_digit)
            - text.begin());
    };
    auto at = after_digits(0);
    split.digits = text.substr(0, at);
    if (at < text.size() && text[at] == '.') {
        const auto start = at + 1;
        at = after_digits(start);
        split.digits += text.substr(start, at - start);
        split.exponent = -static_cast<std::int64_t>(at - start);
    } else {
        split.exponent = 0;
    }
    if (split.digits.empty()) return split;
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        if (at + 1 < text.size() && text[at] == '+' && is_digit(text[at + 1])) ++at;
        std::int32_t written = 0;
        const auto [end, failure] = std::from_chars(text.data() + at, text.data() + text.size(), written);
        if (failure == std::errc::invalid_argument) return split;
        at = static_cast<std::size_t>(end - text.data());
        if (failure == std::errc())
            *split.exponent += written;
        else
            split.exponent.reset();
    }
    split.valid = at == text.size();
    return split;
}

PGCORO_DECL bool equals_ignoring_case(std::string_view text, std::string_view lower) noexcept {
    return std::equal(text.begin(), text.end(), lower.begin(), lower.end(), [](char c, char wanted) {
        return c == wanted || (c >= 'A' && c <= 'Z' && c - 'A' + 'a' == wanted);
    });
}

} // namespace types

PGCORO_DECL numeric numeric::parse(std::string_view text) {
    const auto refuse = [text](std::string_view why) {
        throw conversion_error(errc::value_out_of_range,
                               '"' + types::brief_text(text) + "\" " + std::string(why));
    };
    constexpr std::string_view blanks = " \t\n\v\f\r";
    auto rest = text.substr(std::min(text.find_first_not_of(blanks), text.size()));
    rest = rest.substr(0, rest.find_last_not_of(blanks) + 1);
    const bool negative = rest.starts_with('-'), has_sign = negative || rest.starts_with('+');
    rest.remove_prefix(has_sign ? 1 : 0);
    if (types::equals_ignoring_case(rest, "infinity") || types::equals_ignoring_case(rest, "inf"))
        return negative ? minus_infinity() : infinity();
    if (types::equals_ignoring_case(rest, "nan") && !has_sign) return nan();
    const auto decimal = types::split_decimal(rest);
    if (!decimal.valid)
        refuse("is no numeric: digits with an optional sign, point and exponent are, NaN, Infinity and "
               "-Infinity");
    const auto value =
        decimal.exponent ? from_digits(negative, decimal.digits, *decimal.exponent) : std::nullopt;
    if (!value) refuse("is outside the range of numeric");
    return *value;
}

#endif

} // namespace pgcoro
