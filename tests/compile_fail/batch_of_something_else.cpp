// expect: the parts of a batch are made by pgcoro::query, query_one, query_optional, query_rows and execute
#include <pgcoro/pool.hpp>

void wrong(const pgcoro::pool& pool) {
    (void)pool.batch(pool.query("select 1"));
}
