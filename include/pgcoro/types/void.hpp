// std::monostate from void, what functions without a result return.
#pragma once

#include <pgcoro/types/wire.hpp>

#include <string_view>
#include <variant>

namespace pgcoro {

/// Reads `void`, the type of `select pg_sleep(1)`; there are no parameters of it.
template <>
struct codec<std::monostate> {
    static constexpr std::string_view name = "std::monostate";
    static constexpr oid type = oids::void_;

    static bool reads(oid column) noexcept { return column == oids::void_; }

    static std::monostate read(const field_view& field) {
        if (!field.bytes.empty()) types::refuse_size(field, 0);
        return {};
    }
};

} // namespace pgcoro
