// A text of a caller's with others put into it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pgcoro::session {

/// Remembers where the caller's own text stands, since the server counts positions in what it is sent
/// (documentation: "Error and Notice Message Fields"), in characters of UTF-8.
class spliced_text {
public:
    const std::string& text() const noexcept { return text_; }

    void append(std::string_view own) {
        text_ += own;
        size_ += characters_of(own);
    }

    /// A statement that its caller does not know of.
    void insert(std::string_view statement) {
        const auto before = text_.size();
        text_ += statement;
        text_ += "; ";
        const auto inserted = characters_of(std::string_view(text_).substr(before));
        insertions_.push_back({size_, inserted});
        size_ += inserted;
    }

    bool has_insertions() const noexcept { return !insertions_.empty(); }
    bool begins_with_insertion() const noexcept { return has_insertions() && insertions_.front().at == 0; }

    /// Where a character stands in the caller's text.
    /// @param position from 1; 0 for none
    /// @return 0 if it is in no text of the caller's
    std::uint32_t own_position(std::uint32_t position) const noexcept {
        if (position == 0) return 0;
        std::uint32_t inserted = 0;
        for (const auto& each : insertions_) {
            if (position <= each.at) break;
            if (position <= each.at + each.size) return 0;
            inserted += each.size;
        }
        return position - inserted;
    }

private:
    struct insertion {
        std::uint32_t at, size; // in characters
    };

    static std::uint32_t characters_of(std::string_view text) noexcept {
        std::uint32_t count = 0;
        for (const char c : text) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
        return count;
    }

    std::string text_;
    std::uint32_t size_ = 0; // in characters
    std::vector<insertion> insertions_;
};

} // namespace pgcoro::session
