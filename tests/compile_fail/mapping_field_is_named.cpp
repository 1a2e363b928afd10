// expect: require_readable_field.*paint.*"shade".*colour
#include <pgcoro/mapping/column_plan.hpp>

struct colour {
    int rgb;
};

struct paint {
    colour shade;
};

pgcoro::column_plan plan() { return pgcoro::make_column_plan<paint>({}, ""); }
