// What the server said about a statement, shared by the connections of a pool.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/mapping/column_plan.hpp>
#include <pgcoro/mapping/described_statement.hpp>

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <atomic>
#include <cstddef>
#include <forward_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace pgcoro::session {

class type_catalog;
using type_catalog_ptr = std::shared_ptr<type_catalog>;

/// Types of a statement's parameters, and its columns, together with the plans by which row types are read from
/// them. Plans are added on the home executor alone; a plan that was handed out never moves or changes.
///
/// Counts its references by itself: atomically only where callers may read their rows on another thread, see `leave_home`.
class statement_description {
public:
    statement_description(std::string sql, std::vector<oid> parameters, std::vector<column_info> columns,
                          type_catalog_ptr types, bool single_threaded);

    statement_description(const statement_description&) = delete;
    statement_description& operator=(const statement_description&) = delete;

    const std::string& sql() const noexcept { return sql_; }
    const std::vector<oid>& parameters() const noexcept { return parameters_; }
    const std::vector<type_ref>& parameter_types() const noexcept { return parameter_types_; }
    const std::vector<column_info>& columns() const noexcept { return columns_; }
    const type_catalog_ptr& types() const noexcept { return types_; }

    /// How the server is to send the rows: libpq asks for all columns in one format, so that one without a binary form
    /// has the others come as text too.
    wire_format row_format() const noexcept { return row_format_; }

    /// A caller is about to read rows with it on another executor, from whose thread its reference is given up. On the home
    /// executor, before that one may see it.
    void leave_home() noexcept {
        if (counts_plainly_) counts_plainly_ = false;
    }

    /// What the columns' types refer to; null if they are the server's own, or not known.
    const type_catalog_ptr& types_of_columns() const noexcept { return types_of_columns_; }

    /// Whether the system catalogs are to be asked about some of the types before the statement is used.
    bool lacks_types() const noexcept { return lacks_types_; }

    /// Whether it says something of types that may have been altered since.
    bool knows_types() const noexcept;

    /// A value or row type did not go with it: what is known of its types may be out of date.
    void doubt_types() const;

    /// The catalogs do not know them either.
    void do_without_types() noexcept { lacks_types_ = false; }

    /// The types that only the system catalogs can tell something of, and have not yet.
    std::vector<oid> unknown_types() const;

    /// The plan of a row type, made on its first use. Throws what `make_column_plan` does; that is not cached.
    /// @param row of static storage duration, and a different one for each row type
    const column_plan& plan(const row_mapping::row_description& row);

private:
    friend void intrusive_ptr_add_ref(statement_description* d) noexcept {
        if (d->counts_plainly_) d->references_.store(d->references_.load(std::memory_order_relaxed) + 1,
                                                      std::memory_order_relaxed);
        else d->references_.fetch_add(1, std::memory_order_relaxed);
    }

    friend void intrusive_ptr_release(statement_description* d) noexcept {
        if (d->counts_plainly_) {
            const auto left = d->references_.load(std::memory_order_relaxed) - 1;
            d->references_.store(left, std::memory_order_relaxed);
            if (left == 0) delete d;
        } else if (d->references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
            delete d;
        }
    }

    ~statement_description() = default;

    std::string sql_;
    std::vector<oid> parameters_;
    std::vector<type_ref> parameter_types_;
    std::vector<column_info> columns_;
    bool lacks_types_ = false;
    wire_format row_format_ = wire_format::binary;
    type_catalog_ptr types_, types_of_columns_;
    std::forward_list<std::pair<const row_mapping::row_description*, column_plan>> plans_;
    std::atomic<std::size_t> references_ = 0;
    bool counts_plainly_;   // only by the home executor, and only until another thread may read it
};

using description_ptr = boost::intrusive_ptr<statement_description>;

/// For users: a value that keeps what its types refer to.
described_statement described(const statement_description& known);

} // namespace pgcoro::session

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/session/statement_description_definitions.hpp>
#endif
