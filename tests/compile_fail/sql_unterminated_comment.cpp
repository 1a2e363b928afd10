// expect: a_string_quoted_identifier_or_comment_is_not_terminated
#include <pgcoro/core/checked_sql.hpp>

#include <type_traits>

template <class... Args>
void query(std::type_identity_t<pgcoro::pool_sql<Args...>>, Args&&...) {}

void wrong() {
    query("select 1 /* /* */");
}
