// The definitions of what reads and prints the text of intervals.
#pragma once

#include <pgcoro/types/interval.hpp>
#include <pgcoro/types/interval_units.hpp>
#include <pgcoro/types/time_text.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace pgcoro {

namespace interval_text {

/// A number as it was written, `digits` before the point and `fraction` behind it.
struct decimal {
    int sign = 1;
    std::string_view digits, fraction;

    bool empty() const noexcept { return digits.empty() && fraction.empty(); }

    /// The part before the point with its sign; the least number is in reach only this way.
    std::optional<std::int64_t> whole() const {
        if (digits.empty()) return 0;
        return types::number_of((sign < 0 ? "-" : "") + std::string(digits));
    }

    /// The part behind the point with its sign. Digits beyond the precision of `double` make no difference.
    double part() const noexcept {
        constexpr std::size_t most_digits = 15;
        const auto used = fraction.substr(0, most_digits);
        const auto number = types::number_of(used).value_or(0);
        return sign * static_cast<double>(number) / std::pow(10.0, static_cast<double>(used.size()));
    }
};

inline decimal scan_decimal(types::text_scanner& in) {
    decimal number;
    if (const int sign = in.accept_sign(); sign != 0) {
        number.sign = sign;
        in.skip_blanks();
    }
    number.digits = in.digits();
    if (in.accept('.')) number.fraction = in.digits();
    return number;
}

/// The sum of what was read so far. A function that returns false leaves it unusable.
class total {
public:
    /// @param sign of all that is added: -1 for a text that ends with "ago", so that the least number of
    ///             microseconds never has to be held as a positive one
    explicit total(int sign) noexcept : sign_(sign) {}

    /// Adds so many of a unit. Fractions go to smaller units as the documentation's "Interval Input" says.
    bool add(decimal number, const unit& of) {
        number.sign *= sign_;
        const auto whole = number.whole();
        if (number.empty() || !whole || !claim(of)) return false;
        if (!add_product(of.of, *whole, of.factor)) return false;
        const auto part = number.part() * static_cast<double>(of.factor);
        switch (of.of) {
        case field::months:
            return of.factor > 1 ? add_rounded(field::months, part) : add_days(part * 30);
        case field::days:
            return add_days(part);
        case field::microseconds:
            return add_rounded(field::microseconds, part);
        }
        return false;
    }

    bool empty() const noexcept { return claimed_ == 0; }

    std::optional<interval> value() const noexcept {
        const auto [months, days, microseconds] = fields_;
        if (empty() || !std::in_range<std::int32_t>(months) || !std::in_range<std::int32_t>(days))
            return std::nullopt;
        return interval{static_cast<std::int32_t>(months), static_cast<std::int32_t>(days), microseconds};
    }

private:
    bool claim(const unit& of) noexcept {
        const auto bit = 1U << of.place;
        if ((claimed_ & bit) != 0) return false;
        claimed_ |= bit;
        return true;
    }

    bool add_product(field to, std::int64_t count, std::int64_t factor) {
        auto& sum = fields_[static_cast<std::size_t>(to)];
        const auto product = types::checked_multiply(count, factor);
        const auto result = product ? types::checked_add(sum, *product) : std::nullopt;
        if (result) sum = *result;
        return result.has_value();
    }

    // Less than one of the greatest unit, so that the conversions hold what they are given.
    bool add_rounded(field to, double amount) { return add_product(to, std::llrint(amount), 1); }

    bool add_days(double days) {
        const auto whole = std::trunc(days);
        return add_product(field::days, static_cast<std::int64_t>(whole), 1)
               && add_rounded(field::microseconds,
                              (days - whole) * static_cast<double>(types::microseconds_per_day));
    }

