// What it costs to read a value: nanoseconds and allocations by type.
#include "counted_calls.hpp"

#include <pgcoro/mapping/composite.hpp>
#include <pgcoro/types/types.hpp>

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using pgcoro::type_ref;
namespace oids = pgcoro::oids;
using moment = std::chrono::sys_time<std::chrono::microseconds>;

/// A value as a server sends it.
struct sample {
    type_ref type;
    std::vector<std::byte> bytes;
};

/// Written by the codec that is not being measured here.
template <class T>
sample sample_of(const T& value, const type_ref& type) {
    sample made{type, {}};
    pgcoro::byte_writer out(made.bytes);
    pgcoro::codec<T>::write(out, value, type);
    return made;
}

struct address {
    std::string street;
    std::optional<int> number;
    std::int64_t resident = 0;
};

} // namespace

template <>
struct pgcoro::codec<address> : pgcoro::composite<address> {};

namespace {

const pgcoro::type_info address_info{.id = 20001,
                                     .schema = "public",
                                     .name = "address",
                                     .kind = pgcoro::type_kind::composite,
                                     .referred = {},
                                     .attributes = {{"street", oids::text}, {"number", oids::int4}, {"resident", oids::int8}}};

sample hundred_integers() {
    std::vector<int> values;
    for (int i = 0; i < 100; ++i) values.push_back(i * 1'000'003);
    return sample_of(values, oids::int4_array);
}

/// Allocations of a single value.
template <class T>
std::uint64_t allocations_of(const sample& from) {
    const auto before = benchmark::counted_calls().allocations;
    benchmark::DoNotOptimize(pgcoro::codec<T>::read({from.bytes, from.type}));
    return benchmark::counted_calls().allocations - before;
}

template <class T>
void read_value(benchmark::State& state, const sample& from) {
    for (auto _ : state) {
        auto bytes = std::span<const std::byte>(from.bytes);
        benchmark::DoNotOptimize(bytes);
        auto value = pgcoro::codec<T>::read({bytes, from.type});
        benchmark::DoNotOptimize(value);
    }
    state.counters["allocations"] = static_cast<double>(allocations_of<T>(from));
}

template <class T>
void add(const char* name, sample from) {
    benchmark::RegisterBenchmark(name, [from = std::move(from)](benchmark::State& state) { read_value<T>(state, from); });
}

} // namespace

int main(int argc, char** argv) {
    add<std::int64_t>("int8", sample_of(std::int64_t{1} << 40, oids::int8));
    add<std::string>("text, 10 bytes", sample_of(std::string(10, 'x'), oids::text));
    add<std::string>("text, 100 bytes", sample_of(std::string(100, 'x'), oids::text));
    add<moment>("timestamptz", sample_of(moment(std::chrono::microseconds(1'700'000'000'123'456)), oids::timestamptz));
    add<pgcoro::numeric>("numeric, 12345.678", sample_of(pgcoro::numeric::parse("12345.678"), oids::numeric));
    add<std::int64_t>("numeric to int64", sample_of(pgcoro::numeric::parse("1234567890"), oids::numeric));
    add<std::vector<int>>("int4[100]", hundred_integers());
    add<std::string>("jsonb, 66 bytes", sample_of(std::string(R"({"id": 1, "name": "Ada", "tags": ["a", "b"], "address": {"no": 7}})"),
                                                  oids::jsonb));
    add<address>("composite of 3", sample_of(address{"Long Street", 7, 42}, {20001, &address_info}));

    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return EXIT_FAILURE;
    benchmark::RunSpecifiedBenchmarks();
    if (const auto allocations = allocations_of<std::vector<int>>(hundred_integers()); allocations != 1) {
        std::fprintf(stderr, "int4[100] took %llu allocations in place of one\n", static_cast<unsigned long long>(allocations));
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
