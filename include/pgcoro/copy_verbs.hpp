// COPY on pools, leases, connections and transactions.
#pragma once

#include <pgcoro/copy_options.hpp>
#include <pgcoro/copy_reader.hpp>
#include <pgcoro/copy_writer.hpp>
#include <pgcoro/core/checked_sql.hpp>
#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/mapping/row_description.hpp>
#include <pgcoro/session/control_job.hpp>

#include <boost/asio/awaitable.hpp>

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <ranges>
#include <source_location>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace pgcoro {
namespace copying {

/// Where a COPY is to run.
struct place {
    place(session::target_ptr target, bool lease, std::source_location from)
        : on(std::move(target)), takes_lease(lease), where(from) {}

    session::target_ptr on;
    bool takes_lease;   ///< it is a pool, of which a connection has to be taken
    std::source_location where;
};

/// Takes a connection if need be, and then has `at.on` refer to it.
boost::asio::awaitable<session::held_connection> settle(place& at);

boost::asio::awaitable<described_statement> describe(session::target_ptr on, session::copy_text query,
                                                     const copy_options& options);

boost::asio::awaitable<session::copy_handle> begin(session::target_ptr on, libpq::copy_direction direction,
                                                   session::copy_text text, const copy_options& options);

template <class Names>
std::string quoted_list(const Names& names) {
    std::string list;
    for (const auto& name : names) {
        if (!list.empty()) list += ", ";
        list += identifier(name).str();
    }
    return list;
}

/// The columns of a table that rows go to or come from: given, named by the row's fields, or all.
inline std::string column_text(const copy_options& options, const std::vector<std::string_view>& by_fields) {
    if (!options.columns().empty()) return quoted_list(options.columns());
    return by_fields.empty() ? std::string("*") : quoted_list(by_fields);
}

inline std::string copy_in_text(const std::string& table, const std::vector<column_info>& columns, wire_format format) {
    std::vector<std::string_view> names;
    for (const auto& column : columns) names.push_back(column.name);
    return "copy " + table + '(' + quoted_list(names) + ") from stdin"
           + (format == wire_format::binary ? " (format binary)" : "");
}

/// Finds out what the columns are, and begins.
boost::asio::awaitable<output> open_output(place at, copy_table table, copy_options options,
                                           std::vector<std::string_view> fields,
                                           const copy_mapping::row_description& row);

template <class T>
boost::asio::awaitable<copy_writer<T>> open_writer(place at, copy_table table, copy_options options) {
    auto made = co_await open_output(std::move(at), std::move(table), std::move(options), copy_column_names<T>(),
                                     copy_mapping::description_of<T>);
    co_return copy_writer<T>(std::move(made));
}

/// A source as a coroutine keeps it: what has a name stays where it is.
template <class Source>
using kept = std::conditional_t<std::is_lvalue_reference_v<Source>, std::reference_wrapper<std::remove_reference_t<Source>>,
                                std::remove_cvref_t<Source>>;

template <class Source>
auto& source_of(Source& kept) noexcept { return kept; }
template <class Source>
auto& source_of(std::reference_wrapper<Source>& kept) noexcept { return kept.get(); }

template <class T>
struct row_of_awaitable;
template <class Row, class Executor>
struct row_of_awaitable<boost::asio::awaitable<std::optional<Row>, Executor>> {
    using type = Row;
};

/// A callable whose coroutine yields the next row, or nothing at the end.
template <class Source>
concept asynchronous_source = std::invocable<Source&>
                              && requires { typename row_of_awaitable<std::invoke_result_t<Source&>>::type; };

template <class Source>
using row_of_source = typename row_of_awaitable<std::invoke_result_t<Source&>>::type;

template <class Range>
using row_of_range = std::remove_cvref_t<std::ranges::range_reference_t<Range>>;

template <class T, class Kept>
boost::asio::awaitable<std::uint64_t> copy_range(place at, copy_table table, Kept rows, copy_options options) {
    auto writer = co_await open_writer<T>(std::move(at), std::move(table), std::move(options));
    co_await writer.write_all(source_of(rows));
    co_return co_await writer.finish();
}

template <class T, class Kept>
boost::asio::awaitable<std::uint64_t> copy_source_rows(place at, copy_table table, Kept source, copy_options options) {
    auto writer = co_await open_writer<T>(std::move(at), std::move(table), std::move(options));
    for (;;) {
        const auto row = co_await source_of(source)();
        if (!row) break;
        co_await writer.write(*row);
    }
    co_return co_await writer.finish();
}

/// A query as it stands between parentheses: without the semicolon that may end it.
inline std::string_view without_semicolon(std::string_view query) {
    constexpr std::string_view droppable = "; \t\n\r\f\v";
    const auto last = query.find_last_not_of(droppable);
    return last == query.npos ? query : query.substr(0, last + 1);
}

/// What the rows of a COPY TO STDOUT come from.
inline session::copy_text query_of(const copy_source& source, const copy_options& options,
                                   const std::vector<std::string_view>& fields) {
    if (const auto table = source.table(); !table.empty())
        return {"select " + column_text(options, fields) + " from " + table};
    const auto& query = source.query();
    session::copy_text text{std::string(without_semicolon(query.text)), query.at_run_time};
    if (!query.at_run_time) return text;
    text.refused = core::check_sql(query, 0, core::sql_scope::session);
    if (!text.refused && !is_query(query))
        text.refused.emplace(errc::invalid_sql, "copy_out takes a query; wrap a table's name in pgcoro::identifier",
                             query.text);
    return text;
}

template <class T>
std::vector<std::string_view> wanted_columns() {
    std::vector<std::string_view> names;
    const auto& row = row_mapping::description_of<T>;
    if (!row.by_position)
        for (const auto& field : row.fields) names.push_back(field.column);
    return names;
}

template <class T>
boost::asio::awaitable<copy_reader<T>> open_reader(place at, session::copy_text query, copy_options options) {
    auto connection = co_await settle(at);
    session::copy_text text{"copy (" + query.text + "\n) to stdout (format binary)", query.at_run_time, query.refused};
    auto described = co_await describe(at.on, std::move(query), options);
    auto plan = make_column_plan<T>(described.columns(), text.text);
    auto cursor = std::make_unique<row_cursor>(std::move(described), std::move(plan), text.text);
    auto copy = co_await begin(at.on, libpq::copy_direction::out, std::move(text), options);
    input made(std::move(connection), std::move(copy), std::move(options));
    co_return copy_reader<T>(std::move(made), std::move(cursor));
}

inline session::copy_text raw_text(const copy_sql& sql) {
    return {std::string(sql.text()), sql.statement().at_run_time, sql.check()};
}

boost::asio::awaitable<raw_copy_writer> open_raw_writer(place at, session::copy_text text, copy_options options);

boost::asio::awaitable<raw_copy_reader> open_raw_reader(place at, session::copy_text text, copy_options options);

} // namespace copying

