// expect: a std::initializer_list does not outlive the call: pass a std::vector or a std::array
#include <pgcoro/mapping/argument.hpp>

constexpr bool accepted = pgcoro::require_query_argument<std::initializer_list<int>>();
