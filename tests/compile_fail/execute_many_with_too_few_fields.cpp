// expect: fewer_arguments_than_placeholders
#include <pgcoro/pool.hpp>

#include <tuple>
#include <vector>

void wrong(const pgcoro::pool& pool, const std::vector<std::tuple<int, int>>& rows) {
    (void)pool.execute_many("insert into t values ($1, $2, $3)", rows);
}
