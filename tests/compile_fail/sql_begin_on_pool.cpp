// expect: transaction_control_needs_pool_transaction_or_begin
#include <pgcoro/core/checked_sql.hpp>

#include <type_traits>

template <class... Args>
void query(std::type_identity_t<pgcoro::pool_sql<Args...>>, Args&&...) {}

void wrong() {
    query("begin");
}
