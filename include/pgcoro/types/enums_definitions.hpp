// What is said of labels that do not go together.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/types/enums.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace pgcoro::types {

/// Those of some labels that are not among others.
template <class Labels, class Others>
std::vector<std::string_view> labels_beyond(const Labels& labels, const Others& others) {
    std::vector<std::string_view> beyond;
    for (const std::string_view label : labels)
        if (std::ranges::find(others, label) == others.end()) beyond.push_back(label);
    return beyond;
}

[[noreturn]] PGCORO_DECL void refuse_label(std::string_view label, std::string_view cpp_type,
                                      const std::string& labels) {
    constexpr std::size_t longest = 63; // of an SQL enum's label
    const bool cut = label.size() > longest;
    throw conversion_error(errc::value_out_of_range, '"' + std::string(label.substr(0, longest))
                                                         + (cut ? "…" : "") + "\" is no label of "
                                                         + std::string(cpp_type) + " (" + labels + ")");
}

[[noreturn]] PGCORO_DECL void refuse_unnamed(std::string_view cpp_type, const std::string& labels) {
    throw conversion_error(errc::value_out_of_range,
                           "the " + std::string(cpp_type) + " value has no label (those are " + labels + ")");
}

PGCORO_DECL void expect_label(const type_ref& parameter, std::string_view label, std::string_view cpp_type,
                              std::span<const std::string_view> labels) {
    const auto* const in = sql_enum(parameter);
    if (in == nullptr || std::ranges::find(in->labels, label) != in->labels.end()) return;
    throw conversion_error(errc::value_out_of_range, type_name(type_ref(in->id, in)) + " has no label for the "
                                                         + std::string(cpp_type) + " value: it has "
                                                         + list_of(in->labels) + ", and lacks "
                                                         + list_of(labels_beyond(labels, in->labels)));
}

} // namespace pgcoro::types
