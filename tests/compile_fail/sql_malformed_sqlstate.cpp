// expect: a_sqlstate_is_five_digits_or_upper_case_letters
#include <pgcoro/core/sqlstate.hpp>

constexpr pgcoro::sqlstate wrong = pgcoro::make_sqlstate("2350");
