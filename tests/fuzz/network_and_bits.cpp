// Addresses and strings of bits.
#include "fuzz.hpp"

#include <bitset>

namespace oids = pgcoro::oids;
namespace ip = boost::asio::ip;

static constexpr pgcoro::type_ref types[] = {oids::inet, oids::cidr, oids::macaddr, oids::macaddr8, oids::bit, oids::varbit};

PGCORO_FUZZ_VALUES(types, pgcoro::inet, pgcoro::cidr, ip::address, ip::network_v4, ip::network_v6, pgcoro::macaddr,
                   pgcoro::macaddr8, pgcoro::bit_string, std::bitset<9>)
