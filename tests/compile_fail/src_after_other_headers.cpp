// expect: <pgcoro/src.hpp> has to come before all other headers of pgcoro
#include <pgcoro/pgcoro.hpp>
#include <pgcoro/src.hpp>
