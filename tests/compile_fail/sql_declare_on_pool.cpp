// expect: declare_fetch_move_close_need_stream_or_a_transaction
#include <pgcoro/core/checked_sql.hpp>

#include <type_traits>

template <class... Args>
void query(std::type_identity_t<pgcoro::pool_sql<Args...>>, Args&&...) {}

void wrong() {
    query("declare a cursor for select 1");
}
