// What untyped results tell of their columns.
#pragma once

#include <pgcoro/result.hpp>
#include <pgcoro/session/type_catalog.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace pgcoro {

PGCORO_DECL column_info field::described() const {
    return {std::string(name()), types_ == nullptr ? type_ref(type()) : types_->find(type())};
}

PGCORO_DECL field row::operator[](std::string_view name) const {
    for (std::size_t i = 0; i < rows_.column_count(); ++i)
        if (rows_.column_name(i) == name) return {rows_, index_, i, types_};
    throw error(make_error_code(errc::column_missing), "the result has no column \"" + std::string(name) + '"', {},
                execution_state::completed);
}

} // namespace pgcoro
