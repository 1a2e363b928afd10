// Which way a COPY goes.
#pragma once

#include <cstdint>

namespace pgcoro::libpq {

/// Which way the data of a COPY goes.
enum class copy_direction : std::uint8_t { none, in, out };

} // namespace pgcoro::libpq
