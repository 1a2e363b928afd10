// expect: a row struct cannot have a base class
#include <pgcoro/mapping/column_plan.hpp>

struct record {
    int id;
};

struct user : record {
    int age;
};

pgcoro::column_plan plan() { return pgcoro::make_column_plan<user>({}, ""); }
