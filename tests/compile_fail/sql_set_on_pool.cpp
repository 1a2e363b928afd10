// expect: set_reset_discard_need_a_lease_from_acquire_or_session_settings
#include <pgcoro/core/checked_sql.hpp>

#include <type_traits>

template <class... Args>
void query(std::type_identity_t<pgcoro::pool_sql<Args...>>, Args&&...) {}

void wrong() {
    query("set local a = 1");
}
