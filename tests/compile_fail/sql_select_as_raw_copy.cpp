// expect: copy_in_raw_and_copy_out_raw_take_copy_from_stdin_or_to_stdout
#include <pgcoro/core/checked_sql.hpp>

void copy_in_raw(pgcoro::copy_sql) {}

void wrong() {
    copy_in_raw("select 1");
}
