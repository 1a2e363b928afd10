// expect: this type cannot be given as a parameter: give pgcoro::codec<A> a writes\(\) and a write\(\)
#include <pgcoro/mapping/argument.hpp>

struct colour {
    int rgb;
};

constexpr bool accepted = pgcoro::require_query_argument<colour&>();
