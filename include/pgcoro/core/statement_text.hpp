// The text of one statement together with what is known about it.
#pragma once

#include <pgcoro/core/sql_lexer.hpp>
#include <pgcoro/core/statement_class.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pgcoro {

/// Why a text cannot be sent as one statement, whatever its arguments are.
enum class sql_fault : unsigned char {
    none,
    empty,               ///< there is no statement in it
    contains_nul,        ///< a NUL byte, where the server would see the text end
    unterminated,        ///< a string, quoted identifier or comment does not end
    several_statements,  ///< a statement after the first one's semicolon
    invalid_placeholder, ///< `$0`, or one above `$65535`
    missing_parameter    ///< a gap between the placeholders, the type of which the server could not tell
};

/// The text of a statement and what its lexer found out; the key of statement caches.
/// Lifetime: borrows the text. For literals that is of no concern; where `at_run_time`, the text has to be copied
/// by whoever keeps it.
struct statement_text {
    std::string_view text;
    std::uint64_t hash = 0;
    std::uint16_t parameter_count = 0;
    statement_class cls = statement_class::empty;
    bool at_run_time = false; ///< made at run time: nothing about it has been refused yet
    sql_fault fault = sql_fault::none;

    friend constexpr bool operator==(const statement_text& a, const statement_text& b) noexcept {
        return a.hash == b.hash && a.text == b.text;
    }
};

namespace core {

/// A hash of 64 bits for tables of statements. Not for text that an attacker chooses to make tables slow.
constexpr std::uint64_t hash_sql(std::string_view text) noexcept {
    constexpr std::uint64_t factor = 0x9e3779b97f4a7c15; // 2^64 divided by the golden ratio: odd, bits well spread
    const auto byte = [&](std::size_t i) { return std::uint64_t{static_cast<unsigned char>(text[i])}; };
    std::uint64_t hash = text.size() * factor;
    std::size_t i = 0;
    for (; i + 8 <= text.size(); i += 8) {
        hash ^= byte(i) | byte(i + 1) << 8 | byte(i + 2) << 16 | byte(i + 3) << 24 | byte(i + 4) << 32
              | byte(i + 5) << 40 | byte(i + 6) << 48 | byte(i + 7) << 56;
        hash *= factor;
        hash ^= hash >> 32;
    }
    for (; i < text.size(); ++i) hash = (hash ^ byte(i)) * factor;
    hash = (hash ^ hash >> 29) * factor;
    return hash ^ hash >> 32;
}

constexpr sql_fault fault_of(const sql_summary& summary) noexcept {
    if (summary.contains_nul) return sql_fault::contains_nul;
    if (summary.unterminated) return sql_fault::unterminated;
    if (summary.cls == statement_class::empty) return sql_fault::empty;
    if (summary.several_statements) return sql_fault::several_statements;
    if (summary.invalid_placeholder) return sql_fault::invalid_placeholder;
    if (summary.missing_parameter != 0) return sql_fault::missing_parameter;
    return sql_fault::none;
}

} // namespace core

/// Reads a text. What is wrong with it is in `fault`.
constexpr statement_text make_statement_text(std::string_view text, bool at_run_time) noexcept {
    const core::sql_summary summary = core::summarize_sql(text);
    return {text,        core::hash_sql(text), static_cast<std::uint16_t>(summary.parameter_count),
            summary.cls, at_run_time,          core::fault_of(summary)};
}

} // namespace pgcoro
