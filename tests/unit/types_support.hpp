// What the tests of the codecs share: bytes as hexadecimal digits, and what a conversion throws.
#pragma once

#include <pgcoro/types/codec.hpp>

#include <cstddef>
#include <doctest/doctest.h>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace types_test {

/// Bytes from hexadecimal digits; blanks are for the reader.
inline std::vector<std::byte> bytes_of(std::string_view hex) {
    std::vector<std::byte> bytes;
    int high = -1;
    for (const char c : hex) {
        if (c == ' ') continue;
        const int digit = c >= 'a' ? c - 'a' + 10 : c - '0';
        if (high < 0) {
            high = digit;
        } else {
            bytes.push_back(static_cast<std::byte>(high * 16 + digit));
            high = -1;
        }
    }
    return bytes;
}

inline std::string hex_of(std::span<const std::byte> bytes) {
    std::string hex;
    for (const auto byte : bytes) {
        hex += "0123456789abcdef"[std::to_integer<int>(byte) / 16];
        hex += "0123456789abcdef"[std::to_integer<int>(byte) % 16];
    }
    return hex;
}

inline std::string without_blanks(std::string_view hex) { return hex_of(bytes_of(hex)); }

/// Reads a value that does not borrow.
template <class T>
T read(pgcoro::oid column, std::string_view hex, pgcoro::wire_format format = pgcoro::wire_format::binary) {
    static_assert(!pgcoro::borrows<T>);
    const auto bytes = bytes_of(hex);
    return pgcoro::codec<T>::read({bytes, column, format});
}

/// What is written for a parameter, through `borrow` if that gives anything.
template <class T>
std::vector<std::byte> write_bytes(const T& value, pgcoro::oid parameter) {
    const auto borrowed = pgcoro::types::borrow_of<T>(value, parameter);
    if (borrowed.data() != nullptr) return {borrowed.begin(), borrowed.end()};
    std::vector<std::byte> buffer;
    pgcoro::byte_writer out(buffer);
    pgcoro::codec<T>::write(out, value, parameter);
    return buffer;
}

template <class T>
std::string write(const T& value, pgcoro::oid parameter) {
    return hex_of(write_bytes(value, parameter));
}

/// What is written as text.
template <class T>
std::string write_text(const T& value, pgcoro::oid parameter) {
    return std::string(pgcoro::as_chars(write_bytes(value, parameter)));
}

struct failure {
    pgcoro::errc code{};
    std::string message;
};

/// What a function throws; a code of 0 if it throws nothing.
template <class Function>
failure failure_of(Function&& function) {
    try {
        function();
    } catch (const pgcoro::conversion_error& error) {
        return {error.code(), error.what()};
    }
    return {};
}

/// Every part of a value's bytes, and the bytes with one more behind them, is a protocol error.
template <class T>
void check_cut_at_every_length(const pgcoro::type_ref& column, std::string_view hex) {
    auto bytes = bytes_of(hex);
    const auto refused = [&](std::span<const std::byte> part) {
        return failure_of([&] { pgcoro::codec<T>::read({part, column}); }).code == pgcoro::errc::protocol_error;
    };
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        CAPTURE(size);
        CHECK(refused(std::span(bytes).first(size)));
    }
    bytes.push_back(std::byte{0});
    CHECK(refused(bytes));
}

/// An identifier as a server gives it to a type that a user makes.
inline constexpr pgcoro::oid some_user_type = 16385;

} // namespace types_test
