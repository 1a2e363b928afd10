// expect: define PGCORO_SEPARATE_COMPILATION for the whole program
#undef PGCORO_SEPARATE_COMPILATION
#include <pgcoro/src.hpp>
