// Names of C++ types and enumerators, taken from the compiler's signature of a function template.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace pgcoro::types {

template <class Named>
constexpr const char* type_signature() noexcept {
    return __PRETTY_FUNCTION__;
}

template <auto... Values>
constexpr const char* enumerator_signature() noexcept {
    return __PRETTY_FUNCTION__;
}

/// A C++ type as the compiler spells it.
template <class T>
constexpr std::string_view cpp_type_name() noexcept {
    constexpr std::string_view signature = type_signature<T>(), marker = "Named = ";
    constexpr auto start = signature.find(marker) + marker.size();
    return signature.substr(start, signature.size() - start - 1);
}

constexpr bool identifier_character(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$'
           || static_cast<unsigned char>(c) >= 0x80;
}

/// The identifier that a spelled value ends with; empty for a value without an enumerator, spelled
/// "(color)7".
constexpr std::string_view enumerator_of(std::string_view spelled) noexcept {
    auto start = spelled.size();
    while (start != 0 && identifier_character(spelled[start - 1])) --start;
    const auto name = spelled.substr(start);
    return name.empty() || (name[0] >= '0' && name[0] <= '9') ? std::string_view{} : name;
}

// Clang 16 to 19 warn of values beyond the bits that the enumerators take up.
#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wunknown-warning-option"
#pragma clang diagnostic ignored "-Wenum-constexpr-conversion"
#endif

/// The enumerators of the values, in their order; empty where a value has none.
template <auto... Values>
constexpr std::array<std::string_view, sizeof...(Values)> enumerator_names() noexcept {
    std::array<std::string_view, sizeof...(Values)> names{};
    constexpr std::string_view signature = enumerator_signature<Values...>(), marker = "Values = ";
    constexpr auto start = signature.find(marker) + marker.size() + 1;
    std::size_t place = 0, depth = 0, begin = start;
    for (auto at = start; at < signature.size() && place < names.size(); ++at) {
        const char c = signature[at];
        const bool closing = c == ')' || c == '>' || c == '}' || c == ']';
        if (depth == 0 && (c == ',' || closing)) {
            names[place++] = enumerator_of(signature.substr(begin, at - begin));
            begin = at + 2;
        } else if (closing)
            --depth;
        else if (c == '(' || c == '<' || c == '{' || c == '[')
            ++depth;
    }
    return names;
}

#ifdef __clang__
#pragma clang diagnostic pop
#endif

/// Texts put together at compile time: `joined<a, b>::text`.
template <const std::string_view&... Parts>
struct joined {
    static constexpr auto characters = [] {
        std::array<char, (Parts.size() + ... + 0)> all{};
        auto at = all.begin();
        ((at = std::copy(Parts.begin(), Parts.end(), at)), ...);
        return all;
    }();
    static constexpr std::string_view text{characters.data(), characters.size()};
};

} // namespace pgcoro::types
