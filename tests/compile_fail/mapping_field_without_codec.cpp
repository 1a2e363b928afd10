// expect: this field of the row type cannot be read from a column: give pgcoro::codec<Field> a reads\(\) and a read\(\)
#include <pgcoro/mapping/column_plan.hpp>

struct colour {
    int rgb;
};

struct paint {
    colour shade;
};

pgcoro::column_plan plan() { return pgcoro::make_column_plan<paint>({}, ""); }
