// Names of types for messages.
#pragma once

#include <pgcoro/core/oid.hpp>
#include <pgcoro/core/separate_compilation.hpp>

#include <string>

namespace pgcoro {

PGCORO_DECL std::string type_name(oid type) {
    const auto known = known_type_name(type);
    return known.empty() ? "type with OID " + std::to_string(type) : std::string(known);
}

} // namespace pgcoro
