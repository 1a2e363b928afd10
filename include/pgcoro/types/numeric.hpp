// Exact decimal numbers as the server's numeric holds them.
#pragma once

#include <pgcoro/core/conversion_error.hpp>
#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/types/integer_types.hpp>

#include <boost/container/small_vector.hpp>
#include <fmt/format.h>

#include <cmath>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace pgcoro {

class byte_writer;
class numeric;
struct field_view;

namespace types {

numeric read_numeric(const field_view& field);
void write_numeric(byte_writer& out, const numeric& value);

template <class T>
concept real = std::same_as<T, float> || std::same_as<T, double>;

template <class T>
constexpr std::string_view number_name() noexcept {
    if constexpr (integer<T>)
        return integer_name<T>();
    else
        return std::same_as<T, float> ? "float" : "double";
}

/// The beginning of a text that is too long for a message.
inline std::string brief_text(std::string_view text) {
    constexpr std::size_t most = 60;
    if (text.size() <= most) return std::string(text);
    auto length = most;
    while ((static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U && length > 0)
        --length; // a part of a character
    return std::string(text.substr(0, length)) + "…";
}

} // namespace types

/// A number of the SQL type `numeric` (documentation: "Arbitrary Precision Numbers"): exact, with up to
/// 131072 digits before the decimal point and up to 16383 after it, or NaN, or, from PostgreSQL 14 on, an
/// infinity. Zero has no sign. The number of decimal places that are shown belongs to the value, not to its
/// order: 1.5 equals 1.50.
///
/// It is for carrying numbers, not for arithmetic: Boost.Multiprecision's decimal numbers are, and have
/// codecs too
/// (`<pgcoro/integration/multiprecision.hpp>`).
class numeric {
public:
    static constexpr int most_digits_before_point = 131072;
    static constexpr int most_decimal_places = 16383;

    /// Zero.
    numeric() noexcept = default;

    /// Any integer.
    template <types::integer T>
    numeric(T value) : numeric(std::cmp_less(value, 0), types::magnitude_of(value)) {}

    /// Exactly the number that a `double` holds, which for 0.1 is
    /// 0.1000000000000000055511151231257827021181583404541015625 (a `float` is as a `double`). NaN and the
    /// infinities are kept; -0.0 becomes 0.
    template <types::real T>
    explicit numeric(T value) : numeric(exact(static_cast<double>(value))) {}

    /// The number with the fewest digits that reads back as the same `double` or `float`, which for 0.1 is
    /// 0.1.
    static numeric shortest(double value);
    static numeric shortest(float value);

    static numeric nan() noexcept { return numeric(form::nan); }
    static numeric infinity() noexcept { return numeric(form::infinity); }
    static numeric minus_infinity() noexcept { return numeric(form::minus_infinity); }

    /// Reads what the server prints and what it takes before PostgreSQL 16: digits with an optional sign,
    /// point and exponent, or NaN, Infinity, inf in any case; blanks around are ignored. Throws
    /// `errc::value_out_of_range` for other text, and for more digits than the server has.
    static numeric parse(std::string_view text);

    bool is_nan() const noexcept { return form_ == form::nan; }
    bool is_infinite() const noexcept { return form_ == form::infinity || form_ == form::minus_infinity; }
    bool is_finite() const noexcept { return form_ == form::positive || form_ == form::negative; }

    /// -1, 0 or 1; 0 for NaN.
    int sign() const noexcept {
        if (is_nan() || (is_finite() && groups_.empty())) return 0;
        return form_ == form::positive || form_ == form::infinity ? 1 : -1;
    }

    /// The number of decimal places that are shown.
    int scale() const noexcept { return scale_; }

    /// The same number with only as many decimal places as it needs, like the server's function `trim_scale`.
    numeric trim_scale() const {
        auto trimmed = *this;
        trimmed.scale_ = static_cast<std::uint16_t>(decimal_places());
        return trimmed;
    }

    /// The digits in groups of four, the first one times 10000 to the power of `weight()`; neither the first
    /// nor the last is 0. Lifetime: until the value is changed or gone.
    std::span<const std::int16_t> groups() const noexcept { return {groups_.data(), groups_.size()}; }
    int weight() const noexcept { return weight_; }

