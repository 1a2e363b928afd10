// Reads the parts of a value's text form.
#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace pgcoro::types {

/// A cursor over text. What it is asked for and does not find leaves it where it was.
class text_cursor {
public:
    explicit text_cursor(std::string_view text) noexcept : rest_(text) {}

    bool at_end() const noexcept { return rest_.empty(); }
    std::string_view rest() const noexcept { return rest_; }

    /// The next character; NUL at the end.
    char peek() const noexcept { return rest_.empty() ? '\0' : rest_.front(); }

    void advance(std::size_t characters = 1) noexcept { rest_.remove_prefix(characters); }

    bool accept(char wanted) noexcept {
        if (rest_.empty() || rest_.front() != wanted) return false;
        rest_.remove_prefix(1);
        return true;
    }

    /// The same behind white space.
    bool accept_token(char wanted) noexcept {
        skip_blanks();
        return accept(wanted);
    }

    void skip_blanks() noexcept {
        const auto first = rest_.find_first_not_of(" \t\n\r\v\f");
        rest_.remove_prefix(first == rest_.npos ? rest_.size() : first);
    }

    /// A decimal number, or a hexadecimal one without a prefix.
    template <std::integral T>
    std::optional<T> integer(int base = 10) noexcept {
        T value{};
        return found(value, std::from_chars(rest_.data(), rest_.data() + rest_.size(), value, base));
    }

    /// A floating point number as the server reads it: digits, an exponent, "NaN", "Infinity".
    template <std::floating_point T = double>
    std::optional<T> real() noexcept {
        auto start = rest_.data();
        if (rest_.size() > 1 && rest_[0] == '+' && rest_[1] != '-') ++start;
        T value{};
        return found(value, std::from_chars(start, rest_.data() + rest_.size(), value));
    }

private:
    template <class T>
    std::optional<T> found(const T& value, std::from_chars_result result) noexcept {
        if (result.ec != std::errc()) return std::nullopt;
        rest_.remove_prefix(static_cast<std::size_t>(result.ptr - rest_.data()));
        return value;
    }

    std::string_view rest_;
};

} // namespace pgcoro::types
