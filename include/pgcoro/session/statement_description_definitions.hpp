// What a statement description knows of its types.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/session/statement_description.hpp>
#include <pgcoro/session/type_catalog.hpp>
#include <pgcoro/types/text_only_types.hpp>

#include <algorithm>
#include <utility>

namespace pgcoro::session {

PGCORO_DECL statement_description::statement_description(std::string sql, std::vector<oid> parameters,
                                                         std::vector<column_info> columns, type_catalog_ptr types,
                                                         bool single_threaded)
    : sql_(std::move(sql)), parameters_(std::move(parameters)), columns_(std::move(columns)), types_(std::move(types)),
      counts_plainly_(single_threaded) {
    for (const auto parameter : parameters_) parameter_types_.push_back(types_->find_undoubted(parameter));
    for (auto& column : columns_) {
        column.type = types_->find_undoubted(column.type);
        if (column.type.info() != nullptr) types_of_columns_ = types_;
    }
    const auto is_text = [](const column_info& column) { return types::has_text_only_parts(column.type); };
    if (std::ranges::any_of(columns_, is_text)) row_format_ = wire_format::text;
    lacks_types_ = !unknown_types().empty();
}

PGCORO_DECL bool statement_description::knows_types() const noexcept {
    const auto known = [](const type_ref& type) { return type.info() != nullptr; };
    return types_of_columns_ != nullptr || std::ranges::any_of(parameter_types_, known);
}

PGCORO_DECL void statement_description::doubt_types() const {
    for (const auto& parameter : parameter_types_) types_->doubt(parameter);
    for (const auto& column : columns_) types_->doubt(column.type);
}

PGCORO_DECL std::vector<oid> statement_description::unknown_types() const {
    std::vector<oid> unknown;
    const auto add = [&](const type_ref& type) {
        if (type_catalog::is_to_be_asked_for(type)) unknown.push_back(type);
    };
    for (const auto& parameter : parameter_types_) add(parameter);
    for (const auto& column : columns_) add(column.type);
    return unknown;
}

PGCORO_DECL const column_plan& statement_description::plan(const row_mapping::row_description& row) {
    for (const auto& [of, made] : plans_)
        if (of == &row) return made;
    auto& added = plans_.emplace_front(&row, row_mapping::plan_columns(row, columns_, sql_)).second;
    added.keep(types_of_columns_);
    return added;
}

PGCORO_DECL described_statement described(const statement_description& known) {
    return {known.sql(), known.parameter_types(), known.columns(), known.types()};
}

} // namespace pgcoro::session
