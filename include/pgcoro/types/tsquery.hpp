// pgcoro::tsquery: what text search looks for, to and from tsquery.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/types/lexeme_text.hpp>
#include <pgcoro/types/tsquery_text.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro {

/// A condition on documents (documentation: "tsquery"), put together with `!`, `&`, `|` and `phrase`:
///
///     const auto wanted = pgcoro::tsquery::lexeme("fat") & !pgcoro::tsquery::lexeme("rat");
///
/// Printed as the server prints it. `==` compares the expressions; there is no order.
class tsquery {
public:
    using kind = tsquery_kind;
    using node = tsquery_node;

    /// The greatest distance between the operands of a phrase.
    static constexpr std::uint16_t greatest_distance = types::greatest_distance;

    /// Empty: it finds nothing, and is left out where it is an operand. It cannot be a parameter
    /// (`errc::value_out_of_range`), since the server takes its text only: `$1::text::tsquery`.
    tsquery() = default;

    /// A single lexeme, taken as it is. Throws `conversion_error` (`errc::value_out_of_range`) if it is
    /// empty, has more than 2047 bytes or a NUL byte.
    static tsquery lexeme(std::string text, std::uint8_t weights = 0, bool prefix = false);

    /// `right` following `left` at a distance; at the same position for 0. Throws `conversion_error`
    /// (`errc::value_out_of_range`) for more than 16384.
    static tsquery phrase(const tsquery& left, const tsquery& right, unsigned distance = 1);

    /// Reads what the server prints and takes, such as "'fat' & !( 'rat':*A | cat ) <2> 'dog'". Throws
    /// `conversion_error` (`errc::value_out_of_range`) for anything else.
    static tsquery parse(std::string_view text);

    bool empty() const noexcept { return nodes_.empty(); }

    /// Each operator before its operands, the right one before the left one, as the server keeps them.
    const std::vector<node>& nodes() const noexcept { return nodes_; }

    std::string to_string() const;

    friend tsquery operator!(const tsquery& operand);
    friend tsquery operator&(const tsquery& left, const tsquery& right) {
        return joined(kind::and_, left, right);
    }
    friend tsquery operator|(const tsquery& left, const tsquery& right) {
        return joined(kind::or_, left, right);
    }

    friend bool operator==(const tsquery&, const tsquery&) = default;

private:
    friend struct codec<tsquery>;

    static tsquery joined(kind what, const tsquery& left, const tsquery& right, std::uint16_t distance = 0);

    std::vector<node> nodes_;
};

/// Reads and writes `tsquery`.
template <>
struct codec<tsquery> : types::single_type_codec<oids::tsquery> {
    static constexpr std::string_view name = "pgcoro::tsquery";

    static tsquery read(const field_view& field);
    static void write(byte_writer& out, const tsquery& value, oid parameter);

    /// Of a condition as text, which may be empty here.
    static bool make_scalar(byte_writer& out, std::string_view text, oid type_of_text) {
        if (type_of_text != oids::tsquery) return false;
        const auto value = tsquery::parse(text);
        if (value.empty()) out.write(std::int32_t{0});
        else write(out, value, type_of_text);
        return true;
    }

private:
    static tsquery::node read_node(byte_reader& in, const field_view& field);
};

#if PGCORO_HAS_DEFINITIONS

PGCORO_DECL tsquery tsquery::lexeme(std::string text, std::uint8_t weights, bool prefix) {
    types::check_lexeme(text, codec<tsquery>::name);
    if (text.empty()) throw conversion_error(errc::value_out_of_range, "an empty lexeme in a tsquery");
    tsquery query;
    auto& only = query.nodes_.emplace_back();
    only.lexeme = std::move(text);
    only.weights = weights & 15;
    only.prefix = prefix;
    return query;
}

PGCORO_DECL tsquery tsquery::phrase(const tsquery& left, const tsquery& right, unsigned distance) {
    if (distance > greatest_distance)
        throw conversion_error(errc::value_out_of_range, "a distance of " + std::to_string(distance)
                                                             + " in a tsquery, which has 16384 at most");
    return joined(kind::phrase, left, right, static_cast<std::uint16_t>(distance));
}

PGCORO_DECL tsquery tsquery::parse(std::string_view text) {
    auto nodes = types::parse_tsquery(text);
    if (!nodes) types::refuse_text_form(text, "tsquery", "a condition such as 'fat' & !( 'rat' | 'cat':*A )");
    for (const auto& value : *nodes) types::check_lexeme(value.lexeme, codec<tsquery>::name);
    tsquery query;
    query.nodes_ = std::move(*nodes);
    return query;
}

PGCORO_DECL std::string tsquery::to_string() const { return types::tsquery_text(nodes_); }

PGCORO_DECL tsquery operator!(const tsquery& operand) {
    if (operand.empty()) return operand;
    tsquery query;
    query.nodes_.reserve(operand.nodes_.size() + 1);
    query.nodes_.emplace_back().what = tsquery::kind::not_;
    query.nodes_.insert(query.nodes_.end(), operand.nodes_.begin(), operand.nodes_.end());
    return query;
}

