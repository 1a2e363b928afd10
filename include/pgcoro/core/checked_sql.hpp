// SQL as an argument of a verb: a literal that is checked at compile time, or marked run-time text.
#pragma once

#include <pgcoro/core/error.hpp>
#include <pgcoro/core/runtime_sql.hpp>
#include <pgcoro/core/sql_refusals.hpp>
#include <pgcoro/core/statement_text.hpp>

#include <concepts>
#include <cstddef>
#include <optional>
#include <string_view>
#include <type_traits>

namespace pgcoro::core {

/// Converts to text, but not as a constant: it owns its characters.
template <class T>
concept owning_text = std::convertible_to<const T&, std::string_view> && !std::is_trivially_destructible_v<T>;

/// Converts to text and may be a constant: a literal, a pointer to one, a view of one.
template <class T>
concept constant_text =
    std::convertible_to<const T&, std::string_view> && std::is_trivially_destructible_v<T>;

/// The SQL parameter of a verb that takes `ArgumentCount` further arguments. A verb is declared as
///
///     template <class T = result, class... Args>
///     auto query(std::type_identity_t<pool_sql<Args...>> sql, Args&&... args);
///
/// Compilers show its name where text is neither a constant nor marked as made at run time.
/// Lifetime: borrows the text; where `statement().at_run_time`, the verb has to copy it before it returns,
/// and asks `check` whether it may be sent.
template <sql_scope Scope, std::size_t ArgumentCount>
class literal_or_runtime_sql {
public:
    /// From a literal. What cannot be sent does not compile: the compiler's message names the reason, as a
    /// call of a function in `sql_error`.
    template <std::size_t Size>
    consteval literal_or_runtime_sql(const char (&literal)[Size])
        : statement_(checked({literal, Size - (literal[Size - 1] == '\0' ? 1 : 0)})) {}

    /// From a constexpr `const char*`, `std::string_view` or the like. Text that is not constexpr does not
    /// compile: wrap it in `pgcoro::runtime_sql`.
    template <constant_text Text>
    consteval literal_or_runtime_sql(const Text& run_time_text_needs_pgcoro_runtime_sql)
        : statement_(checked(run_time_text_needs_pgcoro_runtime_sql)) {}

    /// From marked run-time text, which must outlive this object. Nothing is checked yet.
    literal_or_runtime_sql(const runtime_sql& text) noexcept : statement_(text.statement()) {}

    template <owning_text Text>
    literal_or_runtime_sql(const Text&) {
        static_assert(
            !owning_text<Text>,
            "text made at run time is not taken as SQL: give values as parameters ($1, $2, ...), or wrap "
            "the text in pgcoro::runtime_sql(text)");
    }

    static constexpr sql_scope scope = Scope;

    constexpr const statement_text& statement() const noexcept { return statement_; }
    constexpr std::string_view text() const noexcept { return statement_.text; }

    /// What `check_sql` says about the statement in this scope with this number of arguments.
    std::optional<error> check() const { return check_sql(statement_, ArgumentCount, Scope); }

private:
    static consteval statement_text checked(std::string_view text) {
        const statement_text statement = make_statement_text(text, false);
        refuse_sql(statement, ArgumentCount, Scope);
        return statement;
    }

    statement_text statement_;
};

} // namespace pgcoro::core

namespace pgcoro {

/// The SQL parameter of the verbs of a pool, which choose the connection themselves.
template <class... Args>
using pool_sql = core::literal_or_runtime_sql<core::sql_scope::pool, sizeof...(Args)>;

/// The SQL parameter of a statement of a batch.
template <class... Args>
using batch_sql = core::literal_or_runtime_sql<core::sql_scope::batch, sizeof...(Args)>;

/// The SQL parameter of the verbs of a connection, lease or transaction.
template <class... Args>
using session_sql = core::literal_or_runtime_sql<core::sql_scope::session, sizeof...(Args)>;

/// The SQL parameter of what describes a statement of a connection without arguments for it.
using described_sql = core::literal_or_runtime_sql<core::sql_scope::session, core::any_argument_count>;

/// A COPY from or to the client. It takes no parameters.
using copy_sql = core::literal_or_runtime_sql<core::sql_scope::copy, 0>;

} // namespace pgcoro
