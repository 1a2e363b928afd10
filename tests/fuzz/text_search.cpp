// tsvector and tsquery.
#include "fuzz.hpp"

static constexpr pgcoro::type_ref types[] = {pgcoro::oids::tsvector, pgcoro::oids::tsquery};

PGCORO_FUZZ_VALUES(types, pgcoro::tsvector, pgcoro::tsquery)
