// Boost.Multiprecision's integers and decimal numbers to and from numeric. Header only.
#pragma once

#include <pgcoro/types/numeric.hpp>
#include <pgcoro/types/numeric_codec.hpp>

#include <boost/multiprecision/cpp_dec_float.hpp>
#include <boost/multiprecision/cpp_int.hpp>
#include <boost/multiprecision/number.hpp>

#include <ios>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace pgcoro {
namespace types {

/// Integers of any backend `cpp_int_backend`: `cpp_int`, `int128_t`, `checked_uint256_t` and so on.
template <class Backend>
inline constexpr bool is_cpp_int_backend = false;
template <auto MinBits, auto MaxBits, auto Sign, auto Checked, class Allocator>
inline constexpr bool
    is_cpp_int_backend<boost::multiprecision::cpp_int_backend<MinBits, MaxBits, Sign, Checked, Allocator>> =
        true;

/// Decimal numbers of any backend `cpp_dec_float`: `cpp_dec_float_50` and so on.
template <class Backend>
inline constexpr bool is_cpp_dec_float_backend = false;
template <auto Digits, class Exponent, class Allocator>
inline constexpr bool
    is_cpp_dec_float_backend<boost::multiprecision::cpp_dec_float<Digits, Exponent, Allocator>> = true;

/// How one kind of numbers becomes numeric and comes from it; nothing where something would be lost.
template <class Number, bool Whole>
struct multiprecision_conversion;

template <class Number>
struct multiprecision_conversion<Number, true> {
    static constexpr std::string_view name = "boost::multiprecision::cpp_int";

    static std::optional<Number> from(const numeric& value) {
        const auto whole = value.trim_scale();
        if (!whole.is_finite() || whole.scale() != 0) return std::nullopt;
        using boost::multiprecision::cpp_int;
        using limits = std::numeric_limits<Number>;
        // A quick look first: to read digits takes the square of their number.
        if (limits::is_bounded && whole.weight() * 4 > limits::digits10) return std::nullopt;
        const cpp_int integer(whole.to_string());
        if constexpr (limits::is_bounded)
            if (integer > cpp_int((limits::max)()) || integer < cpp_int(limits::lowest()))
                return std::nullopt;
        return Number(integer);
    }

    static numeric to(const Number& value) { return numeric::parse(value.str()); }
};

template <class Number>
struct multiprecision_conversion<Number, false> {
    static constexpr std::string_view name = "boost::multiprecision::cpp_dec_float";

    static std::optional<Number> from(const numeric& value) {
        using limits = std::numeric_limits<Number>;
        if (value.is_nan()) return limits::quiet_NaN();
        if (value.is_infinite()) return value.sign() > 0 ? limits::infinity() : Number(-limits::infinity());
        Number number(value.to_string());
        if (!isfinite(number) || to(number) != value) return std::nullopt;
        return number;
    }

    static numeric to(const Number& value) {
        // No number of digits stands for all that it keeps, those beyond its nominal precision as well.
        auto text = value.str(0, std::ios_base::scientific);
        if (const auto exponent = text.find('e'); exponent != text.npos) {
            const auto last = text.find_last_not_of('0', exponent - 1);
            text.erase(last + 1, exponent - last - 1);
        }
        return numeric::parse(text);
    }
};

/// What the codecs of both have in common.
template <class Number, bool Whole>
struct multiprecision_codec {
    using conversion = multiprecision_conversion<Number, Whole>;

    static constexpr std::string_view name = conversion::name;
    static constexpr oid type = oids::numeric;

    static bool reads(oid column) noexcept { return codec<numeric>::reads(column); }

    static Number read(const field_view& field) {
        expect_binary(field, name);
        const auto value = codec<numeric>::read(field);
        auto number = conversion::from(value);
        if (!number) refuse_numeric(value, field.type, name);
        return *std::move(number);
    }

    static bool writes(oid parameter) noexcept { return codec<numeric>::writes(parameter); }
    static wire_format format(oid parameter) noexcept { return format_of<numeric>(parameter); }

    static void write(byte_writer& out, const Number& value, oid parameter) {
        codec<numeric>::write(out, converted(value, parameter), parameter);
    }

private:
    static numeric converted(const Number& value, oid parameter) {
        try {
            return conversion::to(value);
        } catch (const conversion_error&) { // it says the value, which belongs in no message
            refuse_argument(name, parameter);
        }
    }
};

} // namespace types

/// Boost.Multiprecision's integers. Read from `numeric` and all that `pgcoro::numeric` reads, if the value is
/// a whole number that the type holds (else `errc::value_out_of_range`); written to the same if nothing is
/// lost, and, as text, to types that users made (domains). An integer of more than 131072 digits is
/// `errc::value_out_of_range`.
template <class Backend, boost::multiprecision::expression_template_option Option>
    requires types::is_cpp_int_backend<Backend>
struct codec<boost::multiprecision::number<Backend, Option>>
    : types::multiprecision_codec<boost::multiprecision::number<Backend, Option>, true> {};

/// Boost.Multiprecision's decimal numbers. Read and written like its integers. A number with more digits than
/// the type keeps is `errc::value_out_of_range` when read (it keeps some more than its nominal precision), so
/// is one that is too small or too great for numeric when written, with all digits that it keeps. The number
/// of decimal places that are shown is not kept: 1.50 is 1.5. NaN and the infinities travel both ways.
template <class Backend, boost::multiprecision::expression_template_option Option>
    requires types::is_cpp_dec_float_backend<Backend>
struct codec<boost::multiprecision::number<Backend, Option>>
    : types::multiprecision_codec<boost::multiprecision::number<Backend, Option>, false> {};

} // namespace pgcoro
