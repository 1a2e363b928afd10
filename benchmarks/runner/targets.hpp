// What pgcoro has to reach, and whether it did.
#pragma once

#include <fmt/format.h>

#include <array>
#include <string>
#include <string_view>

#include "summary.hpp"

namespace benchmark {

/// The most that pgcoro's client CPU may be in relation to the baseline's.
struct target {
    std::string_view workload;
    double ratio;
    bool allocates = false; ///< an operation is so large that its own few allocations do not matter
};

inline constexpr std::array targets{
    target{"W1", 1.15},       target{"W2", 0.55},       target{"W3", 1.05},       target{"W4", 1.25, true},
    target{"W5", 1.20, true}, target{"W6", 1.60, true}, target{"W7", 1.40, true}, target{"W8", 1.25}};

/// Whom the targets are for.
inline constexpr std::string_view judged = "pgcoro";

/// Nothing of our own is allocated per query; what a list or a table grows by now and then is not per query.
inline constexpr double allocations_that_do_not_count = 0.001;

enum class verdict {
    holds,
    undecided, ///< the median misses the target, which lies within the spread of the rounds
    missed
};

inline std::string_view name_of(verdict v) {
    switch (v) {
    case verdict::holds:
        return "holds";
    case verdict::undecided:
        return "undecided: the target lies within the spread of the rounds";
    case verdict::missed:
        break;
    }
    return "MISSED";
}

struct judgement {
    std::string what;
    verdict said;
};

inline judgement judge_ratio(const target& aim, const spread& ratio) {
    const auto said = ratio.median <= aim.ratio  ? verdict::holds
                      : ratio.least <= aim.ratio ? verdict::undecided
                                                 : verdict::missed;
    return {fmt::format("client CPU {:.3f} of libpq's ({:.3f} to {:.3f}), target {:.2f}", ratio.median,
                        ratio.least, ratio.most, aim.ratio),
            said};
}

inline judgement judge_allocations(double per_operation) {
    return {fmt::format("{:.4f} heap allocations of our own per query, target 0", per_operation),
            per_operation <= allocations_that_do_not_count ? verdict::holds : verdict::missed};
}

} // namespace benchmark
