// The name of a C++ type for messages.
#pragma once

#include <cstddef>
#include <string_view>

namespace pgcoro {
namespace row_mapping {

template <class T>
constexpr auto function_signature() {
    return std::string_view(__PRETTY_FUNCTION__);
}

/// The compiler's own spelling of a type.
template <class T>
constexpr std::string_view full_type_name() {
    constexpr std::string_view example = "double";
    constexpr auto around = function_signature<double>();
    constexpr auto start = around.find(example);
    constexpr auto surplus = around.size() - example.size();
    constexpr auto signature = function_signature<T>();
    return signature.substr(start, signature.size() - surplus);
}

/// Whether every bracket that the text closes was opened in it.
constexpr bool brackets_balance(std::string_view text) {
    int open = 0;
    for (char c : text) {
        if (c == '<') ++open;
        if (c == '>' && --open < 0) return false;
    }
    return open == 0;
}

} // namespace row_mapping

/// The name of a class with its named namespaces, the same under every compiler: without the functions and
/// unnamed namespaces around it ("shop::user", "user").
template <class T>
constexpr std::string_view type_label() {
    auto name = row_mapping::full_type_name<T>();
    for (auto at = name.rfind("::"); at != std::string_view::npos && at > 0; at = name.rfind("::", at - 1)) {
        const auto scope = name.substr(0, at);
        const auto rest = name.substr(at + 2);
        const bool nameless =
            scope.ends_with(')') || scope.ends_with('}') || scope.ends_with(")>"); // a lambda's
        if (nameless && row_mapping::brackets_balance(rest)) return rest;
    }
    return name;
}

} // namespace pgcoro
