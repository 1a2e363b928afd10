// expect: more_arguments_than_placeholders
#include <pgcoro/core/checked_sql.hpp>

#include <string_view>
#include <type_traits>

template <class... Args>
void query(std::type_identity_t<pgcoro::pool_sql<Args...>>, Args&&...) {}

void wrong() {
    constexpr std::string_view text = "select 1";
    query(text, 1);
}
