// expect: prepare_execute_deallocate_need_a_lease_from_acquire
#include <pgcoro/core/checked_sql.hpp>

#include <type_traits>

template <class... Args>
void query(std::type_identity_t<pgcoro::pool_sql<Args...>>, Args&&...) {}

void wrong() {
    query("prepare a as select 1");
}
