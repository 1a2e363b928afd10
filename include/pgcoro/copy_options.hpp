// What a COPY may be told beside its rows: table, columns, who watches its progress.
#pragma once

#include <pgcoro/core/checked_sql.hpp>
#include <pgcoro/core/identifier.hpp>
#include <pgcoro/session/target.hpp>

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro {

/// Names of columns: `pgcoro::column_list{"id", "name"}`. Lifetime: borrows the names.
template <std::size_t Count>
struct column_list {
    std::array<std::string_view, Count> names;

    template <std::convertible_to<std::string_view>... Names>
        requires(sizeof...(Names) == Count)
    constexpr column_list(const Names&... given) noexcept : names{std::string_view(given)...} {}
};

template <class... Names>
column_list(const Names&...) -> column_list<sizeof...(Names)>;

/// How far a COPY is.
struct copy_progress {
    std::uint64_t rows = 0;    ///< handed over; for raw data only known at the end
    std::uint64_t bytes = 0;
};

/// Options of a COPY.
///
///     pgcoro::copy_options().columns("id", "name").progress([](const pgcoro::copy_progress& so_far) { … })
class copy_options {
public:
    using progress_callback = std::function<void(const copy_progress&)>;

    copy_options() = default;

    /// A list of columns alone.
    template <std::size_t Count>
    copy_options(const column_list<Count>& list) : columns_(list.names.begin(), list.names.end()) {}

    /// The table's columns, in the order of the row's fields. Without it those with the names of a struct's fields, or all
    /// columns of the table for rows that go by position (name them if some of them are generated).
    template <std::convertible_to<std::string_view>... Names>
    copy_options&& columns(const Names&... names) && {
        columns_ = {std::string(std::string_view(names))...};
        return std::move(*this);
    }

    copy_options&& columns(const std::vector<std::string>& names) && {
        columns_ = names;
        return std::move(*this);
    }

    /// Has `callback(const pgcoro::copy_progress&)` called after each block of about 64 KiB and at the end, on the executor
    /// of the coroutine that awaits. What it throws ends the COPY.
    copy_options&& progress(progress_callback callback) && {
        progress_ = std::move(callback);
        return std::move(*this);
    }

    /// Limits the time of every single wait, such as for the server to take a block; then `errc::query_timeout`, and the
    /// COPY has failed. Without it the pool's `query_timeout` counts.
    template <class Rep, class Period>
    copy_options&& time_limit(std::chrono::duration<Rep, Period> limit) && {
        time_limit_ = std::chrono::duration_cast<session::clock::duration>(limit);
        return std::move(*this);
    }

    const std::vector<std::string>& columns() const noexcept { return columns_; }
    const progress_callback& progress() const noexcept { return progress_; }
    session::clock::duration time_limit() const noexcept { return time_limit_; }

private:
    std::vector<std::string> columns_;
    progress_callback progress_;
    session::clock::duration time_limit_ = session::clock::duration::max();
};

/// A table's name: "users" or "schema.users", each part quoted as it stands (so "Users" is not the table `users`); or
/// `identifier` and `qualified` for names that have a dot in them. May be made at run time.
/// Errors: throws `errc::invalid_sql` for an empty part.
class copy_table {
public:
    copy_table(std::string_view name) : quoted_(quote(name)) {}
    copy_table(const char* name) : copy_table(std::string_view(name)) {}
    copy_table(const std::string& name) : copy_table(std::string_view(name)) {}
    copy_table(const identifier& name) : quoted_(name.str()) {}

    const std::string& quoted() const noexcept { return quoted_; }

private:
    static std::string quote(std::string_view name) {
        std::string quoted;
        for (;;) {
            const auto dot = name.find('.');
            quoted += identifier(name.substr(0, dot)).str();
            if (dot == name.npos) return quoted;
            quoted += '.';
            name.remove_prefix(dot + 1);
        }
    }

    std::string quoted_;
};

namespace copying {

/// Whether a text is a query, and no table's name: by its first word, as everywhere.
constexpr bool is_query(const statement_text& text) noexcept { return text.cls == statement_class::shareable; }

} // namespace copying

/// Where rows are copied from: a query as a literal, or as `runtime_sql`; or a table: its name as a literal, or an
/// `identifier` or `qualified`. A query takes no parameters, since COPY has none.
class copy_source {
public:
    template <std::size_t Size>
    consteval copy_source(const char (&literal)[Size]) : text_(checked({literal, Size - 1})) {}

    template <core::constant_text Text>
    consteval copy_source(const Text& run_time_text_needs_runtime_sql_or_identifier)
        : text_(checked(run_time_text_needs_runtime_sql_or_identifier)) {}

    copy_source(const runtime_sql& query) noexcept : text_(query.statement()) {}
    copy_source(const identifier& table) noexcept : table_(&table) {}

    template <core::owning_text Text>
    copy_source(const Text&) {
        static_assert(!core::owning_text<Text>,
                      "text made at run time is not taken as SQL: wrap a table's name in pgcoro::identifier(name), a "
                      "query in pgcoro::runtime_sql(text)");
    }

    /// The quoted name of the table; empty for a query.
    std::string table() const {
        if (table_ != nullptr) return table_->str();
        return text_.at_run_time || copying::is_query(text_) ? std::string() : copy_table(text_.text).quoted();
    }

    const statement_text& query() const noexcept { return text_; }

private:
    static consteval statement_text checked(std::string_view text) {
        const statement_text statement = make_statement_text(text, false);
        if (copying::is_query(statement)) core::refuse_sql(statement, 0, core::sql_scope::session);
        return statement;
    }

    statement_text text_{};
    const identifier* table_ = nullptr;   // lives as long as the call
};

} // namespace pgcoro
