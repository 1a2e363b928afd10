// expect: this field of the row type cannot be read from a column: give pgcoro::codec<Field> a reads\(\) and a read\(\)
#include <pgcoro/pgcoro.hpp>

struct colour {
    int red, green, blue;
};

struct paint {
    int id;
    colour shade;
};

auto query(pgcoro::pool& pool) { return pool.query<paint>("select id, shade from paints"); }
