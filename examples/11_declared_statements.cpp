// Statements that are declared once, with the types of their parameters and rows, and held against the schema when the
// program starts.
#include <cstdint>
#include <optional>
#include <string>

#include "run_example.hpp"

// prints: Ann was born in 1990
// prints: 2 people
// prints: errc::schema_mismatch
// prints: - field 'born' of person has no column; did you mean 'born_in'\?

struct person {
    std::string name;
    std::optional<int> born;
};

inline constexpr pgcoro::statement<person(const std::string&)> find_person{
    "select * from example_people where name = $1"};
inline constexpr pgcoro::statement<std::int64_t()> count_people{"select count(*) from example_people"};
inline constexpr pgcoro::statement<void(const std::string&, std::optional<int>)> add_person{
    "insert into example_people values ($1, $2)"};

asio::awaitable<void> program(pgcoro::pool& pool) {
    co_await pool.execute("drop table if exists example_people");
    co_await pool.execute("create table example_people (name text primary key, born int)");
    co_await pgcoro::verify(pool, find_person, count_people, add_person); // everything is as it was declared

    co_await pool.execute(add_person, "Ann", 1990);
    co_await pool.execute(add_person, "Ben", std::nullopt);
    const person ann = co_await pool.query_one(find_person, "Ann");
    fmt::print("{} was born in {}\n", ann.name, ann.born.value_or(0));
    const auto people = co_await pool.query_one(count_people);
    fmt::print("{} people\n", people);

    // Somebody changes the schema. The next start of the program, or a test, says what no longer goes with it.
    co_await pool.execute("alter table example_people rename born to born_in");
    try {
        co_await pgcoro::verify(pool, find_person, count_people, add_person);
    } catch (const pgcoro::error& e) {
        if (e.code() != pgcoro::errc::schema_mismatch) throw;
        fmt::print("errc::schema_mismatch\n{}\n", e.diagnostics().message);
    }
    co_await pool.execute("drop table example_people");
}

int main() { return run_example(program); }
