// What the server said about a statement, shared by the connections of a pool.
#pragma once

#include <pgcoro/core/oid.hpp>
#include <pgcoro/mapping/column_plan.hpp>

#include <cstdint>
#include <forward_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace pgcoro::session {

/// Types of a statement's parameters, and its columns, together with the plans by which row types are read from
/// them. Plans are added on the home executor alone; a plan that was handed out never moves or changes.
class statement_description {
public:
    statement_description(std::string sql, std::vector<oid> parameters, std::vector<column_info> columns)
        : sql_(std::move(sql)), parameters_(std::move(parameters)), columns_(std::move(columns)) {}

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
    std::string sql_;
    std::vector<oid> parameters_;
    std::vector<column_info> columns_;
    std::forward_list<std::pair<const void*, column_plan>> plans_;
};

using description_ptr = std::shared_ptr<statement_description>;

} // namespace pgcoro::session
