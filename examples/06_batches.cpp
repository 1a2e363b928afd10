// Several statements in one round trip: all or nothing, one for each row of a range, or each for itself.
#include <string>
#include <vector>

#include "run_example.hpp"

// prints: 3 fruits stored
// prints: 3 fruits cost 17, the dearest is the pear
// prints: nothing of it: row 2
// prints: by themselves: unique_violation \(SQLSTATE 23505\), and 3 fruits

struct fruit {
    std::string name;
    int price;
};

asio::awaitable<void> program(pgcoro::pool& pool) {
    co_await pool.execute("drop table if exists example_fruits");
    co_await pool.execute("create table example_fruits (name text primary key, price int not null)");

    // 1. One statement for each row. A range with a name is read where it is.
    const std::vector<fruit> fruits{{"apple", 3}, {"pear", 9}, {"plum", 5}};
    const auto stored = co_await pool.execute_many("insert into example_fruits values ($1, $2)", fruits);
    fmt::print("{} fruits stored\n", stored);

    // 2. Different statements, in one transaction.
    auto [count, total, dearest] = co_await pool.batch(
        pgcoro::query_one<int>("select count(*)::int from example_fruits"),
        pgcoro::query_one<int>("select sum(price)::int from example_fruits"),
        pgcoro::query_one<fruit>("select * from example_fruits order by price desc limit $1", 1));
    fmt::print("{} fruits cost {}, the dearest is the {}\n", count, total, dearest.name);

    // 3. A failure undoes all of it and says where it was.
    const std::vector<fruit> more{{"cherry", 1}, {"apple", 4}};
    try {
        co_await pool.execute_many("insert into example_fruits values ($1, $2)", more);
    } catch (const pgcoro::error& e) {
        if (e.code() != pgcoro::sqlstate::unique_violation) throw;
        fmt::print("nothing of it: {}\n", e.diagnostics().place);
    }

    // 4. Statements that have nothing to do with one another.
    auto [again, left] = co_await pool.pipeline(pgcoro::execute("insert into example_fruits values ($1, $2)", "apple", 4),
                                                pgcoro::query_one<int>("select count(*)::int from example_fruits"));
    fmt::print("by themselves: {}, and {} fruits\n", again.error().code().message(), left.value());
    co_await pool.execute("drop table example_fruits");
}

int main() { return run_example(program); }
