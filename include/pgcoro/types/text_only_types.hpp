// Types that have no binary form, or none that is of use to a client.
#pragma once

#include <pgcoro/types/array_types.hpp>

#include <algorithm>

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
inline bool is_text_only(const type_ref& type) noexcept {
    const auto* const info = type.info();
    return info != nullptr ? info->kind == type_kind::base && !info->has_binary_form
                           : is_text_only(static_cast<oid>(type));
}

/// Whether values of such types are among what a type is made of, so that the server cannot send it in binary
/// form.
inline bool has_text_only_parts(const type_ref& type) noexcept {
    if (const auto element = element_type_of(type); element != 0) return has_text_only_parts(element);
    const auto* const info = type.info();
    if (info == nullptr || info->kind == type_kind::base) return is_text_only(type);
    return has_text_only_parts(info->referred) || std::ranges::any_of(info->attributes, [](const auto& one) {
               return has_text_only_parts(one.type);
           });
}

} // namespace pgcoro::types
