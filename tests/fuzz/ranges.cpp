// Ranges and multiranges.
#include "fuzz.hpp"

#include <chrono>

namespace oids = pgcoro::oids;
using day = std::chrono::sys_days;
using moment = std::chrono::sys_time<std::chrono::microseconds>;

static constexpr pgcoro::type_ref types[] = {oids::int4range, oids::numrange, oids::tstzrange, oids::daterange,
                                             oids::int4multirange, oids::nummultirange, oids::datemultirange};

PGCORO_FUZZ_VALUES(types, pgcoro::range<int>, pgcoro::range<pgcoro::numeric>, pgcoro::range<moment>, pgcoro::range<day>,
                   pgcoro::multirange<int>, pgcoro::multirange<pgcoro::numeric>, pgcoro::multirange<day>)
