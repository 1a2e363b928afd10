// expect: GCC 12 destroys temporaries of this aggregate twice in an expression with co_await: pass a named object
// compiler: g++ before 13
#include <pgcoro/pgcoro.hpp>

#include <string>

struct label {
    std::string text;
};

template <>
struct pgcoro::codec<label> : pgcoro::codec_as<label, std::string> {
    static const std::string& to(const label& value) noexcept { return value.text; }
};

constexpr pgcoro::statement<void(const label&)> add{"insert into labels values ($1)"};

auto execute(pgcoro::pool& pool) { return pool.execute(add, label{"a"}); }