    int sign_;
    std::array<std::int64_t, 3> fields_{};
    unsigned claimed_ = 0;
};

/// The rest of "4:05", "4:05:06.7" or "4:05.6" (minutes and seconds) behind the first number.
inline bool scan_clock(types::text_scanner& in, decimal hours, total& sum) {
    const auto sign = hours.sign;
    const auto second_number = in.digits();
    if (in.accept('.')) {
        decimal seconds{sign, second_number, in.digits()};
        return types::number_up_to(second_number, 60) && types::number_up_to(hours.digits, 59)
               && sum.add({sign, "0", {}}, hour) && sum.add(hours, minute) && sum.add(seconds, second);
    }
    decimal seconds{sign, "0", {}};
    if (in.accept(':')) {
        seconds.digits = in.digits();
        if (in.accept('.')) seconds.fraction = in.digits();
    }
    return types::number_up_to(second_number, 59) && types::number_up_to(seconds.digits, 60)
           && sum.add(hours, hour) && sum.add({sign, second_number, {}}, minute) && sum.add(seconds, second);
}

/// The rest of years and months, "1-2", behind the years.
inline bool scan_months(types::text_scanner& in, const decimal& years, total& sum) {
    const auto months = in.digits();
    return types::number_up_to(months, 11) && sum.add(years, year)
           && sum.add({years.sign, months, {}}, month);
}

/// Everything behind the P of the format with designators.
inline bool scan_designated(types::text_scanner& in, total& sum) {
    bool of_time = false;
    while (!in.at_end()) {
        if (!of_time && in.accept('T')) {
            of_time = true;
            continue;
        }
        const auto number = scan_decimal(in);
        const auto letter = in.peek();
        const auto* of = designated(letter, of_time);
        if (of == nullptr || !in.accept(letter) || !sum.add(number, *of)) return false;
    }
    return true;
}

/// Fields in any order, each with a unit but for days before a clock and seconds at the end.
inline bool scan_fields(types::text_scanner& in, total& sum) {
    std::optional<decimal> without_unit;
    for (in.skip_blanks(); !in.at_end(); in.skip_blanks()) {
        if (in.accept(',')) continue;
        const auto number = scan_decimal(in);
        if (number.empty()) return false;
        if (number.fraction.empty() && in.accept(':')) {
            if (without_unit && !sum.add(*std::exchange(without_unit, std::nullopt), day)) return false;
            if (!scan_clock(in, number, sum)) return false;
            continue;
        }
        if (without_unit) return false;
        if (number.fraction.empty() && in.accept('-')) {
            if (!scan_months(in, number, sum)) return false;
            continue;
        }
        in.skip_blanks();
        auto ahead = in;
        const auto word = ahead.letters();
        if (word.empty()) {
            without_unit = number;
            continue;
        }
        const auto* of = unit_of(word);
        if (of == nullptr || !sum.add(number, *of)) return false;
        in = ahead;
    }
    return !without_unit || sum.add(*without_unit, second);
}

/// The text of an infinity; nothing for any other.
inline std::optional<interval> infinite(types::text_scanner in) {
    in.skip_blanks();
    const bool negative = in.accept_sign() < 0;
    if (!types::same_word(in.letters(), types::infinity_text)) return std::nullopt;
    in.skip_blanks();
    if (!in.at_end()) return std::nullopt;
    return negative ? -interval::infinity() : interval::infinity();
}

/// Takes "ago" off the end of a text.
inline bool remove_ago(std::string_view& text) {
    constexpr std::string_view word = "ago";
    const auto end = text.find_last_not_of(" \t\n") + 1;
    if (end < word.size() || !types::same_word(text.substr(end - word.size(), word.size()), word))
        return false;
    text = text.substr(0, end - word.size());
    return true;
}

inline std::optional<interval> parse(std::string_view text) {
    if (const auto found = infinite(types::text_scanner(text))) return found;
    total sum(remove_ago(text) ? -1 : 1);
    types::text_scanner in(text);
    in.skip_blanks();
    const bool designators = in.accept('P');
    if (!designators) in.accept('@');
    const auto value =
        (designators ? scan_designated(in, sum) : scan_fields(in, sum)) ? sum.value() : std::nullopt;
    // An infinity is not made of finite fields.
    return value && value->is_finite() ? value : std::nullopt;
}

/// Appends a field unless it is zero, with a plus behind a negative field, to tell it from one that its sign
/// extends to.
inline void append_field(std::string& text, std::int64_t value, std::string_view unit, bool& behind_minus) {
    if (value == 0) return;
    if (!text.empty()) text += ' ';
    if (behind_minus && value > 0) text += '+';
    text += std::to_string(value);
    text += ' ';
    text += unit;
    if (value != 1) text += 's';
    behind_minus = value < 0;
}

} // namespace interval_text

PGCORO_DECL interval interval::parse(std::string_view text) {
    if (const auto value = interval_text::parse(text)) return *value;
    throw conversion_error(errc::value_out_of_range,
                           "\"" + std::string(text)
                               + "\" is no interval in range: \"1 year 2 mons -3 days +04:05:06.7\" or "
                                 "\"P1Y2M-3DT4H5M6.7S\" is");
}

PGCORO_DECL std::string to_string(const interval& value) {
    if (!value.is_finite())
        return std::string(value > interval() ? types::infinity_text : types::minus_infinity_text);
    std::string text;
    bool behind_minus = false;
    interval_text::append_field(text, value.months / 12, "year", behind_minus);
    interval_text::append_field(text, value.months % 12, "mon", behind_minus);
    interval_text::append_field(text, value.days, "day", behind_minus);
    if (value.microseconds == 0 && !text.empty()) return text;
    if (!text.empty()) text += ' ';
    if (value.microseconds < 0)
        text += '-';
    else if (behind_minus)
        text += '+';
    const auto bits = static_cast<std::uint64_t>(value.microseconds);
    types::append_clock(text, value.microseconds < 0 ? std::uint64_t{0} - bits : bits);
    return text;
}

} // namespace pgcoro
