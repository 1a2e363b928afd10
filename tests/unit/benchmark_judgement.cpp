// What the benchmarks' report says of figures.
#if defined(PGCORO_TEST_WITH_BOOST_JSON)
#include <boost/json/object.hpp>

#include <cstddef>
#include <doctest/doctest.h>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "../../benchmarks/runner/judgement.hpp"

namespace benchmark_judgement_tests {

using namespace benchmark;

/// Runs of 1000 operations, with so many microseconds of processor time each; a second long.
runs with_cpu(std::initializer_list<double> microseconds, int libpq = 150'000) {
    runs made;
    for (const double each : microseconds)
        made.push_back({{{"operations", 1000},
                         {"seconds", 1.0},
                         {"user_seconds", each / 1000},
                         {"system_seconds", 0},
                         {"peak_memory_kib", 2048},
                         {"libpq", libpq}}});
    return made;
}

/// Runs with so many milliseconds for an operation.
runs with_time(std::initializer_list<double> milliseconds) {
    runs made = with_cpu({});
    for (const double each : milliseconds)
        made.push_back({{{"operations", 10},
                         {"seconds", each / 100},
                         {"user_seconds", 0.001},
                         {"system_seconds", 0},
                         {"peak_memory_kib", 2048},
                         {"libpq", 150'000}}});
    return made;
}

/// The verdict on what begins with these words; fails if there is not exactly one.
verdict said_of(const all_runs& measured, std::string_view beginning) {
    std::vector<judgement> found;
    for (auto& each : judgements(measured))
        if (each.what.starts_with(beginning)) found.push_back(each);
    CAPTURE(beginning);
    REQUIRE(found.size() == 1);
    return found.front().said;
}

bool says_nothing_of(const all_runs& measured, std::string_view beginning) {
    for (const auto& each : judgements(measured))
        if (each.what.starts_with(beginning)) return false;
    return true;
}

TEST_CASE("figures are summed up by their median and their extremes") {
    const auto odd = spread_of({3, 1, 2}), even = spread_of({4, 1, 3, 2});
    CHECK(odd.median == 2);
    CHECK(odd.least == 1);
    CHECK(odd.most == 3);
    CHECK(even.median == 2.5);
}

TEST_CASE("ratios are taken within a round") {
    const auto ratio = paired(with_cpu({10, 40}), with_cpu({10, 20}), cpu_ratio);
    REQUIRE(ratio);
    CHECK(ratio->least == doctest::Approx(1));
    CHECK(ratio->most == doctest::Approx(2));
    CHECK_FALSE(paired(with_cpu({10, 40}), with_cpu({10}), cpu_ratio));
    CHECK_FALSE(paired(with_cpu({}), with_cpu({}), cpu_ratio));
}

TEST_CASE("a target holds by the median, is undecided by a round that reached it, and is missed by all") {
    const auto said = [](std::initializer_list<double> own) {
        return said_of({{"W1", {{"libpq", with_cpu({10, 10, 10})}, {"pgcoro", with_cpu(own)}}}}, "W1  client CPU");
    };
    CHECK(said({11, 11.5, 20}) == verdict::holds);
    CHECK(said({11, 12, 12}) == verdict::undecided);
    CHECK(said({11.6, 12, 12}) == verdict::missed);
}

TEST_CASE("with libpq 17 a Sync each is compared to one for many") {
    const auto measured = [](double own, int libpq) {
        return all_runs{{"W3", {{"pgcoro", with_cpu({own}, libpq)}}}, {"W3-batch", {{"libpq", with_cpu({1}, libpq)}}}};
    };
    CHECK(said_of(measured(8.9, 170'004), "W3  client CPU") == verdict::holds);
    CHECK(said_of(measured(9.1, 170'004), "W3  client CPU") == verdict::missed);
    CHECK(says_nothing_of(measured(8.9, 150'004), "W3  client CPU"));
}

TEST_CASE("targets are those of the libpq that ran") {
    const auto said = [](int libpq) {
        return said_of({{"W2", {{"libpq", with_cpu({10})}, {"pgcoro", with_cpu({4.5}, libpq)}}}}, "W2  client CPU");
    };
    CHECK(said(150'004) == verdict::holds);
    CHECK(said(170'000) == verdict::missed);
}

TEST_CASE("what did not run is not judged") {
    CHECK(judgements({}).empty());
    CHECK(says_nothing_of({{"W1", {{"libpq", with_cpu({10})}}}}, "W1"));
    CHECK(says_nothing_of({{"W1", {{"pgcoro", with_cpu({10})}}}}, "W1"));
}

TEST_CASE("the peer who comes closest is the one to be ahead of") {
    const auto against = [](std::initializer_list<double> own) {
        const all_runs measured{{"W4",
                                 {{"asio", with_cpu({1, 1})},   // no peer
                                  {"pgx", with_cpu({20, 20})},
                                  {"asyncpg", with_cpu({10, 10})},
                                  {"pgcoro", with_cpu(own)}}}};
        return said_of(measured, "W4  client CPU");
    };
    CHECK(against({9, 9}) == verdict::holds);
    CHECK(against({9, 12}) == verdict::undecided);
    CHECK(against({11, 12}) == verdict::missed);
}

TEST_CASE("in W2 the baseline counts as a rival for operations per second") {
    const all_runs measured{{"W2", {{"libpq", with_time({1, 1})}, {"pgcoro", with_time({2, 2})}}}};
    CHECK(said_of(measured, "W2  time per operation") == verdict::missed);
    CHECK(says_nothing_of({{"W1", {{"libpq", with_time({1})}, {"pgcoro", with_time({2})}}}}, "W1  time"));
}

TEST_CASE("allocations of our own are counted per query") {
    auto own = with_cpu({1});
    const auto said = [&](double allocations) {
        own.front().json["cpp_allocations"] = allocations;
        return said_of({{"W1", {{"pgcoro", own}}}}, "W1  ");
    };
    CHECK(said(0) == verdict::holds);
    CHECK(said(1) == verdict::holds);   // of 1000
    CHECK(said(2) == verdict::missed);
}

TEST_CASE("a geometric mean needs all seven workloads and weighs them alike") {
    all_runs measured;
    for (std::size_t i = 0; i < magicstack_workloads.size(); ++i) {
        CHECK_FALSE(mean_cpu_ratio(measured, "pgcoro", "pgx"));
        const double own = i == 0 ? 128 : 1;
        measured[magicstack_workloads[i].name()] = {{"pgcoro", with_cpu({own, own})}, {"pgx", with_cpu({1, 1.6})}};
    }
    const auto mean = mean_cpu_ratio(measured, "pgcoro", "pgx");
    REQUIRE(mean);
    CHECK(mean->most == doctest::Approx(2));    // the seventh root of 128
    CHECK(mean->least == doctest::Approx(1.25));
    CHECK(said_of(measured, "M1 to M7") == verdict::missed);
}

TEST_CASE("at a distance, rows by single inserts are compared with as many by COPY and by a batch") {
    all_runs measured{{"far-in-turn", {{"pgcoro", with_time({15})}}},
                      {"far-batch", {{"pgcoro", with_time({5.5})}}},
                      {"far-insert", {{"pgcoro", with_time({5})}}},
                      {"far-copy", {{"pgcoro", with_time({40})}}},
                      {"far-inserts", {{"pgcoro", with_time({600})}}}};
    CHECK(said_of(measured, "far  a batch of 3") == verdict::holds);
    CHECK(said_of(measured, "far  1000 single inserts take 125") == verdict::holds);
    CHECK(said_of(measured, "far  1000 single inserts take 8.33") == verdict::missed);
    measured["far-batch"] = {{"pgcoro", with_time({6.1})}};
    CHECK(said_of(measured, "far  a batch of 3") == verdict::missed);
}

} // namespace benchmark_judgement_tests
#endif
