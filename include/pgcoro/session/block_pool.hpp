// Memory for requests, taken from free lists.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace pgcoro::session {

/// Hands out blocks for requests and takes them back into free lists by size, so that a steady load allocates nothing. Blocks
/// return to the system when the pool is destroyed.
///
/// A block counts how often its content was retired. Who kept a pointer to a request may compare `generation_of` with
/// the number noted at the time, and so learn whether the request is still of interest, as long as the pool lives.
/// Thread safety: `allocate` and `deallocate` may be called from any thread unless the pool was made for one;
/// `deallocate_elsewhere` always.
class block_pool {
public:
    explicit block_pool(bool single_threaded) noexcept : single_threaded_(single_threaded) {}
    block_pool(const block_pool&) = delete;
    block_pool& operator=(const block_pool&) = delete;

    ~block_pool();

    void* allocate(std::size_t size);

    void deallocate(void* memory, std::size_t size) noexcept;

    /// The same from another thread than the one that the pool was made for, such as that of a handler which is bound to
    /// another loop.
    void deallocate_elsewhere(void* memory, std::size_t size) noexcept;

    /// A block that goes back unless it is released, to whoever has made something in it.
    class allocation {
    public:
        allocation(block_pool& from, std::size_t size) : pool_(from), size_(size), memory_(from.allocate(size)) {}
        allocation(const allocation&) = delete;
        allocation& operator=(const allocation&) = delete;
        ~allocation() {
            if (memory_ != nullptr) pool_.deallocate(memory_, size_);
        }

        void* get() const noexcept { return memory_; }
        void release() noexcept { memory_ = nullptr; }

    private:
        block_pool& pool_;
        std::size_t size_;
        void* memory_;
    };

    /// Whoever kept a pointer to what is in this block is to leave it alone from now on.
    static void retire(void* memory) noexcept {
        (static_cast<header*>(memory) - 1)->generation.fetch_add(1, std::memory_order_relaxed);
    }

    static std::uint64_t generation_of(const void* memory) noexcept {
        return (static_cast<const header*>(memory) - 1)->generation.load(std::memory_order_relaxed);
    }

private:
    struct alignas(std::max_align_t) header {
        std::atomic<std::uint64_t> generation = 0;
        header* next = nullptr;
    };

    // Requests take some hundred bytes, and thousands of them may wait: steps of 128 bytes, and beyond 2 KiB powers of two.
    static constexpr std::size_t step = 128, steps = 16;

    static constexpr std::size_t size_class(std::size_t size) noexcept {
        return size <= step * steps ? (size - 1) / step : steps + static_cast<std::size_t>(std::bit_width(size - 1));
    }

    static constexpr std::size_t size_of(std::size_t size_class) noexcept {
        return size_class < steps ? (size_class + 1) * step : std::size_t{1} << (size_class - steps);
    }

    std::unique_lock<std::mutex> lock() {
        return single_threaded_ ? std::unique_lock<std::mutex>() : std::unique_lock(mutex_);
    }

    const bool single_threaded_;
    std::mutex mutex_;
    std::array<header*, steps + 64> free_{};
    std::array<std::atomic<header*>, steps + 64> returned_{};   // from elsewhere; taken over when there is none in `free_`
    std::vector<header*> blocks_;
};

} // namespace pgcoro::session

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/session/block_pool_definitions.hpp>
#endif