    /// The same number as an integer, `float` or `double`. Throws `errc::value_out_of_range` if that would
    /// lose anything. Nothing is lost in a `float` or `double` that holds exactly this number, nor in one
    /// whose shortest decimal form this number is, as 0.1 is that of 0.1.
    template <class T>
        requires types::integer<T> || types::real<T>
    T to() const {
        if (const auto value = try_to<T>()) return *value;
        throw conversion_error(errc::value_out_of_range, "numeric value " + brief() + " does not fit "
                                                             + std::string(types::number_name<T>()));
    }

    /// The same; nothing where `to` throws.
    template <class T>
        requires types::integer<T> || types::real<T>
    std::optional<T> try_to() const {
        if constexpr (types::integer<T>) {
            const auto magnitude = whole_magnitude();
            if (!magnitude) return std::nullopt;
            constexpr std::uint64_t greatest = std::numeric_limits<T>::max();
            const bool negative = form_ == form::negative;
            if (*magnitude > greatest + (negative ? 1 : 0)) return std::nullopt;
            if (negative && std::unsigned_integral<T>) return std::nullopt;
            return static_cast<T>(negative ? std::uint64_t{0} - *magnitude : *magnitude);
        } else {
            T value;
            if constexpr (std::same_as<T, float>)
                value = nearest_float();
            else
                value = nearest_double();
            if (!is_finite()) return value;
            if (std::isinf(value)) return std::nullopt;
            if (shortest(value) == *this || exact(static_cast<double>(value)) == *this) return value;
            return std::nullopt;
        }
    }

    /// The nearest `double`; what is too small for it becomes 0. Throws `errc::value_out_of_range` for what
    /// is too great.
    double to_double() const;

    /// The server's text form.
    std::string to_string() const;

    /// The same, but not longer than a message can bear.
    std::string brief() const;

    /// As the server orders: NaN equals itself and is greater than all else.
    friend std::weak_ordering operator<=>(const numeric& left, const numeric& right) noexcept {
        return compare(left, right);
    }
    friend bool operator==(const numeric& left, const numeric& right) noexcept {
        return left.form_ == right.form_ && left.weight_ == right.weight_ && left.groups_ == right.groups_;
    }

private:
    /// In the server's numbers.
    enum class form : std::uint16_t {
        positive = 0,
        negative = 0x4000,
        nan = 0xC000,
        infinity = 0xD000,
        minus_infinity = 0xF000
    };

    friend numeric types::read_numeric(const field_view& field);
    friend void types::write_numeric(byte_writer& out, const numeric& value);

    explicit numeric(form special) noexcept : form_(special) {}
    numeric(bool negative, std::uint64_t magnitude);

    static numeric exact(double value);

    /// The digits times a power of ten, or nothing if the server could not hold it.
    static std::optional<numeric> from_digits(bool negative, std::string_view digits, std::int64_t exponent);
    static std::weak_ordering compare(const numeric& left, const numeric& right) noexcept;
    static std::weak_ordering compare_magnitudes(const numeric& left, const numeric& right) noexcept;

    void strip_zero_groups();
    int decimal_places() const noexcept; ///< that are not 0
    std::optional<std::uint64_t> whole_magnitude() const noexcept;
    /// The nearest ones; infinite for what is too great.
    float nearest_float() const;
    double nearest_double() const;

    boost::container::small_vector<std::int16_t, 8> groups_; // 32 digits without an allocation
    int weight_ = 0;
    std::uint16_t scale_ = 0;
    form form_ = form::positive;
};

} // namespace pgcoro

template <>
struct std::hash<pgcoro::numeric> {
    std::size_t operator()(const pgcoro::numeric& value) const noexcept {
        // Values that are equal have the same groups; NaN and the infinities have none.
        const auto bytes = std::as_bytes(value.groups());
        const std::string_view groups(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        const int rank = value.weight() * 8 + (value.is_finite() ? 0 : 4) + value.sign();
        return std::hash<std::string_view>()(groups) ^ (std::hash<int>()(rank) * 0x9e3779b97f4a7c15U);
    }
};

/// Prints the server's text form; takes the options of a string.
template <>
struct fmt::formatter<pgcoro::numeric> : fmt::formatter<fmt::string_view> {
    template <class Context>
    auto format(const pgcoro::numeric& value, Context& context) const {
        return fmt::formatter<fmt::string_view>::format(value.to_string(), context);
    }
};

#include <pgcoro/types/numeric_definitions.hpp>
