// expect: a_placeholder_is_missing_below_the_highest_one
#include <pgcoro/core/checked_sql.hpp>

#include <type_traits>

template <class... Args>
void query(std::type_identity_t<pgcoro::pool_sql<Args...>>, Args&&...) {}

void wrong() {
    query("select $1, $3", 1, 2, 3);
}
