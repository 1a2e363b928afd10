// What an error says: code, SQLSTATE, diagnostics, and whether the statement took effect.
#include <string>
#include <string_view>

#include "run_example.hpp"

// prints: duplicate: yes, of example_seats_pkey; it was undone
// prints: any constraint: yes, kind constraint_violation
// prints: without an exception: no rows
// prints: typing error: undefined_column .SQLSTATE 42703., at character 8: column "nmae" does not exist

std::string_view effect(const pgcoro::error& e) {
    switch (e.execution()) {
    case pgcoro::execution_state::not_sent:
        return "it was not sent";
    case pgcoro::execution_state::rejected:
        return "it was undone";
    case pgcoro::execution_state::completed:
        return "it took effect";
    case pgcoro::execution_state::unknown:
        break;
    }
    return "it may have taken effect";
}

asio::awaitable<void> program(pgcoro::pool& pool) {
    co_await pool.execute(
        "create table if not exists example_seats (number int primary key, free bool not null)");
    co_await pool.execute("insert into example_seats values (1, true) on conflict do nothing");

    // What the server reports is a sqlstate, by its name in PostgreSQL's manual ("PostgreSQL Error Codes").
    try {
        co_await pool.execute("insert into example_seats values ($1, true)", 1);
    } catch (const pgcoro::error& e) {
        const bool duplicate = e.code() == pgcoro::sqlstate::unique_violation;
        fmt::print("duplicate: {}, of {}; {}\n", duplicate ? "yes" : "no", e.diagnostics().constraint,
                   effect(e));
    }

    // as_result() throws nothing. A class of SQLSTATEs is a condition; error_kind is coarser still.
    const auto null = co_await pool.execute("insert into example_seats values (2, null)").as_result();
    if (!null) {
        const auto& e = null.error();
        const bool constraint = e.code() == pgcoro::sqlstate_class::integrity_constraint_violation;
        fmt::print("any constraint: {}, kind {}\n", constraint ? "yes" : "no",
                   to_string(pgcoro::error_kind(e)));
    }

    // What the client finds is an errc.
    const auto row =
        co_await pool.query_one<bool>("select free from example_seats where number = $1", 99).as_result();
    if (!row && row.error().code() == pgcoro::errc::no_rows) fmt::print("without an exception: no rows\n");

    // diagnostics() has every field that the server sent; what() has code, message and statement.
    const auto typo = co_await pool.query("select nmae from example_seats").as_result();
    fmt::print("typing error: {}, at character {}: {}\n", typo.error().code().message(),
               typo.error().diagnostics().position, typo.error().diagnostics().message);
    fmt::print("as a whole: {}\n", typo.error().what());

    co_await pool.execute("drop table example_seats");
}

int main() { return run_example(program); }
