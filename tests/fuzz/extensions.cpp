// hstore, ltree and pgvector.
#include "fuzz.hpp"

#include <map>
#include <unordered_map>

static pgcoro::type_info named(pgcoro::oid id, const char* name) {
    pgcoro::type_info info;
    info.id = id;
    info.schema = "public";
    info.name = name;
    return info;
}

static const pgcoro::type_info infos[] = {named(20001, "hstore"), named(20002, "ltree"), named(20003, "vector"),
                                          named(20004, "halfvec"), named(20005, "sparsevec")};
static const pgcoro::type_ref types[] = {{20001, &infos[0]}, {20002, &infos[1]}, {20003, &infos[2]}, {20004, &infos[3]},
                                         {20005, &infos[4]}};

using pairs = std::map<std::string, std::optional<std::string>>;
using unordered_pairs = std::unordered_map<std::string, std::optional<std::string>>;

PGCORO_FUZZ_VALUES(types, pairs, unordered_pairs, std::string, pgcoro::pgvector::vector, pgcoro::pgvector::halfvec,
                   pgcoro::pgvector::sparsevec)
