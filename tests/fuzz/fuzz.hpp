// What the fuzz targets of decoders share. The first byte of an input chooses the SQL type, the others are its value.
#pragma once

#include <pgcoro/types/as_text.hpp>
#include <pgcoro/types/binary_form.hpp>

#include <fmt/format.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fuzzing {

using pgcoro::codec;
using pgcoro::conversion_error;
using pgcoro::field_view;
using pgcoro::type_ref;

/// Ends the program, so that libFuzzer keeps the input.
[[noreturn]] inline void fail(std::string_view what, const field_view& field, const std::string& detail) {
    std::fprintf(stderr, "%.*s: %s, %zu bytes: %s\n", static_cast<int>(what.size()), what.data(),
                 pgcoro::type_name(field.type).c_str(), field.bytes.size(), detail.c_str());
    std::abort();
}

/// Whether inputs are seeds, which come from a server: every one has to be read.
inline bool are_seeds() {
    static const bool are = std::getenv("PGCORO_FUZZ_SEEDS") != nullptr;
    return are;
}

template <class T>
std::vector<std::byte> written(const T& value, const type_ref& type) {
    std::vector<std::byte> bytes;
    pgcoro::byte_writer out(bytes);
    codec<T>::write(out, value, type);
    return bytes;
}

/// What was read can be written, and is the same when it is read again.
template <class T>
void check_writing(const T& value, const field_view& field) {
    if constexpr (pgcoro::writable<T> && !pgcoro::borrows<T>) {
        if (!codec<T>::writes(field.type)) return;
        if (pgcoro::types::format_of<T>(field.type) != pgcoro::wire_format::binary) return;
        std::vector<std::byte> once;
        try {
            once = written(value, field.type);
        } catch (const conversion_error& refusal) {
            if (refusal.code() == pgcoro::errc::value_out_of_range) return;   // an empty tsquery has no binary form to send
            throw;
        }
        const auto again = codec<T>::read({once, field.type});
        bool same = written(again, field.type) == once;
        if constexpr (std::equality_comparable<T>) same = same || again == value;   // the order of a map may be another
        if (!same) fail("it is written otherwise the second time", field, std::string(codec<T>::name));
    }
}

/// Whether the server reads the text of a value that it may send.
template <class T>
bool is_read_back(const T&) {
    return true;
}

/// It prints an empty lexeme, which functions make, and takes none.
inline bool has_empty_lexeme(std::string_view text) {
    for (std::size_t at = 0; (at = text.find('\'', at)) != text.npos; ++at) {
        const auto start = ++at;
        while (at < text.size() && (text[at] != '\'' || text.substr(at).starts_with("''")))
            at += text[at] == '\'' ? 2 : 1;
        if (at == start) return true;
    }
    return false;
}

inline bool is_read_back(const pgcoro::tsvector& value) { return !has_empty_lexeme(value.to_string()); }
inline bool is_read_back(const pgcoro::tsquery& value) { return !has_empty_lexeme(value.to_string()); }

/// What was read can be printed, and is the same when that is parsed.
template <class T>
void check_printing(const T& value, const field_view& field) {
    if constexpr (fmt::is_formattable<T>::value && requires { T::parse(std::string_view()); }) {
        const auto text = fmt::format("{}", value);
        if (!is_read_back(value)) return;
        const auto again = fmt::format("{}", T::parse(text));
        if (text != again) fail("it is printed otherwise the second time", field, text + " and " + again);
    }
}

/// Reads the bytes as a C++ type. True if it could be.
template <class T>
bool check(const field_view& field) {
    if (!codec<T>::reads(field.type)) return false;
    std::optional<T> value;
    try {
        value.emplace(codec<T>::read(field));
    } catch (const conversion_error&) {
        return false;   // what hostile bytes are to end in
    }
    check_writing(*value, field);
    check_printing(*value, field);
    return true;
}

/// What was printed is the same when it comes as text, as rows do that have a column without a binary form. What only the
/// server can read, such as the names of tables, is refused.
inline void check_text_form(const field_view& field) {
    const auto bytes_of = [&](const std::string& text) {
        return pgcoro::types::binary_form_of({std::as_bytes(std::span(text)), field.type, pgcoro::wire_format::text},
                                             &pgcoro::types::binary_forms::make_scalar<pgcoro::as_text>);
    };
    const auto text = codec<pgcoro::as_text>::read(field).text;
    std::vector<std::byte> bytes;
    try {
        bytes = bytes_of(text);
    } catch (const conversion_error& refusal) {
        const bool has_names = field.type != pgcoro::oids::record && field.type != 2287;   // record[]
        if (are_seeds() && has_names) fail("its text is refused", field, text + ": " + refusal.what());
        return;
    }
    const auto again = codec<pgcoro::as_text>::read({bytes, field.type}).text;
    // Hostile elements may be of other types than their array is of, and be printed as those.
    if (are_seeds() && again != text) fail("its text says something else", field, text + " and " + again);
    if (bytes_of(again) != bytes) fail("its text says something else the second time", field, text + " and " + again);
}

/// Reads an input as each of the C++ types.
template <class... Ts>
int run(std::span<const type_ref> types, const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const field_view field{std::as_bytes(std::span(data + 1, size - 1)), types[data[0] % types.size()]};
    const bool read = (static_cast<int>(check<Ts>(field)) | ...) != 0;
    const bool printed = check<pgcoro::as_text>(field);
    if (printed) check_text_form(field);
    if (are_seeds() && !(read && printed) && field.type != pgcoro::oids::money)   // has no text here
        fail("it is from a server, and is refused", field, "");
    return 0;
}

} // namespace fuzzing

/// Defines the target: the SQL types in the order of the seeds, and the C++ types.
#define PGCORO_FUZZ_VALUES(types, ...)                                                                                   \
    extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {                                  \
        return fuzzing::run<__VA_ARGS__>(types, data, size);                                                             \
    }
