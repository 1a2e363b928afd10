// Memory for requests, taken from free lists.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>
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

    ~block_pool() {
        for (header* block : blocks_) ::operator delete(block, std::align_val_t(alignof(header)));
    }

    void* allocate(std::size_t size) {
        const auto guard = lock();
        auto& list = free_[size_class(size)];
        if (header* const block = list) {
            list = block->next;
            return block + 1;
        }
        if (header* const returned = returned_[size_class(size)].exchange(nullptr, std::memory_order_acquire)) {
            list = returned->next;
            return returned + 1;
        }
        blocks_.push_back(nullptr);
        const auto bytes = sizeof(header) + size_of(size_class(size));
        blocks_.back() = new (::operator new(bytes, std::align_val_t(alignof(header)))) header;
        return blocks_.back() + 1;
    }

    void deallocate(void* memory, std::size_t size) noexcept {
        header* const block = static_cast<header*>(memory) - 1;
        const auto guard = lock();
        auto& list = free_[size_class(size)];
        block->next = list;
        list = block;
    }

    /// The same from another thread than the one that the pool was made for, such as that of a handler which is bound to
    /// another loop.
    void deallocate_elsewhere(void* memory, std::size_t size) noexcept {
        header* const block = static_cast<header*>(memory) - 1;
        auto& list = returned_[size_class(size)];
        block->next = list.load(std::memory_order_relaxed);
        while (!list.compare_exchange_weak(block->next, block, std::memory_order_release, std::memory_order_relaxed)) {}
    }

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
