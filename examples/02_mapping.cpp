// Rows as structs, tuples, scalars and views; names that differ; types of one's own.
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "run_example.hpp"

// prints: struct: Ada Lovelace was born in 1815 and is a pioneer
// prints: own type: 21.5 °C
// prints: wrong: .*'died' of person has no column; the result has: id, full_name, born, kind

enum class role { pioneer, engineer }; // travels as the enumerator's name

struct person {
    int id;
    std::string name;
    std::optional<int> born;
    role kind;
    std::optional<int> died;
};

// A field whose column has another name.
template <>
struct pgcoro::mapping<person> {
    static constexpr std::array renamed{pgcoro::rename("name", "full_name")};
};

struct celsius {
    double degrees;
};

// A type that travels as another one, a double here.
template <>
struct pgcoro::codec<celsius> : pgcoro::codec_as<celsius, double> {
    static celsius from(double degrees) { return {degrees}; }
    static double to(const celsius& value) noexcept { return value.degrees; }
};

struct word { // borrows: what it views lives in the result
    std::string_view text;
};

asio::awaitable<void> program(pgcoro::pool& pool) {
    // A struct takes columns by name, in any order, and ignores those that it has no field for.
    const auto ada = co_await pool.query_one<person>("select 'pioneer' as kind, 1815 as born, 1852 as died, "
                                                     "'Ada Lovelace' as full_name, 1 as id, 0 as ignored");
    fmt::print("struct: {} was born in {} and is {}\n", ada.name, *ada.born,
               ada.kind == role::pioneer ? "a pioneer" : "an engineer");

    // A tuple takes them by position, a scalar takes the only one; optional stands for NULL.
    const auto [year, title] = co_await pool.query_one<std::tuple<int, std::string>>("select 1843, 'Note G'");
    fmt::print("tuple: {} in {}\n", title, year);
    const auto none = co_await pool.query_one<std::optional<int>>("select null::int");
    fmt::print("scalar: {}\n", none ? "a number" : "NULL");

    const auto warm = co_await pool.query_one<celsius>("select $1 + 0.5::float8", celsius{21});
    fmt::print("own type: {} °C\n", warm.degrees);

    // Rows that borrow come in a range that owns the result; nothing is copied.
    const auto words =
        co_await pool.query<word>("select unnest(string_to_array($1, ' ')) as text", "no copy was made");
    fmt::print("views:");
    for (const auto& [text] : words) fmt::print(" {}", text);
    fmt::print("\n");

    // A field without a column is an error before the first row is read, and costs nobody a connection.
    const auto wrong =
        co_await pool
            .query_one<person>(
                "select 1 as id, 'Grace Hopper' as full_name, 1906 as born, 'engineer' as kind")
            .as_result();
    fmt::print("wrong: {}\n", wrong.error().what());
}

int main() { return run_example(program); }
