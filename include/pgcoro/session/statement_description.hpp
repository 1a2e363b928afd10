// What the server said about a statement, shared by the connections of a pool.
#pragma once

#include <pgcoro/core/oid.hpp>
#include <pgcoro/mapping/column_plan.hpp>

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <atomic>
#include <cstddef>
#include <forward_list>
#include <string>
#include <utility>
#include <vector>

namespace pgcoro::session {

/// Types of a statement's parameters, and its columns, together with the plans by which row types are read from
/// them. Plans are added on the home executor alone; a plan that was handed out never moves or changes.
///
/// Counts its references by itself: atomically only where callers may read their rows on another thread.
class statement_description {
public:
    statement_description(std::string sql, std::vector<oid> parameters, std::vector<column_info> columns,
                          bool single_threaded)
        : sql_(std::move(sql)), parameters_(std::move(parameters)), columns_(std::move(columns)),
          single_threaded_(single_threaded) {}

    statement_description(const statement_description&) = delete;
    statement_description& operator=(const statement_description&) = delete;

    const std::string& sql() const noexcept { return sql_; }
    const std::vector<oid>& parameters() const noexcept { return parameters_; }
    const std::vector<column_info>& columns() const noexcept { return columns_; }

    /// The plan of a row type, made by `make(columns, sql)` on its first use. What `make` throws is not cached.
    template <class Make>
    const column_plan& plan(const void* row_key, Make&& make) {
        for (const auto& [key, made] : plans_)
            if (key == row_key) return made;
        return plans_.emplace_front(row_key, make(columns_, sql_)).second;
    }

private:
    friend void intrusive_ptr_add_ref(statement_description* d) noexcept {
        if (d->single_threaded_) d->references_.store(d->references_.load(std::memory_order_relaxed) + 1,
                                                      std::memory_order_relaxed);
        else d->references_.fetch_add(1, std::memory_order_relaxed);
    }

    friend void intrusive_ptr_release(statement_description* d) noexcept {
        if (d->single_threaded_) {
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
    std::vector<column_info> columns_;
    std::forward_list<std::pair<const void*, column_plan>> plans_;
    std::atomic<std::size_t> references_ = 0;
    const bool single_threaded_;
};

using description_ptr = boost::intrusive_ptr<statement_description>;

} // namespace pgcoro::session
