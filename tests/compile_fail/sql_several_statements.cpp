// expect: only_one_statement_is_allowed_here__see_execute_script_or_batch
#include <pgcoro/core/checked_sql.hpp>

#include <type_traits>

template <class... Args>
void query(std::type_identity_t<pgcoro::pool_sql<Args...>>, Args&&...) {}

void wrong() {
    query("select 1; select 2");
}
