// expect: this argument does not go with the parameter that the statement declares: pass the declared type
#include <pgcoro/pgcoro.hpp>

#include <string>

constexpr pgcoro::statement<int(const std::string&)> length{"select length($1)"};

auto query(pgcoro::pool& pool) { return pool.query_one(length, nullptr); }
