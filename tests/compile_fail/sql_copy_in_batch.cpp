// expect: copy_from_stdin_to_stdout_needs_copy_in_or_copy_out
#include <pgcoro/batch.hpp>

void wrong() {
    (void)pgcoro::execute("copy (select 1) to stdout");
}
