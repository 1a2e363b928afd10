// Whether a type has a binary form.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/types/text_only_types.hpp>

#include <algorithm>

namespace pgcoro::types {

PGCORO_DECL bool is_text_only(const type_ref& type) noexcept {
    const auto* const info = type.info();
    return info != nullptr ? info->kind == type_kind::base && !info->has_binary_form
                           : is_text_only(static_cast<oid>(type));
}

PGCORO_DECL bool has_text_only_parts(const type_ref& type) noexcept {
    if (const auto element = element_type_of(type); element != 0) return has_text_only_parts(element);
    const auto* const info = type.info();
    if (info == nullptr || info->kind == type_kind::base) return is_text_only(type);
    return has_text_only_parts(info->referred) || std::ranges::any_of(info->attributes, [](const auto& one) {
               return has_text_only_parts(one.type);
           });
}

} // namespace pgcoro::types
