// The geometric types, before the oracle.
#include <bit>
#include <cmath>
#include <random>

#include "type_oracle.hpp"

using namespace pgcoro::testing;

namespace types_oracle_geometry {

namespace geometry = pgcoro::geometry;

const oracle_options everything{};
// The server has no such operator for points and polygons.
const oracle_options without_equality{.has_equality = false};

const literals points{"(0,0)", "(-0,0)", "(1,2)", "(0.1,-0.1)", "(1e15,1e14)", "(1e-5,1e-4)", "(5e-324,1.7976931348623157e308)",
                      "(NaN,1)", "(Infinity,-Infinity)", "(123456789012345678,0.30000000000000004)", " ( 1 , 2 ) ", "1,2"};
const literals lines{"{1,2,3}", "{0,1,0}", "{1,0,0}", "{-1,-1,-1}", "{0.1,0.2,0.3}", "{1e20,1e-20,1}", "(0,0),(1,1)",
                     "(0,0),(0,1)", "(0,0),(1,0)", "[(1,2),(3,4)]", "{1,-1,1e300}", "{1e-5,1,0}"};
const literals lsegs{"[(0,0),(0,0)]", "[(1,2),(3,4)]", "((1,2),(3,4))", "(1,2),(3,4)", "1,2,3,4", "[(3,4),(1,2)]",
                     "[(-1,-2),(1e20,1e-20)]", "[(Infinity,0),(-Infinity,0)]", "[(0.1,0.2),(0.3,0.4)]", "[(1,1),(1,2)]",
                     "[(1e15,1e15),(1e-5,1e-5)]", "[(-0,0),(0,-0)]"};
const literals boxes{"(0,0),(0,0)", "(1,2),(3,4)", "(3,4),(1,2)", "(1,4),(3,2)", "(3,2),(1,4)", "((1,2),(3,4))", "1,2,3,4",
                     "(-1,-1),(1,1)", "(0.1,0.2),(0.3,0.4)", "(Infinity,1),(-Infinity,2)", "(NaN,1),(2,NaN)", "(1,1),(NaN,3)",
                     "(1e20,1),(1e-20,2)"};
const literals paths{"((0,0))", "[(0,0)]", "((1,2),(3,4))", "[(1,2),(3,4)]", "(1,2),(3,4)", "1,2,3,4", "(1,2,3,4)", "[1,2,3,4]",
                     "((0,0),(0,0),(0,0))", "[(1e20,1e-20),(NaN,Infinity),(-0,0.1)]", "((1,1),(2,2),(3,3),(4,4))", "[(-1,-1),(1,1)]"};
const literals polygons{"((0,0))", "((1,2),(3,4))", "((0,0),(1,0),(1,1))", "(1,2),(3,4)", "1,2,3,4", "(1,2,3,4)", "((0,0),(0,0))",
                        "((1e20,1e-20),(0.1,0.2))", "((-1,-1),(1,1),(2,-3))", "((Infinity,0),(0,-Infinity))",
                        "((0,0),(0,1),(1,1),(1,0))", "1,2"};
const literals circles{"<(0,0),0>", "<(1,2),3>", "((1,2),3)", "(1,2),3", "1,2,3", "<1,2,3>", "<(0.1,0.2),0.3>", "<(-1,-2),1e20>",
                       "<(1,2),Infinity>", "<(1,2),1e-100>", "<(1e15,1e-5),1>", "<(-0,0),1>"};

/// Any number but NaN, which differs from itself.
inline double random_number(std::mt19937_64& random) {
    for (;;)
        if (const auto number = std::bit_cast<double>(random()); !std::isnan(number)) return number;
}

inline geometry::point random_point(std::mt19937_64& random) {
    const auto x = random_number(random);
    return {x, random_number(random)};
}

inline std::vector<geometry::point> random_points(std::mt19937_64& random) {
    std::vector<geometry::point> values(1 + random() % 5);
    for (auto& value : values) value = random_point(random);
    return values;
}

TEST_CASE("geometric values come back as the server has them") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await check_with_oracle<geometry::point>(pool, "point", points, without_equality);
        co_await check_with_oracle<geometry::line>(pool, "line", lines, everything);
        co_await check_with_oracle<geometry::lseg>(pool, "lseg", lsegs, everything);
        co_await check_with_oracle<geometry::box>(pool, "box", boxes, without_equality);
        co_await check_with_oracle<geometry::path>(pool, "path", paths, everything);
        co_await check_with_oracle<geometry::polygon>(pool, "polygon", polygons, without_equality);
        co_await check_with_oracle<geometry::circle>(pool, "circle", circles, everything);
    });
}

TEST_CASE("ten thousand random geometric values come back unchanged") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        std::mt19937_64 random(6);
        const auto number = [&] { return random_number(random); };
        const auto any_point = [&] { return random_point(random); };
        co_await check_random<geometry::point>(pool, "point", any_point);
        co_await check_random<geometry::line>(pool, "line", [&] {
            geometry::line value{number(), 1 + std::abs(number()), number()};
            return value;
        });
        co_await check_random<geometry::lseg>(pool, "lseg", [&] { return geometry::lseg{any_point(), any_point()}; });
        co_await check_random<geometry::box>(pool, "box", [&] { return geometry::box(any_point(), any_point()); });
        co_await check_random<geometry::path>(
            pool, "path", [&] { return geometry::path(random_points(random), random() % 2 == 0); });
        co_await check_random<geometry::polygon>(pool, "polygon", [&] { return geometry::polygon(random_points(random)); });
        co_await check_random<geometry::circle>(
            pool, "circle", [&] { return geometry::circle{any_point(), std::abs(number())}; });
    });
}

TEST_CASE("random numbers are printed as by the server") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        std::mt19937_64 random(7);
        std::vector<geometry::point> values;
        for (int i = 0; i < 10'000; ++i) values.push_back(random_point(random));
        // Such as people write, too.
        for (int i = 0; i < 10'000; ++i)
            values.push_back({static_cast<double>(static_cast<int>(random() % 2'000'000) - 1'000'000) / 1000,
                              std::pow(10, static_cast<int>(random() % 40) - 20)});
        // Where what lies midway between two numbers may have fewer digits.
        for (int i = 0; i < 50'000; ++i) {
            const auto x = std::ldexp(static_cast<double>(random() >> 11), static_cast<int>(random() % 30));
            values.push_back({x, std::ldexp(1, static_cast<int>(random() % 200))});
        }
        const auto printed = co_await pool.query<std::string>(
            "select x::text from unnest($1::point[]) with ordinality u(x, n) order by n", values);
        std::size_t different = 0;
        for (std::size_t i = 0; i < values.size(); ++i)
            if (values[i].to_string() != printed[i] || !(geometry::point::parse(printed[i]) == values[i])) ++different;
        CHECK(different == 0);
    });
}

TEST_CASE("lines of the server with tiny coefficients are read") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto steep = co_await pool.query_one<geometry::line>("select line(point(0, 0), point(1e-9, 1))");
        CHECK_FALSE((steep.a == 0 && steep.b == 0));
    });
}

} // namespace types_oracle_geometry
