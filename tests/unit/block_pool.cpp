// Memory for requests.
#include <pgcoro/session/block_pool.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <doctest/doctest.h>
#include <set>
#include <thread>
#include <vector>

namespace block_pool_tests {

using pgcoro::session::block_pool;

TEST_CASE("a block that was given back is handed out again for a similar size") {
    block_pool pool(true);
    void* const first = pool.allocate(100);
    pool.deallocate(first, 100);
    CHECK(pool.allocate(120) == first);
    CHECK(pool.allocate(120) != first);
}

TEST_CASE("a block is never handed out for a size that it does not hold") {
    block_pool pool(true);
    for (const std::size_t size : {1u, 64u, 127u, 128u, 129u, 1000u, 2047u, 2048u, 2049u, 4096u, 4097u, 5000u}) {
        void* const small = pool.allocate(size);
        std::memset(small, 1, size); // for the address sanitizer
        pool.deallocate(small, size);
        void* const large = pool.allocate(2 * size + 128);
        CHECK(large != small);
        std::memset(large, 1, 2 * size + 128);
        pool.deallocate(large, 2 * size + 128);
    }
}

TEST_CASE("blocks are aligned for every type") {
    block_pool pool(false);
    for (const std::size_t size : {1u, 24u, 100u, 1000u})
        CHECK(reinterpret_cast<std::uintptr_t>(pool.allocate(size)) % alignof(std::max_align_t) == 0);
}

TEST_CASE("whoever kept a pointer sees that its block was retired, also after it was used again") {
    block_pool pool(true);
    void* const memory = pool.allocate(100);
    const auto noted = block_pool::generation_of(memory);
    CHECK(block_pool::generation_of(memory) == noted);
    block_pool::retire(memory);
    CHECK(block_pool::generation_of(memory) != noted);
    pool.deallocate(memory, 100);
    CHECK(pool.allocate(100) == memory);
    CHECK(block_pool::generation_of(memory) != noted);
}

TEST_CASE("threads may allocate and give back at the same time") {
    block_pool pool(false);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&pool, t] {
            for (int i = 0; i < 2000; ++i) {
                auto* const memory = static_cast<int*>(pool.allocate(sizeof(int) * 20));
                memory[0] = memory[19] = t;
                if (memory[0] != t || memory[19] != t) return;
                pool.deallocate(memory, sizeof(int) * 20);
            }
        });
    for (auto& t : threads) t.join();
    CHECK(pool.allocate(80) != nullptr);
}

TEST_CASE("another thread may give back what the thread of a pool for one has taken, and it is used again") {
    block_pool pool(true);
    std::vector<void*> taken;
    for (int i = 0; i < 100; ++i) taken.push_back(pool.allocate(100));
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < 2; ++t)
        threads.emplace_back([&, t] {
            for (std::size_t i = t; i < taken.size(); i += 2) pool.deallocate_elsewhere(taken[i], 100);
        });
    for (int i = 0; i < 1000; ++i) pool.deallocate(pool.allocate(100), 100);   // meanwhile, here
    for (auto& t : threads) t.join();
    std::set<void*> again;
    for (std::size_t i = 0; i < 100; ++i) again.insert(pool.allocate(100));
    CHECK(again.size() == 100);
    std::size_t known = 0;
    for (void* const block : taken) known += again.count(block);
    CHECK(known >= 99);   // one was made while all others were out
}

} // namespace block_pool_tests
