// Statements whose parameters and rows are declared once.
#pragma once

#include <pgcoro/core/checked_sql.hpp>
#include <pgcoro/mapping/declared_argument.hpp>
#include <pgcoro/mapping/row_shape.hpp>
#include <pgcoro/result.hpp>
#include <pgcoro/types.hpp>

#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>

namespace pgcoro {
namespace core::sql_error {
// A compiler that meets one of these in a constant expression shows its name.
inline void the_signature_has_fewer_parameters_than_the_text_has_placeholders() {}
inline void the_signature_has_more_parameters_than_the_text_has_placeholders() {}
} // namespace core::sql_error

template <class Signature>
class statement {
    static_assert(sizeof(Signature) == 0,
                  "the types of a statement are written as those of a function: pgcoro::statement<row(parameters...)>");
};

/// A statement with the types of its parameters and of its rows, to be declared once and run in many places:
///
///     inline constexpr pgcoro::statement<user(std::int64_t)> find_user{"select id, name from users where id = $1"};
///     user u = co_await pool.query_one(find_user, 42);
///
/// The text is checked at compile time as that of a pool's verbs is, and the number of parameters against its
/// placeholders. Whether types and columns are those of a database, `verify` tells.
///
/// @tparam Row what a row is read into, a `row_type`; void for statements that are executed; `result` for rows whose
///             types are not declared. Each verb says which of them it takes.
/// @tparam Parameters types that may be given as arguments; `const std::string&` stands for `std::string`
///
/// A literal type. Lifetime: borrows the text, which is a constant.
template <class Row, class... Parameters>
class statement<Row(Parameters...)> {
public:
    using row = Row;

    /// The declared types of `$1`, `$2`, …, without references.
    using parameters = std::tuple<declared_parameter_t<Parameters>...>;

    /// From a literal. What cannot be a statement of this signature does not compile.
    template <std::size_t Size>
    explicit consteval statement(const char (&literal)[Size])
        : text_(checked({literal, Size - (literal[Size - 1] == '\0' ? 1 : 0)})) {}

    /// From a constexpr `const char*` or `std::string_view` of static storage.
    template <core::constant_text Text>
    explicit consteval statement(const Text& text_of_a_statement_must_be_a_constant)
        : text_(checked(text_of_a_statement_must_be_a_constant)) {}

    template <core::owning_text Text>
    explicit statement(const Text&) {
        static_assert(!core::owning_text<Text>, "a statement is declared from a literal or a constant: for text made at "
                                                "run time give pgcoro::runtime_sql(text) to a verb");
    }

    constexpr std::string_view sql() const noexcept { return text_.text; }

    /// The text and what its lexer found out.
    constexpr const statement_text& text() const noexcept { return text_; }

private:
    static_assert((require_query_argument<declared_parameter_t<Parameters>&>() && ...));

    static constexpr bool has_row_type = !std::is_void_v<Row> && !std::is_same_v<Row, result>;

    static constexpr bool require_row() {
        if constexpr (has_row_type) return require_row_type<Row>();
        else return true;
    }
    static_assert(require_row());

    static consteval statement_text checked(std::string_view text) {
        using namespace core;
        const auto made = make_statement_text(text, false);
        refuse_fault(made.fault);
        refuse_class(made.cls, sql_scope::pool);
        constexpr auto declared = sizeof...(Parameters);
        if (declared < made.parameter_count)
            sql_error::the_signature_has_fewer_parameters_than_the_text_has_placeholders();
        if (declared > made.parameter_count)
            sql_error::the_signature_has_more_parameters_than_the_text_has_placeholders();
        return made;
    }

    statement_text text_;
};

} // namespace pgcoro
