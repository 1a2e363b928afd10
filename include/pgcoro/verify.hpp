// Declared statements against the schema of a database.
#pragma once

#include <pgcoro/core/error_kind.hpp>
#include <pgcoro/core/error_text.hpp>
#include <pgcoro/mapping/statement_comparison.hpp>
#include <pgcoro/prepare.hpp>
#include <pgcoro/query.hpp>
#include <pgcoro/statement.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <span>
#include <string>
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
inline bool is_of_statement(const error& e) {
    if (e.code().category() != server_category() || is_transient(e)) return false;
    switch (error_kind(e)) {
    case error_kind_t::cancelled:
    case error_kind_t::timeout:
    case error_kind_t::transaction_aborted:
    case error_kind_t::connection_lost:
    case error_kind_t::server_shutting_down: return false;
    default: return true;
    }
}

inline statement_difference refused_by_server(const error& e, const statement_text& text) {
    auto message = "the server refuses it: " + to_string(e, verbosity::terse);
    if (!e.diagnostics().hint.empty()) message += " (" + e.diagnostics().hint + ')';
    return {difference_kind::sql, std::string(text.text), std::move(message)};
}

/// What the server said of each statement: a description, or a difference that is all there is to say.
class answers {
public:
    void add(const declared_statement& declared, described_statement described) {
        list_.push_back({declared, std::move(described), {}});
    }

    void add(const declared_statement& declared, statement_difference refused) {
        list_.push_back({declared, {}, {std::move(refused)}});
    }

    /// Types that messages cannot name without the server.
    std::vector<oid> unnamed_types() const {
        std::vector<oid> types;
        for (const auto& one : list_) {
            for (const auto type : one.described.parameters())
                if (known_type_name(type).empty()) types.push_back(type);
            for (const auto& column : one.described.columns())
                if (known_type_name(column.type).empty()) types.push_back(column.type);
        }
        return types;
    }

    /// Tables that columns come from.
    std::vector<oid> tables() const {
        std::vector<oid> tables;
        for (const auto& one : list_)
            for (const auto& column : one.described.columns())
                if (column.table != 0) tables.push_back(column.table);
        return tables;
    }

    std::vector<statement_difference> compare(const row_mapping::catalog_facts& catalog) const {
        std::vector<statement_difference> found;
        for (const auto& one : list_) {
            if (one.refused.empty()) compare_statement(one.declared, one.described, catalog, found);
            else found.push_back(one.refused.front());
        }
        return found;
    }

private:
    struct answer {
        declared_statement declared;
        described_statement described;
        std::vector<statement_difference> refused;
    };

    std::vector<answer> list_;
};

struct named_type {
    std::uint32_t type = 0;
    std::string name;
};

struct nullable_column {
    std::uint32_t table = 0;
    std::int16_t attribute = 0;
    std::string name;
};

inline constexpr statement<named_type(const std::vector<std::uint32_t>&)> find_type_names{
    "select t as type, pg_catalog.format_type(t, null) as name from pg_catalog.unnest($1::pg_catalog.oid[]) as t"};

// Of tables alone: the catalog does not say what columns of views can be.
inline constexpr statement<nullable_column(const std::vector<std::uint32_t>&)> find_nullable_columns{
    "select a.attrelid as table, a.attnum as attribute,"
    " pg_catalog.format('%s.%I', a.attrelid::pg_catalog.regclass, a.attname) as name"
    " from pg_catalog.pg_attribute a"
    " join pg_catalog.pg_class c on c.oid = a.attrelid join pg_catalog.pg_type t on t.oid = a.atttypid"
    " where a.attrelid = any($1::pg_catalog.oid[]) and c.relkind in ('r', 'p', 'f')"
    " and not a.attnotnull and not t.typnotnull"};

/// Asks in any case: what is cached may be older than the schema.
struct questioner {
    template <class Connection>
    static auto describe(const Connection& on, const statement_text& text) {
        return on.describe(session::description_job(text, session::description_source::server));
    }
};

template <class Connection>
boost::asio::awaitable<row_mapping::catalog_facts> look_up(const Connection& on, const answers& said) {
    row_mapping::catalog_facts catalog;
    if (const auto unnamed = said.unnamed_types(); !unnamed.empty()) {
        auto names = co_await on.query(find_type_names, unnamed);
        for (auto& [type, name] : names) catalog.type_names.emplace(type, std::move(name));
    }
    if (const auto tables = said.tables(); !tables.empty()) {
        auto columns = co_await on.query(find_nullable_columns, tables);
        for (auto& [table, attribute, name] : columns)
            catalog.nullable.emplace(std::pair(table, attribute), std::move(name));
    }
    co_return catalog;
}

template <class Connection>
boost::asio::awaitable<std::vector<statement_difference>> compare(const Connection& on,
                                                                  std::vector<declared_statement> declared) {
    answers said;
    for (const auto& one : declared) {
        auto answer = co_await questioner::describe(on, one.text).as_result();
        if (answer) said.add(one, std::move(*answer));
        else if (is_of_statement(answer.error())) said.add(one, refused_by_server(answer.error(), one.text));
        else throw answer.error();
    }
    const auto catalog = co_await look_up(on, said);
    co_return said.compare(catalog);
}

template <class Handle>
boost::asio::awaitable<std::vector<statement_difference>> compare_on(const Handle& on,
                                                                     std::vector<declared_statement> declared) {
    if constexpr (requires { on.acquire(); }) {
        const auto own = co_await on.acquire();
        co_return co_await compare(own, std::move(declared));
    } else {
        co_return co_await compare(on, std::move(declared));
    }
}

[[noreturn]] inline void throw_schema_mismatch(std::span<const statement_difference> found) {
    const auto statements = count_statements(found);
    throw error(errc::schema_mismatch, std::to_string(found.size()) + (found.size() == 1 ? " difference in " : " differences in ")
                                           + std::to_string(statements) + (statements == 1 ? " statement\n" : " statements\n")
                                           + to_string(found));
}

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
