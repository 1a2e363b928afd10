// A difference between a declared statement and the schema, and how people read of it.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace pgcoro {

/// What kind of difference there is between a statement and the schema.
enum class difference_kind : unsigned char {
    sql,              ///< the server refuses the statement
    parameter_count,  ///< the server counts other parameters
    parameter_type,   ///< the declared C++ type cannot be given for the parameter
    column_missing,   ///< a field has no column
    column_ambiguous, ///< a field has more than one column
    column_count,     ///< more or fewer columns than a scalar, a tuple or a struct by position takes
    column_type,      ///< the column cannot be read into the field
    enum_labels,      ///< an enum lacks labels that may have to be sent or read
    column_nullable   ///< the table's column may hold NULL, and the field is not `std::optional`
};

/// One difference between a statement as it was declared and the schema.
class statement_difference {
public:
    statement_difference(difference_kind kind, std::string sql, std::string message) noexcept
        : kind_(kind), sql_(std::move(sql)), message_(std::move(message)) {}

    difference_kind kind() const noexcept { return kind_; }

    /// The text of the statement.
    const std::string& sql() const noexcept { return sql_; }

    /// What is different, in one line.
    const std::string& message() const noexcept { return message_; }

private:
    difference_kind kind_;
    std::string sql_;
    std::string message_;
};

namespace row_mapping {

/// A text on one line: line ends and the blanks after them become single blanks.
inline std::string on_one_line(std::string_view text) {
    std::string line;
    bool after_end = false;
    for (const char c : text) {
        if (after_end && (c == ' ' || c == '\t')) continue;
        const bool ends = c == '\n' || c == '\r';
        if (!ends) line += c;
        else if (!after_end && !line.empty()) line += ' ';
        after_end = ends;
    }
    return line;
}

} // namespace row_mapping

/// Differences for people: the text of each statement on a line of its own, each of its differences on one below.
/// Without a newline at the end; empty if there are none.
inline std::string to_string(std::span<const statement_difference> differences) {
    std::string text;
    const std::string* statement = nullptr;
    for (const auto& difference : differences) {
        if (!text.empty()) text += '\n';
        if (statement == nullptr || *statement != difference.sql()) text += row_mapping::on_one_line(difference.sql()) + '\n';
        text += "  - " + difference.message();
        statement = &difference.sql();
    }
    return text;
}

/// How many statements the differences are of, if those of one stand together.
inline std::size_t count_statements(std::span<const statement_difference> differences) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < differences.size(); ++i)
        if (i == 0 || differences[i].sql() != differences[i - 1].sql()) ++count;
    return count;
}

} // namespace pgcoro
