// Whether what is no template is compiled wherever it is included, or once; see docs/separate_compilation.md.
#pragma once

// The same for all translation units of a program: PGCORO_SEPARATE_COMPILATION defined or not. PGCORO_SOURCE is for
// <pgcoro/src.hpp> alone.
#if !defined(PGCORO_SEPARATE_COMPILATION)
#define PGCORO_DECL inline
#define PGCORO_HAS_DEFINITIONS 1
#elif defined(PGCORO_SOURCE)
#define PGCORO_DECL
#define PGCORO_HAS_DEFINITIONS 1
#else
#define PGCORO_DECL
#define PGCORO_HAS_DEFINITIONS 0
#endif
