// Numbers: whole, floating point, numeric, money, and the identifiers that are numbers.
#include "fuzz.hpp"

namespace oids = pgcoro::oids;

static constexpr pgcoro::type_ref types[] = {oids::int2, oids::int4, oids::int8, oids::float4, oids::float8, oids::numeric,
                                             oids::money, oids::oid_, oids::xid8, oids::boolean, oids::char_};

PGCORO_FUZZ_VALUES(types, bool, char, std::int8_t, std::int16_t, std::int32_t, std::int64_t, std::uint32_t, std::uint64_t, float,
                   double, pgcoro::numeric, pgcoro::money)
