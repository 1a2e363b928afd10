// expect: this type cannot be given as a parameter: give pgcoro::codec<A> a writes\(\) and a write\(\)
#include <pgcoro/statement.hpp>

struct colour {
    int rgb;
};

constexpr pgcoro::statement<void(const colour&)> paint{"update walls set colour = $1"};
