// Memory that rows of a COPY are written into.
#pragma once

#include <pgcoro/core/byte_order.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro {

/// Grows as needed and is written front to back. Room is asked for once for several writes, which are then no more than
/// stores: a COPY has many small fields.
class copy_buffer {
public:
    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }
    std::span<const std::byte> bytes() const noexcept { return {memory_.data(), size_}; }

    /// Makes room for so many bytes more.
    void reserve(std::size_t more) {
        if (memory_.size() - size_ < more) [[unlikely]] grow(more);
    }

    /// Precondition: there is room.
    template <std::integral T>
    void put(T value) noexcept {
        const T ordered = core::network_order(value);
        std::memcpy(memory_.data() + size_, &ordered, sizeof ordered);
        size_ += sizeof ordered;
    }

    /// Precondition: there is room.
    void put(std::span<const std::byte> bytes) noexcept {
        if (bytes.empty()) return;
        std::memcpy(memory_.data() + size_, bytes.data(), bytes.size());
        size_ += bytes.size();
    }

    /// Precondition: there is room.
    void put(std::string_view text) noexcept { put(std::as_bytes(std::span(text.data(), text.size()))); }

    /// Where to write next, for those who write several things by themselves and then say where they ended.
    std::byte* end() noexcept { return memory_.data() + size_; }
    void set_end(const std::byte* end) noexcept { size_ = static_cast<std::size_t>(end - memory_.data()); }

    /// Takes back what was written behind the first `size` bytes.
    void truncate(std::size_t size) noexcept { size_ = size; }

    /// The memory, of which the first `size()` bytes are written. What is left is an empty buffer without memory.
    std::vector<std::byte> release() noexcept {
        size_ = 0;
        return std::exchange(memory_, {});
    }

    /// Writes into this memory from now on, from its front. Precondition: `empty()`.
    void reuse(std::vector<std::byte> memory) noexcept { memory_ = std::move(memory); }

    /// A place for the values of codecs, which write into a vector.
    std::vector<std::byte>& scratch() noexcept { return scratch_; }

private:
    [[gnu::noinline]] void grow(std::size_t more) {
        const auto doubled = memory_.size() * 2;
        memory_.resize(std::max(doubled, size_ + more));
    }

    std::vector<std::byte> memory_;
    std::vector<std::byte> scratch_;
    std::size_t size_ = 0;
};

} // namespace pgcoro
