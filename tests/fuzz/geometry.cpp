// Geometric types.
#include "fuzz.hpp"

namespace oids = pgcoro::oids;
namespace geometry = pgcoro::geometry;

static constexpr pgcoro::type_ref types[] = {oids::point, oids::line, oids::lseg, oids::box, oids::path, oids::polygon,
                                             oids::circle};

PGCORO_FUZZ_VALUES(types, geometry::point, geometry::line, geometry::lseg, geometry::box, geometry::path, geometry::polygon,
                   geometry::circle)
