// expect: this_text_contains_a_nul_byte
#include <pgcoro/core/checked_sql.hpp>

#include <type_traits>

template <class... Args>
void query(std::type_identity_t<pgcoro::pool_sql<Args...>>, Args&&...) {}

void wrong() {
    query("select 1\0");
}
