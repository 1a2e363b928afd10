// expect: a statement is declared from a literal or a constant: for text made at run time give pgcoro::runtime_sql
#include <pgcoro/statement.hpp>

#include <string>

auto declare(const std::string& text) { return pgcoro::statement<void()>(text); }
