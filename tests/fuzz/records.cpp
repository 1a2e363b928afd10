// Records, composites and variants.
#include <pgcoro/mapping/composite.hpp>

#include "fuzz.hpp"

#include <tuple>
#include <variant>

namespace oids = pgcoro::oids;

struct street {
    std::string name;
    std::optional<int> number;
};
template <>
struct pgcoro::codec<street> : pgcoro::composite<street> {};

struct house {
    street at;
    std::vector<street> others;
};
template <>
struct pgcoro::codec<house> : pgcoro::composite<house> {};

// As the system catalogs would describe them; the attributes are not in the order of the fields.
static const pgcoro::type_info street_info{.id = 20001, .schema = "public", .name = "street",
                                           .kind = pgcoro::type_kind::composite, .referred = {},
                                           .attributes = {{"number", oids::int4}, {"name", oids::text}}};
static const pgcoro::type_info streets_info{.id = 20002, .schema = "public", .name = "_street",
                                            .kind = pgcoro::type_kind::array, .referred = {20001, &street_info}, .attributes = {}};
static const pgcoro::type_info house_info{.id = 20003, .schema = "public", .name = "house",
                                          .kind = pgcoro::type_kind::composite, .referred = {},
                                          .attributes = {{"at", {20001, &street_info}}, {"others", {20002, &streets_info}}}};

static const pgcoro::type_ref types[] = {oids::record, 2287 /* record[] */, {20001, &street_info}, {20003, &house_info}};

using pair = std::tuple<int, std::optional<std::string>>;

PGCORO_FUZZ_VALUES(types, std::tuple<pair>, std::tuple<int, pair>, pair, std::vector<pair>, std::pair<pair, std::vector<int>>,
                   std::variant<int, pair, std::vector<pair>>, street, house, std::tuple<std::optional<int>, std::string>,
                   std::pair<street, std::vector<street>>)