/// COPY, the quickest way to store and fetch many rows (documentation: COPY). On a pool each of these takes a connection,
/// with the errors of `pool::acquire`, and returns it when the COPY has ended. In a transaction, COPY is part of it; else
/// it is one of its own.
///
/// These are coroutines: `boost::asio::awaitable`. COPY takes no parameters.
///
/// @tparam Derived    has `session::target_ptr target() const`
/// @tparam TakesLease whether that is a pool
template <class Derived, bool TakesLease = false>
class copy_verbs {
public:
    /// Stores all rows of a range, or of an asynchronous source, and yields their number. Either all rows are stored or none.
    ///
    ///     co_await pool.copy_in("users", users);                                          // columns by the fields' names
    ///     co_await pool.copy_in("schema.users", tuples, pgcoro::column_list{"id", "name"});
    ///     co_await pool.copy_in("users", next_user);   // a callable: boost::asio::awaitable<std::optional<user>>()
    ///
    /// Rows travel in binary form; if the form of one column's type is known to the server alone (an enum, a composite
    /// type), all travel as text. A source with a name is referred to and must live until completion; a temporary is kept.
    /// Errors: those of `copy_writer::write` and `finish`; `errc::column_missing` and `errc::type_mismatch` for rows that
    /// do not go with the columns; what the source throws, upon which nothing is stored.
    template <class Source>
        requires(!std::same_as<std::remove_cvref_t<Source>, copy_options>)
    boost::asio::awaitable<std::uint64_t> copy_in(copy_table table, Source&& source, copy_options options = {},
                                                  std::source_location where = std::source_location::current()) const {
        using namespace copying;
        using bare = std::remove_reference_t<Source>;
        static_assert(std::ranges::input_range<bare> || asynchronous_source<bare>,
                      "copy_in takes a range of rows, or a callable that returns boost::asio::awaitable<std::optional<Row>>");
        static_assert(!unsafe_in_await_v<Source>,
                      "GCC 12 destroys this temporary twice in an expression with co_await: pass a named object without "
                      "std::move");
        if constexpr (asynchronous_source<bare>) {
            static_assert(require_copy_row<row_of_source<bare>>());
            return copy_source_rows<row_of_source<bare>, kept<Source>>(at(where), std::move(table),
                                                                       kept<Source>(std::forward<Source>(source)),
                                                                       std::move(options));
        } else {
            static_assert(require_copy_row<row_of_range<bare>>());
            return copy_range<row_of_range<bare>, kept<Source>>(at(where), std::move(table),
                                                                kept<Source>(std::forward<Source>(source)),
                                                                std::move(options));
        }
    }

