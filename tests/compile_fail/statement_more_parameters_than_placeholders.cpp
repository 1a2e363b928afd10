// expect: the_signature_has_more_parameters_than_the_text_has_placeholders
#include <pgcoro/statement.hpp>

constexpr pgcoro::statement<int(int, int)> next{"select $1 + 1"};
