// How many rows of a streamed result come at once.
#pragma once

#include <pgcoro/core/oid.hpp>
#include <pgcoro/mapping/column_plan.hpp>

#include <algorithm>
#include <vector>

namespace pgcoro::session {

/// Whether values of a type never take more than some dozen bytes.
constexpr bool is_short(oid type) noexcept {
    switch (type) {
    case oids::boolean:
    case oids::char_:
    case oids::name:
    case oids::int2:
    case oids::int4:
    case oids::int8:
    case oids::oid_:
    case oids::xid:
    case oids::xid8:
    case oids::cid:
    case oids::tid:
    case oids::pg_lsn:
    case oids::float4:
    case oids::float8:
    case oids::money:
    case oids::date:
    case oids::time:
    case oids::timetz:
    case oids::timestamp:
    case oids::timestamptz:
    case oids::interval:
    case oids::uuid:
    case oids::inet:
    case oids::cidr:
    case oids::macaddr:
    case oids::macaddr8:
        return true;
    default:
        return false;
    }
}

/// libpq gathers that many rows before it hands them out, and the number cannot be changed within a result. 64 cost what a
/// whole result costs, 8 a fifth more, and one by one two to three times as much; but 64 rows of a megabyte are 64 MB.
/// So: many where no value can be wide, few where one may be, and one by one what is made to be wide.
inline int rows_per_part(const std::vector<column_info>& columns) noexcept {
    const auto may_be_wide = [](const column_info& column) { return !is_short(column.type); };
    const auto is_wide = [](const column_info& column) { return static_cast<oid>(column.type) == oids::bytea; };
    if (std::ranges::any_of(columns, is_wide)) return 1;
    return std::ranges::any_of(columns, may_be_wide) ? 8 : 64;
}

} // namespace pgcoro::session
