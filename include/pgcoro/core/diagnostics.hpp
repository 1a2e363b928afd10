// What a server, or the client, says about an error.
#pragma once

#include <cstdint>
#include <string>

namespace pgcoro {

/// Whether the statement behind an error took effect, as far as the client knows.
enum class execution_state : unsigned char {
    not_sent,   ///< it never left the client; it is safe to try again
    rejected,   ///< the server did not run it or undid it
    completed,  ///< the server finished it; what failed is reading its result
    unknown     ///< it was sent and no answer came: it may have taken effect
};

/// The fields of an error or notice, by the names of the documentation's "Error and Notice Message Fields".
/// A field that the server did not send is empty or 0. For an error of the client itself only `message` and
/// `sql` are set, and `place`.
///
/// `detail`, `hint` and `context` may repeat values of the user's data; the rest does so only where the text of
/// the statement or a message made by the user's own functions does.
struct diagnostics {
    std::string severity;          ///< not localised: ERROR, FATAL, PANIC, WARNING, NOTICE, …
    std::string message;           ///< the primary message
    std::string detail;
    std::string hint;
    std::string internal_query;    ///< text of a statement that a function made
    std::string context;           ///< call stack, COPY line
    std::string schema;
    std::string table;
    std::string column;
    std::string data_type;
    std::string constraint;
    std::string file;              ///< place in the server's source
    std::string routine;
    std::string sql;               ///< text of the statement, without its parameters' values
    std::string place;             ///< of the statement in what it was part of: "statement 2 of 3", "row 70000"
    std::uint32_t position = 0;    ///< in `sql`, in characters, from 1; 0 if none
    std::uint32_t internal_position = 0;
    std::uint32_t line = 0;
};

} // namespace pgcoro
