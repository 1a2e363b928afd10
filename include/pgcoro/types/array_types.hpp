// Which array type belongs to which element type.
#pragma once

#include <pgcoro/core/type_info.hpp>

#include <algorithm>
#include <array>

namespace pgcoro::types {

struct array_type {
    oid array;
    oid element;
};

/// The server's own array types by their identifiers, `int2vector` and `oidvector` among them
/// (`typelem` and `typarray` of the system catalog `pg_type`).
// clang-format off
inline constexpr auto array_types = std::to_array<array_type>({
    {22, oids::int2}, {30, oids::oid_}, {143, oids::xml}, {199, oids::json}, {271, oids::xid8}, {629, 628},
    {651, oids::cidr}, {719, 718}, {775, oids::macaddr8}, {791, oids::money}, {1000, oids::boolean},
    {1001, oids::bytea}, {1002, oids::char_}, {1003, oids::name}, {1005, oids::int2}, {1006, 22},
    {1007, oids::int4}, {1008, oids::regproc}, {1009, oids::text}, {1010, oids::tid}, {1011, oids::xid},
    {1012, oids::cid}, {1013, 30}, {1014, oids::bpchar}, {1015, oids::varchar}, {1016, oids::int8},
    {1017, 600}, {1018, 601}, {1019, 602}, {1020, 603}, {1021, oids::float4}, {1022, oids::float8},
    {1027, 604}, {1028, oids::oid_}, {1034, 1033}, {1040, oids::macaddr}, {1041, oids::inet},
    {1115, oids::timestamp}, {1182, oids::date}, {1183, oids::time}, {1185, oids::timestamptz},
    {1187, oids::interval}, {1231, oids::numeric}, {1263, 2275}, {1270, oids::timetz}, {1561, oids::bit},
    {1563, oids::varbit}, {2201, oids::refcursor}, {2207, 2202}, {2208, 2203}, {2209, 2204}, {2210, 2205},
    {2211, 2206}, {2287, oids::record}, {2949, 2970}, {2951, oids::uuid}, {3221, oids::pg_lsn}, {3643, 3614},
    {3644, 3642}, {3645, 3615}, {3735, 3734}, {3770, 3769}, {3807, oids::jsonb}, {3905, 3904}, {3907, 3906},
    {3909, 3908}, {3911, 3910}, {3913, 3912}, {3927, 3926}, {4073, oids::jsonpath}, {4090, 4089},
    {4097, 4096}, {4192, 4191}, {5039, 5038}, {6150, 4451}, {6151, 4532}, {6152, 4533}, {6153, 4534},
    {6155, 4535}, {6157, 4536}
});
// clang-format on

static_assert(std::is_sorted(array_types.begin(), array_types.end(),
                             [](const array_type& a, const array_type& b) { return a.array < b.array; }));

/// `int2vector` and `oidvector`, which the system catalogs use. They come as arrays do but count from 0.
constexpr bool is_system_vector(oid array) noexcept { return array == 22 || array == 30; }

/// The element type of a built-in array type; 0 for other types.
constexpr oid element_type_of(oid array) noexcept {
    const auto at = std::lower_bound(array_types.begin(), array_types.end(), array,
                                     [](const array_type& row, oid wanted) { return row.array < wanted; });
    return at != array_types.end() && at->array == array ? at->element : 0;
}

/// The element type of an array type, built in or not; 0 for other types. Arrays of domains are arrays of what the domains
/// are over.
inline type_ref element_type_of(const type_ref& array) noexcept {
    if (const auto* const info = array.info())
        return info->kind == type_kind::array ? info->referred.without_domains() : type_ref();
    return element_type_of(static_cast<oid>(array));
}

/// The array type over a built-in element type; 0 for other types.
constexpr oid array_type_of(oid element) noexcept {
    for (const auto& row : array_types)
        if (row.element == element && !is_system_vector(row.array)) return row.array;
    return 0;
}

} // namespace pgcoro::types
