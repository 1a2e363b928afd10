// How blocks are handed out and come back.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/session/block_pool.hpp>

#include <atomic>
#include <mutex>
#include <new>

namespace pgcoro::session {

PGCORO_DECL void* block_pool::allocate(std::size_t size) {
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

PGCORO_DECL void block_pool::deallocate(void* memory, std::size_t size) noexcept {
    header* const block = static_cast<header*>(memory) - 1;
    const auto guard = lock();
    auto& list = free_[size_class(size)];
    block->next = list;
    list = block;
}

PGCORO_DECL void block_pool::deallocate_elsewhere(void* memory, std::size_t size) noexcept {
    header* const block = static_cast<header*>(memory) - 1;
    auto& list = returned_[size_class(size)];
    block->next = list.load(std::memory_order_relaxed);
    while (!list.compare_exchange_weak(block->next, block, std::memory_order_release, std::memory_order_relaxed)) {}
}

PGCORO_DECL block_pool::~block_pool() {
    for (header* block : blocks_) ::operator delete(block, std::align_val_t(alignof(header)));
}

} // namespace pgcoro::session
