// Amounts of money as the server counts them.
#pragma once

#include <pgcoro/types/wire.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace pgcoro {

/// A value of the SQL type `money`: a count of the smallest unit of a currency, such as cents. How many of
/// them make a unit and how an amount is written is up to the setting `lc_monetary` of the server
/// (documentation: "Monetary Types"), which the value does not carry: it has therefore no text form here. For
/// that, and for amounts with a currency, cast in the SQL (`::text`, `::numeric`).
class money {
public:
    constexpr money() noexcept = default;
    explicit constexpr money(std::int64_t smallest_units) noexcept : smallest_units_(smallest_units) {}

    constexpr std::int64_t smallest_units() const noexcept { return smallest_units_; }

    friend constexpr auto operator<=>(money, money) noexcept = default;

private:
    std::int64_t smallest_units_ = 0;
};

/// Reads and writes `money`. A domain over it cannot be given as a parameter, since that would want its text
/// form; cast the parameter: `$1::money::my_domain`.
template <>
struct codec<money> {
    static constexpr std::string_view name = "pgcoro::money";
    static constexpr oid type = oids::money;

    static bool reads(oid column) noexcept { return column == oids::money; }

    static money read(const field_view& field) {
        types::expect_binary(field, name);
        return money(types::read_exactly<std::int64_t>(field));
    }

    static bool writes(oid parameter) noexcept { return parameter == oids::money; }

    static void write(byte_writer& out, money value, oid) { out.write(value.smallest_units()); }

    static std::int64_t wire(money value) noexcept { return value.smallest_units(); }
};

} // namespace pgcoro

template <>
struct std::hash<pgcoro::money> {
    std::size_t operator()(pgcoro::money value) const noexcept {
        return std::hash<std::int64_t>()(value.smallest_units());
    }
};
