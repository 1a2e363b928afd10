// Which range and multirange types belong to which element type.
#pragma once

#include <pgcoro/core/type_info.hpp>

#include <array>

namespace pgcoro::types {

struct range_type {
    oid range;
    oid multirange;
    oid element;
};

/// The server's own range types (its system catalog `pg_range`).
inline constexpr auto range_types = std::to_array<range_type>({
    {oids::int4range, oids::int4multirange, oids::int4},
    {oids::int8range, oids::int8multirange, oids::int8},
    {oids::numrange, oids::nummultirange, oids::numeric},
    {oids::tsrange, oids::tsmultirange, oids::timestamp},
    {oids::tstzrange, oids::tstzmultirange, oids::timestamptz},
    {oids::daterange, oids::datemultirange, oids::date},
});

/// The type of a range's bounds; 0 for what is no built-in range type.
constexpr oid range_element_of(oid range) noexcept {
    for (const auto& row : range_types)
        if (row.range == range) return row.element;
    return 0;
}

/// The type of the bounds of a multirange's ranges; 0 for what is no built-in multirange type.
constexpr oid multirange_element_of(oid multirange) noexcept {
    for (const auto& row : range_types)
        if (row.multirange == multirange) return row.element;
    return 0;
}

/// The same for range types that users made, where the catalogs have been asked.
inline type_ref range_bound_of(const type_ref& range) noexcept {
    const auto* const info = range.info();
    if (info == nullptr) return range_element_of(range);
    return info->kind == type_kind::range ? info->referred : type_ref();
}

inline type_ref multirange_bound_of(const type_ref& multirange) noexcept {
    const auto* const info = multirange.info();
    if (info == nullptr) return multirange_element_of(multirange);
    return info->kind == type_kind::multirange ? range_bound_of(info->referred) : type_ref();
}

/// The range type over an element type, or over the next wider one; 0 if there is none.
constexpr oid range_type_of(oid element) noexcept {
    if (element == oids::int2) return oids::int4range;
    for (const auto& row : range_types)
        if (row.element == element) return row.range;
    return 0;
}

/// The same for multiranges.
constexpr oid multirange_type_of(oid element) noexcept {
    if (element == oids::int2) return oids::int4multirange;
    for (const auto& row : range_types)
        if (row.element == element) return row.multirange;
    return 0;
}

} // namespace pgcoro::types
