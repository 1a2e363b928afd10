// Several point selects in one flight.
#pragma once

#include <pgcoro/pgcoro.hpp>

#include <cstddef>
#include <utility>

#include "../../workloads.hpp"

namespace benchmark {

/// A batch of point selects. Call it outside of a co_await expression.
template <std::size_t... I>
auto worlds_in_a_batch(const pgcoro::pool& pool, id_sequence& ids, std::index_sequence<I...>) {
    return pool.batch((static_cast<void>(I), pgcoro::query_one<world>(select_world, ids.next()))...);
}

} // namespace benchmark
