// expect: a row struct cannot have a C array as a field
#include <pgcoro/mapping/column_plan.hpp>

struct country {
    int id;
    char code[3];
};

pgcoro::column_plan plan() { return pgcoro::make_column_plan<country>({}, ""); }
