// pgcoro::tsvector: the lexemes of a document, to and from tsvector.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/types/lexeme_text.hpp>

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro {

/// What kind of part of a document a lexeme stands in; D is the default.
enum class lexeme_weight : std::uint8_t { d, c, b, a };

/// Where a lexeme stands in a document.
struct lexeme_position {
    std::uint16_t position = 1; ///< from 1 to 16383
    lexeme_weight weight = lexeme_weight::d;

    friend auto operator<=>(const lexeme_position&, const lexeme_position&) = default;
};

/// A lexeme and the places where it stands; none if they are not known.
struct tsvector_lexeme {
    std::string text;
    std::vector<lexeme_position> positions;

    explicit tsvector_lexeme(std::string lexeme, std::vector<lexeme_position> at = {})
        : text(std::move(lexeme)), positions(std::move(at)) {}

    friend bool operator==(const tsvector_lexeme&, const tsvector_lexeme&) = default;
};

/// A document as text search sees it (documentation: "tsvector"). Printed as the server prints it.
/// There is no order; the server's is of no use to people either.
class tsvector {
public:
    /// The most positions that a lexeme has.
    static constexpr std::size_t most_positions = 256;
    /// The greatest position; greater ones become this one, as on the server.
    static constexpr std::uint16_t last_position = 16383;

    /// No lexemes.
    tsvector() = default;

    /// Sorts the lexemes byte by byte and joins equal ones; of equal positions the one of the greatest weight
    /// stays. Throws `conversion_error` (`errc::value_out_of_range`) for position 0, for more than 256
    /// positions of a lexeme, and for a lexeme of more than 2047 bytes or with a NUL byte.
    explicit tsvector(std::vector<tsvector_lexeme> lexemes);

    /// Reads what the server prints and takes, such as "'a':1A,3 b 'it''s':2"; words are taken as they are,
    /// as by a cast in SQL. Throws `conversion_error` (`errc::value_out_of_range`) for anything else, and for
    /// what the constructor refuses.
    static tsvector parse(std::string_view text);

    /// In ascending order, each once, with ascending positions.
    const std::vector<tsvector_lexeme>& lexemes() const noexcept { return lexemes_; }

    std::string to_string() const;

    friend bool operator==(const tsvector&, const tsvector&) = default;

private:
    friend struct codec<tsvector>;

    std::vector<tsvector_lexeme> lexemes_;
};

/// Reads and writes `tsvector`.
template <>
struct codec<tsvector> : types::single_type_codec<oids::tsvector> {
    static constexpr std::string_view name = "pgcoro::tsvector";

    static tsvector read(const field_view& field);
    static void write(byte_writer& out, const tsvector& value, oid parameter);

private:
    static std::vector<lexeme_position> read_positions(byte_reader& in, const field_view& field);
};

#if PGCORO_HAS_DEFINITIONS

namespace types::tsvector_form {

inline constexpr std::string_view expected = "lexemes such as 'a':1A,3 'b'";

inline void merge_positions(std::vector<lexeme_position>& positions) {
    for (auto& at : positions) {
        if (at.position == 0)
            throw conversion_error(errc::value_out_of_range, "position 0 in a tsvector, which counts from 1");
        at.position = std::min(at.position, tsvector::last_position);
    }
    std::sort(positions.begin(), positions.end(),
              [](const lexeme_position& left, const lexeme_position& right) {
                  return left.position != right.position ? left.position < right.position
                                                         : left.weight > right.weight;
              });
    positions.erase(std::unique(positions.begin(), positions.end(),
                                [](const lexeme_position& left, const lexeme_position& right) {
                                    return left.position == right.position;
                                }),
                    positions.end());
    if (positions.size() > tsvector::most_positions)
        throw conversion_error(errc::value_out_of_range,
                               std::to_string(positions.size())
                                   + " positions of a lexeme, which has at most 256");
}

/// A position and its weight, such as "3A"; `*` is A, too.
inline std::optional<lexeme_position> read_position(text_cursor& in) {
    const auto number = in.integer<std::uint64_t>();
    if (!number || *number == 0) return std::nullopt;
    lexeme_position at{static_cast<std::uint16_t>(std::min<std::uint64_t>(*number, tsvector::last_position))};
    if (const auto weight = in.peek() == '*' ? 3u : weight_of_letter(in.peek())) {
        at.weight = static_cast<lexeme_weight>(*weight);
        in.advance();
    }
    return at;
}

} // namespace types::tsvector_form

PGCORO_DECL tsvector::tsvector(std::vector<tsvector_lexeme> lexemes) {
    std::sort(lexemes.begin(), lexemes.end(),
              [](const auto& left, const auto& right) { return left.text < right.text; });
    for (auto& lexeme : lexemes) {
        types::check_lexeme(lexeme.text, codec<tsvector>::name);
        if (lexemes_.empty() || lexemes_.back().text != lexeme.text) {
            lexemes_.push_back(std::move(lexeme));
        } else {
            auto& positions = lexemes_.back().positions;
            positions.insert(positions.end(), lexeme.positions.begin(), lexeme.positions.end());
        }
    }
    for (auto& lexeme : lexemes_) types::tsvector_form::merge_positions(lexeme.positions);
}

PGCORO_DECL tsvector tsvector::parse(std::string_view text) {
    std::vector<tsvector_lexeme> lexemes;
    types::text_cursor in(text);
    for (in.skip_blanks(); !in.at_end(); in.skip_blanks()) {
        auto lexeme = types::read_lexeme(in, ":");
        if (!lexeme) types::refuse_text_form(text, "tsvector", types::tsvector_form::expected);
        auto& added = lexemes.emplace_back(std::move(*lexeme));
        if (!in.accept(':')) continue;
        do {
            const auto at = types::tsvector_form::read_position(in);
            if (!at) types::refuse_text_form(text, "tsvector", types::tsvector_form::expected);
            added.positions.push_back(*at);
        } while (in.accept(','));
    }
    return tsvector(std::move(lexemes));
}

PGCORO_DECL std::string tsvector::to_string() const {
    std::string text;
    for (const auto& lexeme : lexemes_) {
        if (!text.empty()) text += ' ';
        types::append_quoted_lexeme(text, lexeme.text);
        char before = ':';
        for (const auto& at : lexeme.positions) {
            text += before;
            text += std::to_string(at.position);
            if (at.weight != lexeme_weight::d) text += "DCBA"[static_cast<unsigned>(at.weight)];
            before = ',';
        }
    }
    return text;
}

// The binary form is `tsvectorsend`'s in the server's `tsvector.c`: the number of lexemes; for each its
// text with a NUL, the number of positions, the positions with the weight in the two highest bits.
PGCORO_DECL tsvector codec<tsvector>::read(const field_view& field) {
    types::expect_binary(field, name);
    constexpr std::size_t least_size = 1 + sizeof(std::uint16_t);
    byte_reader in(field.bytes);
    const auto count = in.read<std::int32_t>();
    if (count < 0 || static_cast<std::size_t>(count) > in.remaining() / least_size)
        types::refuse_bytes(field, std::to_string(count) + " lexemes in " + std::to_string(in.remaining())
                                       + " bytes");
    tsvector value;
    value.lexemes_.reserve(static_cast<std::size_t>(count));
    for (std::int32_t i = 0; i < count; ++i) {
        std::string text(types::read_lexeme(in, field));
        if (i != 0 && text <= value.lexemes_.back().text) types::refuse_bytes(field, "lexemes out of order");
        value.lexemes_.emplace_back(std::move(text), read_positions(in, field));
    }
    in.expect_end();
    return value;
}

PGCORO_DECL std::vector<lexeme_position> codec<tsvector>::read_positions(byte_reader& in,
                                                                         const field_view& field) {
    const std::size_t count = in.read<std::uint16_t>();
    if (count > tsvector::most_positions)
        types::refuse_bytes(field, std::to_string(count) + " positions of a lexeme");
    std::vector<lexeme_position> positions(count);
    for (std::size_t i = 0; i < count; ++i) {
        const auto packed = in.read<std::uint16_t>();
        positions[i].position = packed & tsvector::last_position;
        positions[i].weight = static_cast<lexeme_weight>(packed >> 14);
        if (positions[i].position <= (i == 0 ? 0 : positions[i - 1].position))
            types::refuse_bytes(field, i == 0 ? "position 0" : "positions out of order");
    }
    return positions;
}

PGCORO_DECL void codec<tsvector>::write(byte_writer& out, const tsvector& value, oid parameter) {
    if (types::user_defined(parameter)) return out.write(std::string_view(value.to_string()));
    out.write(byte_writer::narrow(value.lexemes().size()));
    for (const auto& lexeme : value.lexemes()) {
        types::write_c_string(out, lexeme.text);
        out.write(static_cast<std::uint16_t>(lexeme.positions.size()));
        for (const auto& at : lexeme.positions)
            out.write(static_cast<std::uint16_t>(static_cast<unsigned>(at.weight) << 14 | at.position));
    }
}

#endif

} // namespace pgcoro

template <>
struct fmt::formatter<pgcoro::tsvector> : pgcoro::types::text_formatter<pgcoro::tsvector> {};
