// Everything about the text of statements: checked literals, run-time text, quoted names.
#pragma once

#include <pgcoro/core/checked_sql.hpp>
#include <pgcoro/core/identifier.hpp>
#include <pgcoro/core/runtime_sql.hpp>
#include <pgcoro/core/statement_class.hpp>
#include <pgcoro/core/statement_text.hpp>
