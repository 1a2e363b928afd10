// A statement as a connection has it prepared.
#pragma once

#include <pgcoro/session/statement_description.hpp>

#include <string>

namespace pgcoro::session {

/// A statement that is prepared on a connection, or whose Parse is on its way there.
struct prepared_statement {
    std::string name;
    description_ptr description;
};

} // namespace pgcoro::session
