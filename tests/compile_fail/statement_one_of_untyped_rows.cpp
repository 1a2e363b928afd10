// expect: rows of a statement<result\(\.\.\.\)> have no declared type: run it with query
#include <pgcoro/pgcoro.hpp>

constexpr pgcoro::statement<pgcoro::result()> all{"select * from paints"};

auto query(pgcoro::pool& pool) { return pool.query_one(all); }
