// expect: execute drops rows and takes a statement<void\(\.\.\.\)>: this one declares rows, so run it with query
#include <pgcoro/pgcoro.hpp>

constexpr pgcoro::statement<int()> one{"select 1"};

auto execute(pgcoro::pool& pool) { return pool.execute(one); }
