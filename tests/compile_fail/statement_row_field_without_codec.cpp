// expect: this field of the row type cannot be read from a column: give pgcoro::codec<Field> a reads\(\) and a read\(\)
#include <pgcoro/statement.hpp>

struct colour {
    int red, green, blue;
};

struct paint {
    int id;
    colour shade;
};

constexpr pgcoro::statement<paint()> paints{"select id, shade from paints"};
