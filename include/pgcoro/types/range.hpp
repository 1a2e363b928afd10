// A range of values, as PostgreSQL's range types hold them.
#pragma once

#include <pgcoro/types/range_literal.hpp>

#include <fmt/format.h>

#include <compare>
#include <cstddef>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace pgcoro {

/// All values between two bounds (documentation: "Range Types"). Each bound is inclusive, exclusive or infinite; an
/// empty range has none. `T` has `<` and `==`.
///
///     const auto office_hours = range<int>::closed_open(9, 17);
///     office_hours.contains(16);                 // true
///     fmt::print("{}", office_hours);            // [9,17)
///
/// A range keeps its bounds as they are given: the server changes those of its discrete types (`int4range`,
/// `int8range`, `daterange`) to `[)`, so that `closed(1, 4)` comes back as `closed_open(1, 5)`, which is another value
/// here. A value of a time point that means infinity is a bound like others, and not an infinite bound; so it is on the
/// server.
template <class T>
class range {
public:
    using value_type = T;

    /// The empty range.
    range() = default;

    static range empty() { return {}; }

    /// `[lower,upper)`, as the others throws `conversion_error` (`errc::value_out_of_range`) if `upper < lower`. A range
    /// that holds no value for its bounds, as `[1,1)`, is the empty one.
    static range closed_open(T lower, T upper) { return bounded(std::move(lower), true, std::move(upper), false); }

    /// `[lower,upper]`
    static range closed(T lower, T upper) { return bounded(std::move(lower), true, std::move(upper), true); }

    /// `(lower,upper)`
    static range open(T lower, T upper) { return bounded(std::move(lower), false, std::move(upper), false); }

    /// `(lower,upper]`
    static range open_closed(T lower, T upper) { return bounded(std::move(lower), false, std::move(upper), true); }

    /// `[lower,)`
    static range from(T lower) { return bounded(std::move(lower), true, std::nullopt, false); }

    /// `(lower,)`
    static range after(T lower) { return bounded(std::move(lower), false, std::nullopt, false); }

    /// `(,upper)`
    static range until(T upper) { return bounded(std::nullopt, false, std::move(upper), false); }

    /// `(,upper]`
    static range through(T upper) { return bounded(std::nullopt, false, std::move(upper), true); }

    /// `(,)`
    static range all() { return bounded(std::nullopt, false, std::nullopt, false); }

    /// A range of any bounds; a bound that is not there is infinite, which is never inclusive. Throws as `closed_open`.
    static range bounded(std::optional<T> lower, bool lower_inclusive, std::optional<T> upper, bool upper_inclusive);

    bool is_empty() const noexcept { return empty_; }

    /// Nothing if it is infinite or the range is empty.
    const std::optional<T>& lower() const noexcept { return lower_; }
    const std::optional<T>& upper() const noexcept { return upper_; }

    bool lower_inclusive() const noexcept { return lower_inclusive_; }
    bool upper_inclusive() const noexcept { return upper_inclusive_; }

    /// False for the empty range.
    bool lower_infinite() const noexcept { return !empty_ && !lower_; }
    bool upper_infinite() const noexcept { return !empty_ && !upper_; }

    /// Whether a value lies between the bounds.
    bool contains(const T& value) const {
        if (empty_) return false;
        if (lower_ && (value < *lower_ || (!lower_inclusive_ && value == *lower_))) return false;
        return !upper_ || value < *upper_ || (upper_inclusive_ && value == *upper_);
    }

    /// Whether the other range lies within this one; the empty one lies in each.
    bool contains(const range& other) const {
        return other.empty_
               || (!empty_ && compare_lower(*this, other) <= 0 && compare_upper(other, *this) <= 0);
    }

    /// Whether there is no gap between this range and a later one (whose lower bound is not below this one's), so that
    /// both together are one range. Precondition: neither is empty.
    bool reaches(const range& later) const {
        if (!upper_ || !later.lower_ || *later.lower_ < *upper_) return true;
        return *later.lower_ == *upper_ && (later.lower_inclusive_ || upper_inclusive_);
    }

    /// From the lesser of the lower to the greater of the upper bounds (the server's `range_merge`).
    range merge(const range& other) const {
        if (empty_) return other;
        if (other.empty_) return *this;
        const auto& low = compare_lower(*this, other) <= 0 ? *this : other;
        const auto& high = compare_upper(*this, other) >= 0 ? *this : other;
        return bounded(low.lower_, low.lower_inclusive_, high.upper_, high.upper_inclusive_);
    }

