// expect: a row type is a type with a pgcoro::codec, std::optional of one, std::tuple, std::pair or an aggregate
#include <pgcoro/mapping/column_plan.hpp>

struct user {
    explicit user(int);
    int id;
};

pgcoro::column_plan plan() { return pgcoro::make_column_plan<user>({}, ""); }
