// expect: a statement<void\(\.\.\.\)> has no rows to read: run it with execute
#include <pgcoro/pgcoro.hpp>

constexpr pgcoro::statement<void()> remove_all{"delete from paints"};

auto query(pgcoro::pool& pool) { return pool.query(remove_all); }
