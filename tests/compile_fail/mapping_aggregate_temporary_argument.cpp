// expect: GCC 12 destroys temporaries of this aggregate twice in an expression with co_await: pass a named object without std::move, or give the type a constructor
// compiler: g++ before 13
#include <pgcoro/mapping/argument.hpp>

#include <string>

struct address {
    std::string street;
};

template <>
struct pgcoro::codec<address> {
    static bool writes(oid) noexcept { return true; }
    static void write(byte_writer& out, const address& value, oid) { out.write(std::string_view(value.street)); }
};

constexpr bool named_object_is_accepted = pgcoro::require_query_argument<address&>();
constexpr bool temporary_is_accepted = pgcoro::require_query_argument<address>();
