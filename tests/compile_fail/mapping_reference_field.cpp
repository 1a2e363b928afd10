// expect: a row struct cannot have a reference as a field
#include <pgcoro/mapping/column_plan.hpp>

#include <string>

struct user {
    const std::string& name;
};

pgcoro::column_plan plan() { return pgcoro::make_column_plan<user>({}, ""); }
