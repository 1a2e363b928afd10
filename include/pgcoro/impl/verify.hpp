// How declared statements are compared with the schema of a database.
#pragma once

#include <pgcoro/core/error_kind.hpp>
#include <pgcoro/core/error_text.hpp>
#include <pgcoro/mapping/statement_comparison.hpp>
#include <pgcoro/query.hpp>
#include <pgcoro/session/description_job.hpp>
#include <pgcoro/verify.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace pgcoro::verification {

/// Whether an error is about the statement itself: of the server, and the same at any other time.
PGCORO_DECL bool is_of_statement(const error& e) {
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

/// Asks the server, whatever is behind the handle.
class inquiry : public query_verbs<inquiry, session_sql> {
public:
    explicit inquiry(session::target_ptr on) noexcept : on_(std::move(on)) {}

    session::target_ptr target() const noexcept { return on_; }

    /// In any case: what is cached may be older than the schema.
    auto describe(const statement_text& text) const {
        using job = session::description_job;
        return operation<described_statement, job>(on_, job(text, session::description_source::server));
    }

private:
    session::target_ptr on_;
};

inline boost::asio::awaitable<row_mapping::catalog_facts> look_up(const inquiry& on, const answers& said) {
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

PGCORO_DECL boost::asio::awaitable<std::vector<statement_difference>> compare(session::target_ptr target,
                                                                              std::vector<declared_statement> declared) {
    const inquiry on(std::move(target));
    answers said;
    for (const auto& one : declared) {
        auto answer = co_await on.describe(one.text).as_result();
        if (answer) said.add(one, std::move(*answer));
        else if (is_of_statement(answer.error())) said.add(one, refused_by_server(answer.error(), one.text));
        else throw answer.error();
    }
    const auto catalog = co_await look_up(on, said);
    co_return said.compare(catalog);
}

[[noreturn]] PGCORO_DECL void throw_schema_mismatch(std::span<const statement_difference> found) {
    const auto statements = count_statements(found);
    throw error(errc::schema_mismatch, std::to_string(found.size()) + (found.size() == 1 ? " difference in " : " differences in ")
                                           + std::to_string(statements) + (statements == 1 ? " statement\n" : " statements\n")
                                           + to_string(found));
}

} // namespace pgcoro::verification
