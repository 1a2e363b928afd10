// Declared statements against the schema of a database.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/mapping/declared_statement.hpp>
#include <pgcoro/mapping/statement_difference.hpp>
#include <pgcoro/prepare.hpp>
#include <pgcoro/session/target.hpp>
#include <pgcoro/statement.hpp>

#include <boost/asio/awaitable.hpp>

#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace pgcoro {
namespace verification {

template <class Row, class... Parameters>
constexpr declared_statement declaration_of(const statement<Row(Parameters...)>& declared) {
    using parameters = typename statement<Row(Parameters...)>::parameters;
    declared_statement made{declared.text(), row_mapping::parameter_descriptions<parameters>};
    if constexpr (!std::is_void_v<Row> && !std::is_same_v<Row, result>) made.row = &row_mapping::description_of<Row>;
    return made;
}

/// Whether an error is about the statement itself: of the server, and the same at any other time.
bool is_of_statement(const error& e);

/// What a handle has its statements run on.
struct questioner {
    template <class Connection>
    static session::target_ptr target_of(const Connection& asked) {
        return asked.asked();
    }
};

/// Asks about each statement, on a connection or in a transaction.
boost::asio::awaitable<std::vector<statement_difference>> compare(session::target_ptr on,
                                                                  std::vector<declared_statement> declared);

template <class Handle>
boost::asio::awaitable<std::vector<statement_difference>> compare_on(const Handle& on,
                                                                     std::vector<declared_statement> declared) {
    if constexpr (requires { on.acquire(); }) {
        const auto own = co_await on.acquire();
        co_return co_await compare(questioner::target_of(own), std::move(declared));
    } else {
        co_return co_await compare(questioner::target_of(on), std::move(declared));
    }
}

[[noreturn]] void throw_schema_mismatch(std::span<const statement_difference> found);

template <class Handle>
boost::asio::awaitable<void> require_none(const Handle& on, std::vector<declared_statement> declared) {
    const auto found = co_await compare_on(on, std::move(declared));
    if (!found.empty()) throw_schema_mismatch(found);
}

} // namespace verification

/// Compares declared statements with the schema of a database, and yields every difference of every statement, in the
/// statements' order; none if they go together:
///
/// - the server refuses the text, for a table or column that is missing or whatever else;
/// - a parameter's type is none that the declared C++ type can be given for, a column's none that its field can be read
///   from, by the checks that decide when the statement runs;
/// - a field has no column (a similar name is suggested), or several; a scalar, tuple or struct by position has more or
///   fewer columns than it takes;
/// - a C++ enum that is declared for a parameter has labels that the SQL enum lacks, or one that a column is read into lacks
///   labels that the SQL enum has; in arrays as well;
/// - a column may hold NULL, and its field is not `std::optional`.
///
/// What can be NULL is known of columns that come straight from a table: they can where the table does not say NOT NULL.
/// Of expressions and of columns of views nothing is known, so that they are not reported; nor is a NOT NULL column that
/// an outer join may leave NULL. A condition (`where email is not null`) is not seen: `coalesce(email, '')`, NOT NULL
/// in the table or a field that is `std::optional` settle it. Values are not looked at.
///
/// Nothing is executed but queries of the catalog. Prepares the statements on the connection, anew if they are
/// prepared already. On a pool it takes a lease for the time.
///
/// Errors, thrown: what keeps the server from answering, such as `errc::connection_lost`, `errc::acquire_timeout`, or
/// `sqlstate::in_failed_sql_transaction` after a statement that it refused inside a transaction. Lifetime: the handle
/// must live until completion; the statements need not.
/// @param on a pool, lease, connection or transaction
template <class Handle, class... Signatures>
boost::asio::awaitable<std::vector<statement_difference>> differences(const Handle& on,
                                                                      const statement<Signatures>&... declared) {
    return verification::compare_on(on, std::vector<declared_statement>{verification::declaration_of(declared)...});
}

/// Makes sure that declared statements go with the schema of a database, at start-up or in a test:
///
///     co_await pgcoro::verify(pool, find_user, find_order);
///
/// Errors: `errc::schema_mismatch` if there are `differences`; the message lists all of them, a block for each
/// statement with a line for each difference. Otherwise as for `differences`.
template <class Handle, class... Signatures>
boost::asio::awaitable<void> verify(const Handle& on, const statement<Signatures>&... declared) {
    return verification::require_none(on, std::vector<declared_statement>{verification::declaration_of(declared)...});
}

} // namespace pgcoro

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/impl/verify.hpp>
#endif