PGCORO_DECL tsquery tsquery::joined(kind what, const tsquery& left, const tsquery& right,
                                    std::uint16_t distance) {
    if (left.empty()) return right;
    if (right.empty()) return left;
    tsquery query;
    query.nodes_.reserve(left.nodes_.size() + right.nodes_.size() + 1);
    auto& first = query.nodes_.emplace_back();
    first.what = what;
    first.distance = distance;
    query.nodes_.insert(query.nodes_.end(), right.nodes_.begin(), right.nodes_.end());
    query.nodes_.insert(query.nodes_.end(), left.nodes_.begin(), left.nodes_.end());
    return query;
}

namespace types::tsquery_wire {
// The server's QI_VAL, QI_OPR and OP_… in its ts_type.h.
inline constexpr std::uint8_t lexeme = 1, an_operator = 2;
inline constexpr std::uint8_t not_ = 1, and_ = 2, or_ = 3, phrase = 4;
} // namespace types::tsquery_wire

// The binary form is `tsquerysend`'s in the server's `tsquery.c`: the number of nodes, then the nodes.
PGCORO_DECL tsquery codec<tsquery>::read(const field_view& field) {
    types::expect_binary(field, name);
    constexpr std::size_t least_size = 2;
    byte_reader in(field.bytes);
    const auto count = in.read<std::int32_t>();
    if (count < 0 || static_cast<std::size_t>(count) > in.remaining() / least_size)
        types::refuse_bytes(field,
                            std::to_string(count) + " nodes in " + std::to_string(in.remaining()) + " bytes");
    tsquery query;
    query.nodes_.reserve(static_cast<std::size_t>(count));
    std::size_t wanted = count == 0 ? 0 : 1; // expressions that have to follow
    for (std::int32_t i = 0; i < count; ++i) {
        if (wanted == 0) types::refuse_bytes(field, "nodes behind its expression");
        const auto& value = query.nodes_.emplace_back(read_node(in, field));
        if (value.what == tsquery::kind::lexeme)
            --wanted;
        else if (value.what != tsquery::kind::not_)
            ++wanted;
    }
    if (wanted != 0) types::refuse_bytes(field, "operands missing");
    in.expect_end();
    return query;
}

PGCORO_DECL tsquery::node codec<tsquery>::read_node(byte_reader& in, const field_view& field) {
    tsquery::node value;
    const auto what = in.read<std::uint8_t>();
    if (what == types::tsquery_wire::lexeme) {
        value.weights = in.read<std::uint8_t>();
        const auto prefix = in.read<std::uint8_t>();
        if (value.weights > 15 || prefix > 1) types::refuse_bytes(field, "unknown flags of a lexeme");
        value.prefix = prefix == 1;
        value.lexeme = types::read_lexeme(in, field);
        return value;
    }
    const auto which = in.read<std::uint8_t>();
    if (what != types::tsquery_wire::an_operator || which < types::tsquery_wire::not_
        || which > types::tsquery_wire::phrase)
        types::refuse_bytes(field, "a node of kind " + std::to_string(what) + ", " + std::to_string(which));
    value.what = static_cast<tsquery::kind>(which);
    if (value.what != tsquery::kind::phrase) return value;
    const auto distance = in.read<std::int16_t>();
    if (distance < 0 || distance > tsquery::greatest_distance)
        types::refuse_bytes(field, "a distance of " + std::to_string(distance));
    value.distance = static_cast<std::uint16_t>(distance);
    return value;
}

PGCORO_DECL void codec<tsquery>::write(byte_writer& out, const tsquery& value, oid parameter) {
    if (types::user_defined(parameter)) return out.write(std::string_view(value.to_string()));
    if (value.empty())
        throw conversion_error(errc::value_out_of_range,
                               "the pgcoro::tsquery value is empty, which the server only "
                               "takes as text: give \"\" for $n::text::tsquery");
    out.write(byte_writer::narrow(value.nodes().size()));
    for (const auto& node : value.nodes()) {
        if (node.what == tsquery::kind::lexeme) {
            out.write(types::tsquery_wire::lexeme);
            out.write(node.weights);
            out.write(std::uint8_t{node.prefix});
            types::write_c_string(out, node.lexeme);
            continue;
        }
        out.write(types::tsquery_wire::an_operator);
        out.write(static_cast<std::uint8_t>(node.what));
        if (node.what == tsquery::kind::phrase) out.write(node.distance);
    }
}

static_assert(static_cast<int>(tsquery::kind::not_) == types::tsquery_wire::not_
              && static_cast<int>(tsquery::kind::and_) == types::tsquery_wire::and_
              && static_cast<int>(tsquery::kind::or_) == types::tsquery_wire::or_
              && static_cast<int>(tsquery::kind::phrase) == types::tsquery_wire::phrase);

#endif

} // namespace pgcoro

template <>
struct fmt::formatter<pgcoro::tsquery> : pgcoro::types::text_formatter<pgcoro::tsquery> {};
