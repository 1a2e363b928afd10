// Errors as text for people.
#pragma once

#include <pgcoro/core/diagnostics.hpp>
#include <pgcoro/core/error.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace pgcoro {

/// How much of an error becomes text.
enum class verbosity : unsigned char {
    terse,    ///< one line: code and primary message
    standard, ///< one line: `what()`, which adds the statement
    full ///< a line more for every field there is; DETAIL, HINT and CONTEXT may repeat values of the user's
         ///< data
};

constexpr std::string_view to_string(execution_state state) noexcept {
    switch (state) {
    case execution_state::not_sent: return "not sent";
    case execution_state::rejected: return "rejected";
    case execution_state::completed: return "completed";
    case execution_state::unknown: return "unknown";
    }
    return "unknown";
}

namespace core {

/// The fields of an error that `what()` leaves out, each on a line of its own, in the order of psql.
inline std::string diagnostics_lines(const diagnostics& said) {
    std::string text;
    const auto line = [&text](std::string_view name, std::string_view value) {
        if (value.empty()) return;
        text += '\n';
        text += name;
        text += ": ";
        text += value;
    };
    const auto number = [](std::uint32_t value) {
        return value == 0 ? std::string() : std::to_string(value);
    };
    line("SEVERITY", said.severity);
    line("DETAIL", said.detail);
    line("HINT", said.hint);
    line("POSITION", number(said.position));
    line("INTERNAL QUERY", said.internal_query);
    line("INTERNAL POSITION", number(said.internal_position));
    line("CONTEXT", said.context);
    line("SCHEMA NAME", said.schema);
    line("TABLE NAME", said.table);
    line("COLUMN NAME", said.column);
    line("DATATYPE NAME", said.data_type);
    line("CONSTRAINT NAME", said.constraint);
    std::string location = said.routine;
    if (!said.file.empty()) {
        if (!location.empty()) location += ", ";
        location += said.file;
        if (said.line != 0) location += ':' + std::to_string(said.line);
    }
    line("LOCATION", location);
    return text;
}

} // namespace core

/// An error as text, without a newline at the end. Only `verbosity::full` shows what `diagnostics()` holds
/// beyond the primary message and the statement.
inline std::string to_string(const error& e, verbosity how_much = verbosity::standard) {
    switch (how_much) {
    case verbosity::terse: {
        std::string text = e.code().message();
        if (!e.is_message_withheld() && !e.diagnostics().message.empty()) text += ": " + e.diagnostics().message;
        return text;
    }
    case verbosity::standard: break;
    case verbosity::full:
        return e.what() + (e.is_message_withheld() ? "\nMESSAGE: " + e.diagnostics().message : std::string())
               + core::diagnostics_lines(e.diagnostics()) + "\nEXECUTION: " + std::string(to_string(e.execution()));
    }
    return e.what();
}

} // namespace pgcoro
