// What pgcoro has to reach.
#pragma once

#include <array>
#include <string_view>

namespace benchmark {

/// The most that pgcoro's client CPU may be in relation to the baseline's.
struct target {
    std::string_view workload;
    double ratio;
    double ratio_since_17;  ///< with libpq 17 or later
    bool allocates = false; ///< an operation is so large that its own few allocations do not matter

    constexpr double ratio_with(int libpq_version) const {
        return libpq_version >= 170'000 ? ratio_since_17 : ratio;
    }
};

inline constexpr std::array targets{target{"W1", 1.15, 1.10},       target{"W2", 0.50, 0.35},
                                    target{"W3", 1.05, 1.05},       target{"W3-batch", 1.30, 1.30},
                                    target{"W4", 1.25, 1.25, true}, target{"W5", 1.20, 1.20, true},
                                    target{"W6", 1.50, 1.50, true}, target{"W7", 1.30, 1.30, true},
                                    target{"W8", 1.20, 1.20}};

/// With libpq 17 or later, which leaves flushing to its caller: a Sync for each statement (W3) costs at most so many times
/// what libpq takes with one for many (W3-batch).
inline constexpr double syncs_to_one_sync = 9;

/// In these families pgcoro has to take less client CPU than every peer, in each workload.
inline constexpr std::array<std::string_view, 2> families_to_lead{"W", "M"};

/// Here it has to do the most operations per second, too, compared to the peers and the baseline.
inline constexpr std::string_view most_operations_in = "W2";

/// Far away, a batch of three takes at most so much of the time of three in turn.
inline constexpr double batch_to_in_turn = 0.40;

/// There, so many rows by single inserts take at least so many times as long as by COPY and by one batch of
/// inserts.
inline constexpr double inserts_to_copy = 100, inserts_to_batch = 10;

/// Nothing of our own is allocated per query; what a list or a table grows by now and then is not per query.
inline constexpr double allocations_that_do_not_count = 0.001;

} // namespace benchmark
