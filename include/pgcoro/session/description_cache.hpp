// What a pool knows about statements.
#pragma once

#include <pgcoro/core/statement_text.hpp>
#include <pgcoro/session/lru_cache.hpp>
#include <pgcoro/session/request.hpp>
#include <pgcoro/session/statement_description.hpp>

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <utility>

namespace pgcoro::session {

/// The descriptions of statements that any connection of a pool has asked for, so that only the first use costs a
/// round trip of its own. While one request asks, others for the same text wait here. On the home executor only.
class description_cache {
public:
    explicit description_cache(std::size_t capacity) : known_(capacity == 0 ? 1 : capacity) {}

    /// The description of a text; null if it is not known.
    description_ptr find(const statement_text& text) {
        const auto* const found = known_.find(text.text, text.hash);
        return found == nullptr ? nullptr : *found;
    }

    /// Whether a request is asking the server about this text at the moment.
    bool is_being_described(const statement_text& text) const noexcept {
        return const_cast<description_cache*>(this)->question(text) != nullptr;
    }

    /// Notes that a request asks about a text.
    void begin(const statement_text& text) { asked_.push_back({std::string(text.text), text.hash, {}}); }

    /// Lets a request wait for the answer about its text. It stays linked here until `end` or until it is taken out
    /// with `forget`.
    void wait(request& r) { question(r.text)->waiting.push_back(r); }

    void forget(request& r) noexcept {
        auto& waiting = question(r.text)->waiting;
        waiting.erase(waiting.iterator_to(r));
    }

    /// Ends the question about a text and returns who waits for the answer.
    request_list end(const statement_text& text) {
        request_list waiting;
        for (auto at = asked_.begin(); at != asked_.end(); ++at)
            if (at->hash == text.hash && at->text == text.text) {
                waiting.swap(at->waiting);
                asked_.erase(at);
                break;
            }
        return waiting;
    }

    /// Keeps a description, in place of an older one of the same text.
    void store(const statement_text& text, description_ptr description) {
        if (auto* const present = known_.find(text.text, text.hash)) *present = std::move(description);
        else known_.insert(std::string(text.text), text.hash, std::move(description), [](description_ptr&&) {});
    }

    /// Drops what is known of a text if it is still this description.
    void drop(const statement_text& text, const description_ptr& outdated) {
        const auto* const present = known_.find(text.text, text.hash);
        if (present != nullptr && *present == outdated) known_.erase(text.text, text.hash);
    }

    /// Unlinks the requests of one session that wait, for its end.
    request_list take_waiting_of(const session& carrier) {
        request_list taken;
        for (auto& asked : asked_)
            for (auto at = asked.waiting.begin(); at != asked.waiting.end();) {
                auto& r = *at++;
                if (r.carrier != &carrier) continue;
                asked.waiting.erase(asked.waiting.iterator_to(r));
                taken.push_back(r);
            }
        return taken;
    }

    /// Unlinks all requests that wait, for the end of the runtime.
    request_list take_all_waiting() {
        request_list all;
        for (auto& asked : asked_) all.splice(all.end(), asked.waiting);
        asked_.clear();
        return all;
    }

private:
    struct pending_question {
        std::string text;
        std::uint64_t hash;
        request_list waiting;
    };

    pending_question* question(const statement_text& text) noexcept {
        for (auto& asked : asked_)
            if (asked.hash == text.hash && asked.text == text.text) return &asked;
        return nullptr;
    }

    lru_cache<description_ptr> known_;
    std::list<pending_question> asked_;
};

} // namespace pgcoro::session