    friend bool operator==(const range&, const range&) = default;

    /// The server's order: the empty range, then by lower bound, then by upper bound.
    friend std::weak_ordering operator<=>(const range& left, const range& right) {
        if (left.empty_ || right.empty_) return right.empty_ <=> left.empty_;
        if (const auto lower = compare_lower(left, right); lower != 0) return lower;
        return compare_upper(left, right);
    }

    /// A range in the server's text form (documentation: "Range Types", "Input/Output"). Throws `conversion_error`
    /// (`errc::value_out_of_range`) for text that is no range, or one whose bounds are no `T`.
    static range parse(std::string_view text)
        requires types::parsable_element<T>;

private:
    static std::weak_ordering compare_values(const T& left, const T& right) {
        if (left < right) return std::weak_ordering::less;
        return right < left ? std::weak_ordering::greater : std::weak_ordering::equivalent;
    }

    static std::weak_ordering compare_lower(const range& left, const range& right) {
        if (!left.lower_ || !right.lower_) return left.lower_.has_value() <=> right.lower_.has_value();
        if (const auto order = compare_values(*left.lower_, *right.lower_); order != 0) return order;
        return right.lower_inclusive_ <=> left.lower_inclusive_;
    }

    static std::weak_ordering compare_upper(const range& left, const range& right) {
        if (!left.upper_ || !right.upper_) return right.upper_.has_value() <=> left.upper_.has_value();
        if (const auto order = compare_values(*left.upper_, *right.upper_); order != 0) return order;
        return left.upper_inclusive_ <=> right.upper_inclusive_;
    }

    std::optional<T> lower_, upper_;
    bool empty_ = true;
    bool lower_inclusive_ = false, upper_inclusive_ = false;
};

template <class T>
range<T> range<T>::bounded(std::optional<T> lower, bool lower_inclusive, std::optional<T> upper,
                           bool upper_inclusive) {
    range made;
    if (lower && upper) {
        if (*upper < *lower)
            throw conversion_error(errc::value_out_of_range,
                                   "the lower bound of a range is greater than its upper bound");
        if (*lower == *upper && !(lower_inclusive && upper_inclusive)) return made;
    }
    made.empty_ = false;
    made.lower_inclusive_ = lower && lower_inclusive;
    made.upper_inclusive_ = upper && upper_inclusive;
    made.lower_ = std::move(lower);
    made.upper_ = std::move(upper);
    return made;
}

namespace types {

/// The range whose bounds' texts stand in a literal.
template <parsable_element T>
range<T> range_of(const range_literal& literal) {
    if (literal.empty) return {};
    const auto bound = [](const std::optional<std::string>& text) {
        return text ? std::optional<T>(parse_element<T>(*text)) : std::nullopt;
    };
    return range<T>::bounded(bound(literal.lower), literal.lower_inclusive, bound(literal.upper),
                             literal.upper_inclusive);
}

template <printable_element T>
range_literal literal_of(const range<T>& value) {
    const auto text = [](const std::optional<T>& bound) {
        return bound ? std::optional<std::string>(element_text(*bound)) : std::nullopt;
    };
    return {value.is_empty(), value.lower_inclusive(), value.upper_inclusive(), text(value.lower()),
            text(value.upper())};
}

} // namespace types

template <class T>
range<T> range<T>::parse(std::string_view text)
    requires types::parsable_element<T>
{
    return types::range_of<T>(types::parse_range_literal(text));
}

} // namespace pgcoro

template <class T>
    requires requires(const T& value) { std::hash<T>()(value); }
struct std::hash<pgcoro::range<T>> {
    std::size_t operator()(const pgcoro::range<T>& value) const {
        std::size_t seed = value.is_empty() * 4u + value.lower_inclusive() * 2u + value.upper_inclusive();
        for (const auto& bound : {std::cref(value.lower()), std::cref(value.upper())})
            seed = seed * 1'000'003u + (bound.get() ? std::hash<T>()(*bound.get()) : 7u);
        return seed;
    }
};

/// Prints the server's text form, with quotes where the server has them: `[1,5)`, `empty`, `(,"a,b"]`.
template <class T>
    requires pgcoro::types::printable_element<T>
struct fmt::formatter<pgcoro::range<T>> : fmt::formatter<std::string_view> {
    template <class Context>
    auto format(const pgcoro::range<T>& value, Context& context) const {
        std::string text;
        pgcoro::types::append_range(text, pgcoro::types::literal_of(value));
        return fmt::formatter<std::string_view>::format(text, context);
    }
};
