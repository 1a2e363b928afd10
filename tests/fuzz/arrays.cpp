// Arrays of any dimension.
#include "fuzz.hpp"

#include <array>

namespace oids = pgcoro::oids;

static constexpr pgcoro::type_ref types[] = {oids::int4_array, oids::text_array, oids::numeric_array, 1020 /* box[] */,
                                             oids::oidvector, 3905 /* int4range[] */};

PGCORO_FUZZ_VALUES(types, std::vector<int>, std::vector<std::optional<int>>, std::array<int, 3>, std::vector<std::vector<int>>,
                   pgcoro::md_array<std::optional<int>>, std::vector<std::optional<std::string>>,
                   pgcoro::md_array<std::optional<std::string>>, std::vector<pgcoro::numeric>,
                   pgcoro::md_array<std::optional<pgcoro::geometry::box>>, std::vector<std::uint32_t>,
                   std::vector<std::optional<pgcoro::range<int>>>)
