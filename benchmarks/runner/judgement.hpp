// Whether pgcoro reached its targets.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../workloads.hpp"
#include "geometric_mean.hpp"
#include "summary.hpp"
#include "targets.hpp"

namespace benchmark {

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

inline verdict at_most(const spread& figure, double target) {
    return figure.median <= target  ? verdict::holds
           : figure.least <= target ? verdict::undecided
                                    : verdict::missed;
}

inline verdict at_least(const spread& figure, double target) {
    return figure.median >= target ? verdict::holds
           : figure.most >= target ? verdict::undecided
                                   : verdict::missed;
}

inline std::string in_words(const spread& s) {
    return fmt::format("{:.3g} ({:.3g} to {:.3g})", s.median, s.least, s.most);
}

/// The version of libpq that pgcoro ran with, as `PQlibVersion` gives it; 0 if it did not run.
inline int libpq_of_judged(const all_runs& measured) {
    for (const auto& [workload, by_contender] : measured)
        if (const auto found = by_contender.find(std::string(judged)); found != by_contender.end())
            return static_cast<int>(found->second.front()["libpq"]);
    return 0;
}

inline void judge_ratios(const all_runs& measured, std::vector<judgement>& all) {
    for (const auto& aim : targets) {
        const std::string workload(aim.workload);
        const auto* const own = find_runs(measured, workload, judged);
        if (own == nullptr) continue;
        const auto* const base = find_runs(measured, workload, baseline);
        const auto s = summarize(*own, base == nullptr ? runs() : *base);
        const double limit = aim.ratio_with(libpq_of_judged(measured));
        if (s.ratio)
            all.push_back({fmt::format("{}  client CPU {} of libpq's, target {:.2f}", workload,
                                       in_words(*s.ratio), limit),
                           at_most(*s.ratio, limit)});
        if (!aim.allocates && s.cpp_allocations)
            all.push_back(
                {fmt::format("{}  {:.4f} heap allocations of our own per query, target 0", workload,
                             *s.cpp_allocations),
                 *s.cpp_allocations <= allocations_that_do_not_count ? verdict::holds : verdict::missed});
    }
}

inline void judge_holding_back(const all_runs& measured, std::vector<judgement>& all) {
    const auto *const own = find_runs(measured, "W3", judged), *const one_sync = find_runs(measured, "W3-batch", baseline);
    if (own == nullptr || one_sync == nullptr || libpq_of_judged(measured) < 170'000) return;
    if (const auto ratio = paired(*own, *one_sync, cpu_ratio))
        all.push_back({fmt::format("W3  client CPU {} of libpq's with one Sync for {} statements, target {}", in_words(*ratio),
                                   selects_per_batch, syncs_to_one_sync),
                       at_most(*ratio, syncs_to_one_sync)});
}

/// A peer, and pgcoro in relation to it.
struct rival {
    std::string name;
    spread ratio;
};

/// Adds what is said of the rival who comes closest, if there is one. Ratios are such that less is better.
inline void judge_against_closest(std::string_view what, const std::vector<rival>& rivals,
                                  std::vector<judgement>& all) {
    const auto closest = std::ranges::max_element(rivals, {}, [](const rival& r) { return r.ratio.median; });
    if (closest == rivals.end()) return;
    all.push_back({fmt::format("{} {} of {}'s, who comes closest of {}, target below 1", what,
                               in_words(closest->ratio), closest->name, rivals.size()),
                   closest->ratio.median < 1  ? verdict::holds
                   : closest->ratio.least < 1 ? verdict::undecided
                                              : verdict::missed});
}

inline void judge_leads(const all_runs& measured, std::vector<judgement>& all) {
    for (const auto& of : workloads) {
        if (std::ranges::find(families_to_lead, of.family) == families_to_lead.end()) continue;
        const auto name = of.name();
        const auto* const own = find_runs(measured, name, judged);
        if (own == nullptr) continue;
        std::vector<rival> by_cpu, by_time;
        for (const auto& [contender, others] : measured.at(name)) {
            if (is_peer(contender))
                if (const auto ratio = paired(*own, others, cpu_ratio)) by_cpu.push_back({contender, *ratio});
            if (name == most_operations_in && (is_peer(contender) || contender == baseline))
                if (const auto ratio = paired(*own, others, [](const run_result& a, const run_result& b) {
                        return a.seconds_per_operation() / b.seconds_per_operation();
                    }))
                    by_time.push_back({contender, *ratio});
        }
        judge_against_closest(name + "  client CPU", by_cpu, all);
        judge_against_closest(name + "  time per operation, all tasks together,", by_time, all);
    }
    std::vector<rival> by_mean;
    for (const auto& each : known_contenders)
        if (is_peer(each.name))
            if (const auto ratio = mean_cpu_ratio(measured, judged, each.name))
                by_mean.push_back({std::string(each.name), *ratio});
    judge_against_closest("M1 to M7  geometric mean of client CPU", by_mean, all);
}

inline void judge_distance(const all_runs& measured, std::vector<judgement>& all) {
    const auto times = [&](const char* of, const char* others) -> std::optional<spread> {
        const auto *const a = find_runs(measured, of, judged), *const b = find_runs(measured, others, judged);
        if (a == nullptr || b == nullptr) return std::nullopt;
        return paired(*a, *b, [](const run_result& x, const run_result& y) {
            return x.seconds_per_operation() / y.seconds_per_operation();
        });
    };
    if (const auto ratio = times("far-batch", "far-in-turn"))
        all.push_back(
            {fmt::format("far  a batch of {} takes {} of the time of as many in turn, target {:.2f}",
                         selects_at_a_distance, in_words(*ratio), batch_to_in_turn),
             at_most(*ratio, batch_to_in_turn)});
    const auto against_single = [&](const char* workload, const char* name, double target) {
        auto ratio = times("far-insert", workload); // of a single row
        if (!ratio) return;
        for (auto* each : {&ratio->median, &ratio->least, &ratio->most})
            *each *= static_cast<double>(rows_at_a_distance);
        all.push_back({fmt::format("far  {} single inserts take {} times as long as {}, target {:.0f}",
                                   rows_at_a_distance, in_words(*ratio), name, target),
                       at_least(*ratio, target)});
    };
    against_single("far-copy", "COPY", inserts_to_copy);
    against_single("far-inserts", "one batch", inserts_to_batch);
}

/// What became of the targets of the workloads that ran.
inline std::vector<judgement> judgements(const all_runs& measured) {
    std::vector<judgement> all;
    judge_ratios(measured, all);
    judge_holding_back(measured, all);
    judge_leads(measured, all);
    judge_distance(measured, all);
    return all;
}

/// Prints them and returns the worst; undecided if nothing was to be judged.
inline verdict print_judgement(const all_runs& measured) {
    const auto all = judgements(measured);
    if (all.empty()) {
        fmt::print("\nNo target is about what ran.\n");
        return verdict::undecided;
    }
    fmt::print("\nTargets for {}\n", judged);
    auto worst = verdict::holds;
    for (const auto& [what, said] : all) {
        fmt::print("{}: {}\n", what, name_of(said));
        worst = std::max(worst, said);
    }
    return worst;
}

} // namespace benchmark
