// What a pool knows about statements.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/core/statement_text.hpp>
#include <pgcoro/session/lru_cache.hpp>
#include <pgcoro/session/request.hpp>
#include <pgcoro/session/statement_description.hpp>

#include <algorithm>
#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace pgcoro::session {

/// The descriptions of statements that any connection of a pool has asked for, so that only the first use costs a
/// round trip of its own. While one request asks, others for the same text on the same connection wait here; other
/// connections ask themselves, since the one that asks may be behind a slow statement, or behind one that waits for a
/// lock of theirs. On the home executor only.
class description_cache {
public:
    explicit description_cache(std::size_t capacity);
    ~description_cache();

    /// What the connections have learnt of types.
    const type_catalog_ptr& types() const noexcept { return types_; }

    /// The description of a text; null if it is not known.
    description_ptr find(const statement_text& text);

    /// Whether a request is asking the server about this text on this connection at the moment.
    bool is_being_described(const statement_text& text, const session* on) const noexcept;

    /// Notes that a request asks about a text on a connection.
    void begin(const statement_text& text, const session* on);

    /// Lets a request wait for the answer that its connection gets about a text. It stays linked here until `end` or
    /// until it is taken out with `forget`.
    void wait(const statement_text& about, request& r) { question(about, r.carrier)->waiting.push_back(r); }

    void forget(request& r) noexcept;

    /// Ends the question about a text on a connection and returns who waits for the answer.
    request_list end(const statement_text& text, const session* on);

    /// Keeps a description, in place of an older one of the same text.
    void store(const statement_text& text, description_ptr description);

    /// Drops what is known of a text if it is still this description.
    void drop(const statement_text& text, const description_ptr& outdated);

    /// Ends all questions on a connection, which is going away, and returns who waits for their answers.
    request_list end_all(const session& on);

    /// Unlinks all requests that wait, for the end of the runtime.
    request_list take_all_waiting();

private:
    struct pending_question {
        std::string text;
        std::uint64_t hash;
        const session* on;
        request_list waiting;
    };

    std::list<pending_question>::iterator question(const statement_text& text, const session* on) noexcept;

    lru_cache<description_ptr> known_;
    type_catalog_ptr types_;
    std::list<pending_question> asked_;
};

#if PGCORO_HAS_DEFINITIONS

PGCORO_DECL description_cache::description_cache(std::size_t capacity)
    : known_(capacity == 0 ? 1 : capacity), types_(std::make_shared<type_catalog>()) {}

PGCORO_DECL description_cache::~description_cache() = default;

PGCORO_DECL description_ptr description_cache::find(const statement_text& text) {
    const auto* const found = known_.find(text.text, text.hash);
    return found == nullptr ? nullptr : *found;
}

PGCORO_DECL bool description_cache::is_being_described(const statement_text& text, const session* on) const noexcept {
    return const_cast<description_cache*>(this)->question(text, on) != asked_.end();
}

PGCORO_DECL void description_cache::begin(const statement_text& text, const session* on) {
    asked_.push_back({std::string(text.text), text.hash, on, {}});
}

PGCORO_DECL void description_cache::forget(request& r) noexcept {
    for (auto& asked : asked_) {
        const auto here = std::ranges::find(asked.waiting, &r, [](const request& waiting) { return &waiting; });
        if (here == asked.waiting.end()) continue;
        asked.waiting.erase(here);
        return;
    }
}

PGCORO_DECL request_list description_cache::end(const statement_text& text, const session* on) {
    request_list waiting;
    if (const auto ended = question(text, on); ended != asked_.end()) {
        waiting.swap(ended->waiting);
        asked_.erase(ended);
    }
    return waiting;
}

PGCORO_DECL void description_cache::store(const statement_text& text, description_ptr description) {
    if (auto* const present = known_.find(text.text, text.hash)) *present = std::move(description);
    else known_.insert(std::string(text.text), text.hash, std::move(description), [](description_ptr&&) {});
}

PGCORO_DECL void description_cache::drop(const statement_text& text, const description_ptr& outdated) {
    const auto* const present = known_.find(text.text, text.hash);
    if (present != nullptr && *present == outdated) known_.erase(text.text, text.hash);
}

PGCORO_DECL request_list description_cache::end_all(const session& on) {
    request_list waiting;
    for (auto at = asked_.begin(); at != asked_.end();) {
        if (at->on != &on) {
            ++at;
            continue;
        }
        waiting.splice(waiting.end(), at->waiting);
        at = asked_.erase(at);
    }
    return waiting;
}

PGCORO_DECL request_list description_cache::take_all_waiting() {
    request_list all;
    for (auto& asked : asked_) all.splice(all.end(), asked.waiting);
    asked_.clear();
    return all;
}

PGCORO_DECL auto description_cache::question(const statement_text& text, const session* on) noexcept
    -> std::list<pending_question>::iterator {
    return std::find_if(asked_.begin(), asked_.end(), [&](const pending_question& asked) {
        return asked.on == on && asked.hash == text.hash && asked.text == text.text;
    });
}

#endif

} // namespace pgcoro::session
