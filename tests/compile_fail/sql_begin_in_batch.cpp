// expect: transaction_control_needs_pool_transaction_or_begin
#include <pgcoro/batch.hpp>

void wrong() {
    (void)pgcoro::execute("begin");
}