    /// Begins to store rows of type `T`, one by one. Errors: those of the other `copy_in` that come before the first row.
    template <class T>
    boost::asio::awaitable<copy_writer<T>> copy_in(copy_table table, copy_options options = {},
                                                   std::source_location where = std::source_location::current()) const {
        static_assert(require_copy_row<T>());
        return copying::open_writer<T>(at(where), std::move(table), std::move(options));
    }

    /// Begins a COPY FROM STDIN whose data the caller makes: `copy_in_raw("copy users from stdin (format csv)")`.
    /// Errors: what the server reports; for text made at run time `errc::invalid_sql` if it is no such COPY.
    boost::asio::awaitable<raw_copy_writer> copy_in_raw(copy_sql sql, copy_options options = {},
                                                        std::source_location where
                                                        = std::source_location::current()) const {
        return copying::open_raw_writer(at(where), copying::raw_text(sql), std::move(options));
    }

    /// Begins to fetch rows of a query or table as `T`, in binary form. From a table, a struct takes the columns that it has
    /// fields for.
    ///
    ///     auto reader = co_await conn.copy_out<user>("select id, name from users where id < 100");
    ///
    /// Errors: `errc::column_missing` and `errc::type_mismatch` for columns that do not go with `T`; what the server
    /// reports, such as 42883 for a type that has no binary form (cast it to text).
    template <class T>
    boost::asio::awaitable<copy_reader<T>> copy_out(copy_source source, copy_options options = {},
                                                    std::source_location where = std::source_location::current()) const {
        static_assert(require_row_type<T>());
        auto query = copying::query_of(source, options, copying::wanted_columns<T>());
        return copying::open_reader<T>(at(where), std::move(query), std::move(options));
    }

    /// Begins a COPY TO STDOUT whose data the caller takes as they come: `copy_out_raw("copy users to stdout")`.
    /// Errors: as `copy_in_raw`.
    boost::asio::awaitable<raw_copy_reader> copy_out_raw(copy_sql sql, copy_options options = {},
                                                         std::source_location where
                                                         = std::source_location::current()) const {
        return copying::open_raw_reader(at(where), copying::raw_text(sql), std::move(options));
    }

protected:
    copy_verbs() = default;

private:
    copying::place at(std::source_location where) const {
        return {static_cast<const Derived&>(*this).target(), TakesLease, where};
    }
};

} // namespace pgcoro

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/impl/copy_verbs.hpp>
#endif
