// How cheap a pool of pipelined connections can be: what pgcoro does in W2, with nothing around libpq.
#include "raw_libpq.hpp"

using namespace benchmark;

int main(int argc, char** argv) {
    return run_contender(argc, argv, "libpq-pipelined",
                         [](const run_options& options, const workload& asked, meter& measured) {
                             if (asked.name() != "W2") return false;
                             raw::run_pipelined(4, asked.tasks / 4, options.dsn, measured);
                             return true;
                         });
}
