// expect: literal_or_runtime_sql<pgcoro::core::sql_scope::pool, 0>
#include <pgcoro/core/checked_sql.hpp>

#include <string_view>
#include <type_traits>

template <class... Args>
void query(std::type_identity_t<pgcoro::pool_sql<Args...>>, Args&&...) {}

void wrong(std::string_view text) {
    query(text);
}
