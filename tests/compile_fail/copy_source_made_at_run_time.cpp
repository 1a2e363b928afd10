// expect: text made at run time is not taken as SQL: wrap a table's name in pgcoro::identifier\(name\)
#include <pgcoro/pgcoro.hpp>

#include <string>

auto copy(pgcoro::connection& conn, const std::string& text) { return conn.copy_out<int>(text); }
