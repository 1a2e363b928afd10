// The name that somebody may have meant.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace pgcoro::row_mapping {

/// How many bytes have to be inserted, removed or replaced to make one text the other (the Levenshtein distance).
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The name that looks most like the wanted one: a third of its letters may differ, or one may be part of the other.
/// Empty if none does.
std::string_view nearest_name(std::string_view wanted, std::span<const std::string_view> names);

#if PGCORO_HAS_DEFINITIONS

PGCORO_DECL std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        auto diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const auto replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
        }
    }
    return row[b.size()];
}

PGCORO_DECL std::string_view nearest_name(std::string_view wanted, std::span<const std::string_view> names) {
    std::string_view nearest;
    auto best = wanted.size() + 1;
    for (const auto name : names) {
        auto distance = edit_distance(wanted, name);
        const bool part_of = !name.empty() && (wanted.find(name) != wanted.npos || name.find(wanted) != name.npos);
        if (distance > std::max(wanted.size(), name.size()) / 3) {
            if (!part_of) continue;
            distance = wanted.size();   // behind what is merely misspelt
        }
        if (distance >= best) continue;
        best = distance;
        nearest = name;
    }
    return nearest;
}

#endif

} // namespace pgcoro::row_mapping
