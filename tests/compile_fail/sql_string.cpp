// expect: wrap the text in pgcoro::runtime_sql\(text\)
#include <pgcoro/core/checked_sql.hpp>

#include <string>
#include <type_traits>

template <class... Args>
void query(std::type_identity_t<pgcoro::pool_sql<Args...>>, Args&&...) {}

void wrong() {
    query(std::string("select 1"));
}
