// The types of the extension pgvector before the oracle, where it is installed.
#include "type_oracle.hpp"

#include <string>
#include <vector>

using namespace pgcoro::testing;

namespace types_oracle_pgvector {

namespace pgvector = pgcoro::pgvector;

const oracle_options here{.settings = "set search_path to oracle_pgvector, public"};
const literals vectors{"[0]", "[-0]", "[1,2,3]", "[0.1,-0.2]", "[1e-45]", "[3.4028235e+38,-3.4028235e+38]", "[16777216,16777217]",
                       "[1e5,1e6,123456,1234567]", "[0.0001,0.00001]", " [ 1 , 2.5 ] ", "[65504]", "[1,0,0,0,0,0,0,0,1]"};
const literals halves{"[0]", "[-0]", "[1,2,3]", "[0.1,-0.2]", "[65504,-65504]", "[5.9604645e-08]", "[6.1035156e-05]", "[0.33325195]",
                      "[2048,2049,2050]", " [ 1 , 2.5 ] ", "[65519]", "[1,0,0,0,0,0,0,0,1]"};
const literals sparse{"{}/1", "{1:1}/1", "{1:1,3:2.5}/5", "{5:-0.1}/5", "{1:0,2:1}/2", "{1000000000:1}/1000000000", "{1:1e-45}/3",
                      "{2:3.4028235e+38}/2", " { 1 : 1 , 2 : 2 } / 3 ", "{3:1,1:2}/3", "{1:16777216}/1", "{7:0.1}/16"};

TEST_CASE("the types of pgvector come back as the server has them") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        const auto version = co_await pool.query_optional<std::string>(
            "select default_version from pg_available_extensions where name = 'vector'");
        if (!version) {
            MESSAGE("skipped: pgvector is not installed on the server");
            co_return;
        }
        co_await execute_all(pool, "drop schema if exists oracle_pgvector cascade", "create schema oracle_pgvector",
                             "create extension vector schema oracle_pgvector");
        co_await check_with_oracle<pgvector::vector>(pool, "oracle_pgvector.vector", vectors, here);
        const auto newer = co_await pool.query_one<bool>("select to_regtype('oracle_pgvector.halfvec') is not null");
        if (newer) {   // from 0.7 on
            co_await check_with_oracle<pgvector::halfvec>(pool, "oracle_pgvector.halfvec", halves, here);
            co_await check_with_oracle<pgvector::sparsevec>(pool, "oracle_pgvector.sparsevec", sparse, here);
        }
        const std::vector<float> numbers{0.5F, 2};
        const pgvector::vector wanted(numbers);
        const auto lease = co_await pool.acquire();
        co_await lease.execute("set search_path to oracle_pgvector, public");
        CHECK(co_await lease.query_one<double>("select '[0.5,0]'::vector <-> $1", wanted) == 2);
        co_await lease.execute("drop extension vector cascade");
    });
}

} // namespace types_oracle_pgvector
