// Names of types for messages.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/core/type_info.hpp>

#include <string>

namespace pgcoro {

PGCORO_DECL std::string type_name(const type_ref& type) {
    if (const auto* const info = type.info()) return info->schema + '.' + info->name;
    return type_name(static_cast<oid>(type));
}

} // namespace pgcoro
