// expect: wrong number of arguments: a statement takes as many as its signature has parameters
#include <pgcoro/pgcoro.hpp>

constexpr pgcoro::statement<int(int)> next{"select $1 + 1"};

auto query(pgcoro::pool& pool) { return pool.query_one(next, 1, 2); }
