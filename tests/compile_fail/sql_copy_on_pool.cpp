// expect: copy_from_stdin_to_stdout_needs_copy_in_or_copy_out
#include <pgcoro/core/checked_sql.hpp>

#include <type_traits>

template <class... Args>
void query(std::type_identity_t<pgcoro::pool_sql<Args...>>, Args&&...) {}

void wrong() {
    query("copy users from stdin");
}
