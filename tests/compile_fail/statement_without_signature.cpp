// expect: the types of a statement are written as those of a function: pgcoro::statement<row\(parameters...\)>
#include <pgcoro/statement.hpp>

constexpr pgcoro::statement<int> one{"select 1"};
