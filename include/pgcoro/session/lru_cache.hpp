// A bounded map from SQL text to a value, which forgets the least recently used.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace pgcoro::session {

/// Keeps at most `capacity` values by the text of a statement. Addresses of values are stable until they are
/// evicted or erased. Not thread-safe.
template <class Value>
class lru_cache {
public:
    explicit lru_cache(std::size_t capacity) noexcept : capacity_(capacity) {}

    std::size_t size() const noexcept { return entries_.size(); }
    std::size_t capacity() const noexcept { return capacity_; }

    /// The value of a text, which becomes the most recently used; null if there is none.
    /// @param hash of the text, always by the same function
    Value* find(std::string_view text, std::uint64_t hash) {
        // The same statement as before: that of a loop, or of many callers at once.
        if (!entries_.empty() && entries_.front().hash == hash && entries_.front().text == text)
            return &entries_.front().value;
        const auto found = index_.find(key{hash, text});
        if (found == index_.end()) return nullptr;
        if (found->second != entries_.begin()) entries_.splice(entries_.begin(), entries_, found->second);
        return &found->second->value;
    }

    /// Adds a text that is not in the cache and returns where its value stands. What has to go for it is handed to
    /// `evicted(Value&&)`. With capacity 0 nothing can be added.
    template <class OnEvicted>
    Value& insert(std::string text, std::uint64_t hash, Value value, OnEvicted&& evicted) {
        while (!entries_.empty() && entries_.size() >= capacity_) {
            auto& oldest = entries_.back();
            Value dropped = std::move(oldest.value);
            index_.erase(key{oldest.hash, oldest.text});
            entries_.pop_back();
            evicted(std::move(dropped));
        }
        entries_.push_front(entry{std::move(text), hash, std::move(value)});
        index_.emplace(key{hash, entries_.front().text}, entries_.begin());
        return entries_.front().value;
    }

    /// Removes a text and returns what it had.
    std::optional<Value> erase(std::string_view text, std::uint64_t hash) {
        const auto found = index_.find(key{hash, text});
        if (found == index_.end()) return std::nullopt;
        std::optional<Value> value = std::move(found->second->value);
        const auto place = found->second;
        index_.erase(found);
        entries_.erase(place);
        return value;
    }

    void clear() noexcept {
        index_.clear();
        entries_.clear();
    }

private:
    struct entry {
        std::string text;
        std::uint64_t hash;
        Value value;
    };

    struct key {
        std::uint64_t hash;
        std::string_view text;
        bool operator==(const key& other) const noexcept { return hash == other.hash && text == other.text; }
    };

    struct key_hash {
        std::size_t operator()(const key& k) const noexcept { return static_cast<std::size_t>(k.hash); }
    };

    std::size_t capacity_;
    std::list<entry> entries_;
    boost::unordered_flat_map<key, typename std::list<entry>::iterator, key_hash> index_;
};

} // namespace pgcoro::session
