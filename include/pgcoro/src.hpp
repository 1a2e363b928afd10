// The definitions of everything that is no template, for exactly one source file of a program that is compiled with
// PGCORO_SEPARATE_COMPILATION defined everywhere. No other header may be included before it there.
#pragma once

#if !defined(PGCORO_SEPARATE_COMPILATION)
#error "<pgcoro/src.hpp> belongs to separate compilation: define PGCORO_SEPARATE_COMPILATION for the whole program"
#endif
#if defined(PGCORO_DECL)
#error "<pgcoro/src.hpp> has to come before all other headers of pgcoro"
#endif
#define PGCORO_SOURCE

#include <pgcoro/pgcoro.hpp>
#include <pgcoro/types/as_text.hpp>
