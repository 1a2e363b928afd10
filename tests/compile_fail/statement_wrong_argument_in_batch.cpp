// expect: this argument does not go with the parameter that the statement declares: pass the declared type
#include <pgcoro/pgcoro.hpp>

constexpr pgcoro::statement<int(int)> next{"select $1 + 1"};

auto part() { return pgcoro::query_one(next, "one"); }
