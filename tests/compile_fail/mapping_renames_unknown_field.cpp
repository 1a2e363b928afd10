// expect: pgcoro::mapping<T>::renamed names a field that the struct does not have
#include <pgcoro/mapping/column_plan.hpp>

#include <array>

struct number {
    int value;
};

template <>
struct pgcoro::codec<number> {
    static bool reads(oid) noexcept { return true; }
    static number read(const field_view&) { return {}; }
};

struct user {
    number id;
};

template <>
struct pgcoro::mapping<user> {
    static constexpr std::array renamed{rename("identity", "id")};
};

pgcoro::column_plan plan() { return pgcoro::make_column_plan<user>({}, ""); }
