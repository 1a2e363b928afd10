// A transaction commits when its callback returns, is rolled back when it throws, and runs again when the server asks.
#include <stdexcept>

#include "run_example.hpp"

// prints: after a transfer: 90 and 110
// prints: not enough money
// prints: after a failed one: 90 and 110
// prints: with a savepoint: 2 lines in the log

asio::awaitable<void> transfer(pgcoro::pool& pool, int from, int to, int amount) {
    const pgcoro::transaction_options serializable{.isolation = pgcoro::isolation_level::serializable,
                                                   .retry = pgcoro::retry_policy::serialization_failures(5)};
    co_await pool.transaction(serializable, [&](pgcoro::transaction& tx) -> asio::awaitable<void> {
        co_await tx.execute("update example_accounts set balance = balance + $2 where id = $1", to, amount);
        const auto left = co_await tx.query_one<int>(
            "update example_accounts set balance = balance - $2 where id = $1 returning balance", from, amount);
        if (left < 0) throw std::runtime_error("not enough money");
    });
}

asio::awaitable<void> print_balances(pgcoro::pool& pool, const char* when) {
    const auto balances = co_await pool.query<int>("select balance from example_accounts order by id");
    fmt::print("{}: {} and {}\n", when, balances.at(0), balances.at(1));
}

asio::awaitable<void> program(pgcoro::pool& pool) {
    co_await pool.execute("drop table if exists example_accounts, example_log");
    co_await pool.execute("create table example_accounts (id int primary key, balance int not null)");
    co_await pool.execute("create table example_log (line text primary key)");
    co_await pool.execute("insert into example_accounts values (1, 100), (2, 100)");

    co_await transfer(pool, 1, 2, 10);
    co_await print_balances(pool, "after a transfer");

    try {
        co_await transfer(pool, 1, 2, 1000);
    } catch (const std::runtime_error& e) {
        fmt::print("{}\n", e.what());
    }
    co_await print_balances(pool, "after a failed one");

    // By hand: dropped without commit, it would be rolled back before its connection is used again.
    auto tx = co_await pool.begin();
    co_await tx.execute("insert into example_log values ('first')");
    try {
        co_await tx.savepoint([](pgcoro::transaction& inner) -> asio::awaitable<void> {
            co_await inner.execute("insert into example_log values ('first')");
        });
    } catch (const pgcoro::error& e) {
        if (e.code() != pgcoro::sqlstate::unique_violation) throw;
    }
    co_await tx.execute("insert into example_log values ('second')");
    co_await tx.commit();
    const auto lines = co_await pool.query_one<long>("select count(*) from example_log");
    fmt::print("with a savepoint: {} lines in the log\n", lines);
}

int main() { return run_example(program); }
