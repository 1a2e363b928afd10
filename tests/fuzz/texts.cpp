// Strings, bytes and what travels like them; the server's own small types.
#include "fuzz.hpp"

namespace oids = pgcoro::oids;

static constexpr pgcoro::type_ref types[] = {oids::text, oids::bytea, oids::jsonb, oids::jsonpath, oids::uuid, oids::tid,
                                             oids::pg_lsn, oids::pg_snapshot};

PGCORO_FUZZ_VALUES(types, std::string, std::string_view, std::vector<std::byte>, boost::uuids::uuid, pgcoro::tid,
                   pgcoro::pg_lsn, pgcoro::pg_snapshot)
