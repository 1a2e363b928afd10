// A statement as the server describes it.
#pragma once

#include <pgcoro/core/type_info.hpp>
#include <pgcoro/mapping/column_plan.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace pgcoro {

/// The types of a statement's parameters and its columns, as the server inferred them from the text and the schema
/// (documentation: "Message Formats", ParameterDescription and RowDescription). Thread safety: as a value.
class described_statement {
public:
    described_statement() = default;
    described_statement(std::string sql, std::vector<type_ref> parameters, std::vector<column_info> columns,
                        std::shared_ptr<const void> types = {}) noexcept
        : sql_(std::move(sql)), parameters_(std::move(parameters)), columns_(std::move(columns)), types_(std::move(types)) {}

    const std::string& sql() const noexcept { return sql_; }

    /// The types of `$1`, `$2`, …
    const std::vector<type_ref>& parameters() const noexcept { return parameters_; }

    /// None for a statement that returns no rows.
    const std::vector<column_info>& columns() const noexcept { return columns_; }

    /// What `parameters` and `columns` refer to, kept by this value and by whoever copies them.
    const std::shared_ptr<const void>& types() const noexcept { return types_; }

private:
    std::string sql_;
    std::vector<type_ref> parameters_;
    std::vector<column_info> columns_;
    std::shared_ptr<const void> types_;
};

} // namespace pgcoro
