// Error codes of the server: SQLSTATEs and the classes that they belong to.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/core/sqlstate_classes.hpp>
#include <pgcoro/core/sqlstate_codes.hpp>
#include <pgcoro/core/sqlstate_names.hpp>

#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/error_condition.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>

namespace pgcoro {
namespace core {

inline void a_sqlstate_is_five_digits_or_upper_case_letters() {}

inline constexpr int sqlstates_per_class = 36 * 36 * 36;

/// The name of a code in a table that is sorted by codes; empty if it has none.
template <class Named, std::size_t Size, class Code>
constexpr std::string_view name_of(const Named (&table)[Size], Code code) noexcept {
    const auto* const end = table + Size;
    const auto* const found =
        std::lower_bound(table, end, code, [](const Named& named, Code wanted) { return named.code < wanted; });
    return found != end && found->code == code ? found->name : std::string_view();
}

} // namespace core

/// The SQLSTATE that is written as `code`: five digits or upper-case letters. Codes without a name are fine.
/// Text of another form does not compile in a constant expression; at run time, where only a server that
/// breaks the protocol sends it, it yields `sqlstate::protocol_violation`.
constexpr sqlstate make_sqlstate(std::string_view code) noexcept {
    const int value = code.size() == 5 ? core::sqlstate_number(code) : -1;
    if (value >= 0) return static_cast<sqlstate>(value);
    if (std::is_constant_evaluated()) core::a_sqlstate_is_five_digits_or_upper_case_letters();
    return sqlstate::protocol_violation;
}

/// The class of a SQLSTATE. It need not be one that has a name.
constexpr sqlstate_class class_of(sqlstate code) noexcept {
    return static_cast<sqlstate_class>(static_cast<int>(code) / core::sqlstates_per_class);
}

/// The five characters of a SQLSTATE: "23505".
std::string to_string(sqlstate code);

/// The condition name of a SQLSTATE, "unique_violation"; empty if the code has none.
constexpr std::string_view condition_name(sqlstate code) noexcept {
    return core::name_of(core::sqlstate_names, code);
}

/// The name of a class of SQLSTATEs, "integrity_constraint_violation"; empty if the class has none.
constexpr std::string_view class_name(sqlstate_class code) noexcept {
    return core::name_of(core::sqlstate_class_names, code);
}

/// The category of `sqlstate`, named "postgresql". Its messages read "unique_violation (SQLSTATE 23505)"; a
/// code without a name is described by its class.
const boost::system::error_category& server_category() noexcept;

/// The category of the conditions in `sqlstate_class`.
const boost::system::error_category& sqlstate_class_category() noexcept;

inline boost::system::error_code make_error_code(sqlstate code) noexcept {
    return {static_cast<int>(code), server_category()};
}

inline boost::system::error_condition make_error_condition(sqlstate_class code) noexcept {
    return {static_cast<int>(code), sqlstate_class_category()};
}

} // namespace pgcoro

template <>
struct boost::system::is_error_code_enum<pgcoro::sqlstate> : std::true_type {};

template <>
struct boost::system::is_error_condition_enum<pgcoro::sqlstate_class> : std::true_type {};

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/core/sqlstate_definitions.hpp>
#endif
