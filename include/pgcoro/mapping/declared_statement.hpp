// A declared statement without its types as template arguments.
#pragma once

#include <pgcoro/core/statement_text.hpp>
#include <pgcoro/mapping/argument.hpp>
#include <pgcoro/mapping/row_description.hpp>

#include <array>
#include <span>
#include <string_view>
#include <tuple>

namespace pgcoro {
namespace row_mapping {

/// A parameter of a declared statement.
struct parameter_description {
    std::string_view type; ///< the C++ type, without its `std::optional`
    oid sql_type;          ///< that suits it best; 0 if there is none
    bool (*writes)(const type_ref& parameter);
    std::span<const std::string_view> labels; ///< of an enum
};

template <class Declared>
constexpr parameter_description describe_parameter() {
    if constexpr (is_null_type<Declared>) {
        return {"NULL", 0, [](const type_ref&) { return true; }, {}};
    } else {
        using written = written_type<Declared>;
        parameter_description made{cpp_name<written>(), 0,
                                   [](const type_ref& parameter) -> bool { return codec<written>::writes(parameter); },
                                   types::labels_of<written>()};
        if constexpr (requires { codec<written>::type; }) made.sql_type = codec<written>::type;
        return made;
    }
}

template <class Parameters>
inline constexpr std::array<parameter_description, 0> parameter_descriptions{};
template <class... Declared>
    requires(sizeof...(Declared) > 0)
inline constexpr std::array parameter_descriptions<std::tuple<Declared...>>{describe_parameter<Declared>()...};

} // namespace row_mapping

/// What a declared statement says, to be held against what the server says. Lifetime: borrows the text; the rest is of
/// static storage.
struct declared_statement {
    statement_text text;
    std::span<const row_mapping::parameter_description> parameters;
    const row_mapping::row_description* row = nullptr; ///< null if the rows have no declared type
};

} // namespace pgcoro
