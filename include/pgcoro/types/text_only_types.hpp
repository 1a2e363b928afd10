// Types that have no binary form, or none that is of use to a client.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/types/array_types.hpp>

namespace pgcoro::types {

/// The server's own types of that kind: `aclitem` and `gtsvector` have no send function (`pg_type.typsend`),
/// `cstring` and the types of some columns of the system catalogs (`pg_node_tree`, `anyarray` of `pg_stats`,
/// statistics, summaries of BRIN) have one that tells less than their text.
constexpr bool is_text_only(oid type) noexcept {
    switch (type) {
    case oids::pg_node_tree:
    case oids::aclitem:
    case oids::cstring:
    case oids::anyarray:
    case oids::pg_ndistinct:
    case oids::pg_dependencies:
    case oids::gtsvector:
    case oids::pg_brin_bloom_summary:
    case oids::pg_brin_minmax_multi_summary:
    case oids::pg_mcv_list:
        return true;
    default:
        return false;
    }
}

/// The same for types of users and extensions, such as those of `isn` and `seg`.
bool is_text_only(const type_ref& type) noexcept;

/// Whether values of such types are among what a type is made of, so that the server cannot send it in binary
/// form.
bool has_text_only_parts(const type_ref& type) noexcept;

} // namespace pgcoro::types

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/types/text_only_types_definitions.hpp>
#endif
