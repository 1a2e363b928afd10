// The statements that one connection has prepared.
#pragma once

#include <pgcoro/core/counter.hpp>
#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/core/statement_text.hpp>
#include <pgcoro/session/lru_cache.hpp>
#include <pgcoro/session/prepared_statement.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace pgcoro::session {

/// How statements fare on the connections of a pool. Counted on the home executor, read from anywhere.
struct statement_counters {
    core::counter<std::uint64_t> prepared, hits, evictions;
};

/// Knows by which name the server has a statement prepared, and which names it may forget. Bounded; the least
/// recently used statement goes first. On the home executor only.
class statement_cache {
public:
    /// @param counted where to count, for all connections of a pool
    statement_cache(std::size_t capacity, std::shared_ptr<statement_counters> counted);
    statement_cache(statement_cache&&) noexcept;
    ~statement_cache();

    prepared_statement* find(const statement_text& text);

    /// A name that this connection has not used yet. With a capacity of 0 the empty one: each flight then has a Parse
    /// of its own and leaves nothing behind, which connection poolers in transaction mode need.
    std::string make_name();

    /// Whether each flight has a Parse of its own.
    bool is_off() const noexcept { return entries_.capacity() == 0; }

    /// Adds a statement under a name of `make_name`.
    void add(const statement_text& text, prepared_statement statement);

    /// Forgets a statement that the server does not have, because its Parse failed or it was deallocated.
    void forget(const statement_text& text);

    /// Forgets a statement that the server still has; its name joins those to be closed.
    void discard(const statement_text& text);

    /// The names that the server may forget, once.
    std::vector<std::string> take_names_to_close() { return std::exchange(to_close_, {}); }
    bool has_names_to_close() const noexcept { return !to_close_.empty(); }

    void clear() noexcept;

    std::size_t size() const noexcept { return entries_.size(); }

private:
    lru_cache<prepared_statement> entries_;
    std::vector<std::string> to_close_;
    std::uint64_t last_name_ = 0;
    std::shared_ptr<statement_counters> counters_;
};

#if PGCORO_HAS_DEFINITIONS

PGCORO_DECL statement_cache::statement_cache(std::size_t capacity, std::shared_ptr<statement_counters> counted)
    : entries_(capacity), counters_(std::move(counted)) {}

PGCORO_DECL statement_cache::statement_cache(statement_cache&&) noexcept = default;
PGCORO_DECL statement_cache::~statement_cache() = default;

PGCORO_DECL void statement_cache::forget(const statement_text& text) { entries_.erase(text.text, text.hash); }

PGCORO_DECL prepared_statement* statement_cache::find(const statement_text& text) {
    auto* const found = entries_.find(text.text, text.hash);
    if (found != nullptr) ++counters_->hits;
    return found;
}

PGCORO_DECL std::string statement_cache::make_name() {
    return entries_.capacity() == 0 ? std::string() : "pgcoro_" + std::to_string(++last_name_);
}

PGCORO_DECL void statement_cache::add(const statement_text& text, prepared_statement statement) {
    ++counters_->prepared;
    if (entries_.capacity() == 0) return;
    discard(text);   // it may have been prepared twice: once by a request of its own, once from the pool's description
    entries_.insert(std::string(text.text), text.hash, std::move(statement), [this](prepared_statement&& evicted) {
        ++counters_->evictions;
        to_close_.push_back(std::move(evicted.name));
    });
}

PGCORO_DECL void statement_cache::discard(const statement_text& text) {
    if (auto removed = entries_.erase(text.text, text.hash)) to_close_.push_back(std::move(removed->name));
}

PGCORO_DECL void statement_cache::clear() noexcept {
    entries_.clear();
    to_close_.clear();
}

#endif

} // namespace pgcoro::session
