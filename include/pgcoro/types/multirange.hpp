// A set of values made of ranges, as PostgreSQL's multirange types hold it.
#pragma once

#include <pgcoro/types/range.hpp>

#include <algorithm>
#include <compare>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro {

/// Ranges that neither overlap nor touch, in order (documentation: "Range Types").
template <class T>
class multirange {
public:
    using value_type = range<T>;

    /// The empty multirange.
    multirange() = default;

    /// Takes ranges in any order: leaves out empty ones and puts together those that overlap or touch, `[1,2)` and
    /// `[2,3)`. The server does the same, and with its discrete types for `[1,2]` and `[3,4]`, too.
    explicit multirange(std::vector<range<T>> ranges) : ranges_(std::move(ranges)) {
        std::erase_if(ranges_, [](const range<T>& part) { return part.is_empty(); });
        std::sort(ranges_.begin(), ranges_.end());
        std::size_t kept = 0;
        for (std::size_t i = 1; i < ranges_.size(); ++i) {
            if (ranges_[kept].reaches(ranges_[i]))
                ranges_[kept] = ranges_[kept].merge(ranges_[i]);
            else if (++kept != i)
                ranges_[kept] = std::move(ranges_[i]);
        }
        if (!ranges_.empty()) ranges_.resize(kept + 1);
    }

    /// In order, none empty, with gaps between them. Lifetime: as the multirange's.
    const std::vector<range<T>>& ranges() const noexcept { return ranges_; }

    bool is_empty() const noexcept { return ranges_.empty(); }

    /// Whether a value lies in one of the ranges.
    bool contains(const T& value) const {
        return std::any_of(ranges_.begin(), ranges_.end(), [&](const range<T>& part) { return part.contains(value); });
    }

    /// Whether a range lies within one of the ranges; the empty one always does.
    bool contains(const range<T>& other) const {
        return other.is_empty()
               || std::any_of(ranges_.begin(), ranges_.end(),
                              [&](const range<T>& part) { return part.contains(other); });
    }

    friend bool operator==(const multirange&, const multirange&) = default;

    /// The server's order: range by range.
    friend std::weak_ordering operator<=>(const multirange& left, const multirange& right) {
        return std::lexicographical_compare_three_way(left.ranges_.begin(), left.ranges_.end(), right.ranges_.begin(),
                                                      right.ranges_.end());
    }

    /// A multirange in the server's text form, `{[1,3),[5,8)}`. Throws `conversion_error`
    /// (`errc::value_out_of_range`) for text that is none, or whose bounds are no `T`.
    static multirange parse(std::string_view text)
        requires types::parsable_element<T>
    {
        std::vector<range<T>> ranges;
        for (const auto& literal : types::parse_multirange_literal(text))
            ranges.push_back(types::range_of<T>(literal));
        return multirange(std::move(ranges));
    }

private:
    std::vector<range<T>> ranges_;
};

} // namespace pgcoro

template <class T>
    requires requires(const pgcoro::range<T>& value) { std::hash<pgcoro::range<T>>()(value); }
struct std::hash<pgcoro::multirange<T>> {
    std::size_t operator()(const pgcoro::multirange<T>& value) const {
        std::size_t seed = value.ranges().size();
        for (const auto& part : value.ranges()) seed = seed * 1'000'003u + std::hash<pgcoro::range<T>>()(part);
        return seed;
    }
};

/// Prints the server's text form: `{[1,3),[5,8)}`.
template <class T>
    requires pgcoro::types::printable_element<T>
struct fmt::formatter<pgcoro::multirange<T>> : fmt::formatter<std::string_view> {
    template <class Context>
    auto format(const pgcoro::multirange<T>& value, Context& context) const {
        std::string text = "{";
        for (const auto& part : value.ranges()) {
            if (text.size() > 1) text += ',';
            pgcoro::types::append_range(text, pgcoro::types::literal_of(part));
        }
        text += '}';
        return fmt::formatter<std::string_view>::format(text, context);
    }
};
