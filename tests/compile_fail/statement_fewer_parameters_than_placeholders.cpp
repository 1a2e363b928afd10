// expect: the_signature_has_fewer_parameters_than_the_text_has_placeholders
#include <pgcoro/statement.hpp>

constexpr pgcoro::statement<int(int)> sum{"select $1::int + $2::int"};
