// Boost.JSON's values to and from json and jsonb. Boost.JSON has to be linked.
#pragma once

#include <pgcoro/types/text.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/parse_options.hpp>
#include <boost/json/serializer.hpp>
#include <boost/json/value.hpp>
#include <boost/system/error_code.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace pgcoro {
namespace types {

/// Nested deeper than this, a document is refused; the server's own limit is its stack.
inline constexpr std::size_t json_depth = 256;

/// Throws `errc::value_out_of_range` for a document that Boost.JSON cannot hold.
inline boost::json::value read_json(const field_view& field) {
    boost::json::parse_options options;
    options.max_depth = json_depth;
    boost::system::error_code failure;
    auto value = boost::json::parse(read_text(field), failure, {}, options);
    if (failure)
        throw conversion_error(errc::value_out_of_range, type_name(field.type) + " value cannot be read into "
                                                             + "boost::json::value: " + failure.message());
    return value;
}

template <class Json>
void write_json(byte_writer& out, const Json& value, oid parameter) {
    if (parameter == oids::jsonb) out.write(jsonb_version);
    boost::json::serializer serializer;
    serializer.reset(&value);
    std::array<char, 4096> buffer;
    while (!serializer.done()) {
        const auto piece = serializer.read(buffer.data(), buffer.size());
        out.write(std::string_view(piece.data(), piece.size()));
    }
}

[[noreturn]] inline void refuse_json_kind(const field_view& field, std::string_view wanted) {
    throw conversion_error(errc::value_out_of_range,
                           type_name(field.type) + " value is not " + std::string(wanted));
}

struct json_codec {
    static constexpr oid type = oids::jsonb;

    static bool reads(oid column) noexcept { return column == oids::json || column == oids::jsonb; }
    static bool writes(oid parameter) noexcept { return reads(parameter) || user_defined(parameter); }
    static wire_format format(oid parameter) noexcept { return text_if_user_defined(parameter); }
};

} // namespace types

/// Reads `json` and `jsonb`; writes them and, as text, types that users made (domains). A document that
/// Boost.JSON cannot hold (nested more than 256 deep) is `errc::value_out_of_range`.
template <>
struct codec<boost::json::value> : types::json_codec {
    static constexpr std::string_view name = "boost::json::value";

    static boost::json::value read(const field_view& field) { return types::read_json(field); }

    static void write(byte_writer& out, const boost::json::value& value, oid parameter) {
        types::write_json(out, value, parameter);
    }
};

/// The same for documents that are objects; another kind is `errc::value_out_of_range`.
template <>
struct codec<boost::json::object> : types::json_codec {
    static constexpr std::string_view name = "boost::json::object";

    static boost::json::object read(const field_view& field) {
        auto value = types::read_json(field);
        if (!value.is_object()) types::refuse_json_kind(field, "a JSON object");
        return std::move(value.get_object());
    }

    static void write(byte_writer& out, const boost::json::object& value, oid parameter) {
        types::write_json(out, value, parameter);
    }
};

/// The same for documents that are arrays; another kind is `errc::value_out_of_range`.
template <>
struct codec<boost::json::array> : types::json_codec {
    static constexpr std::string_view name = "boost::json::array";

    static boost::json::array read(const field_view& field) {
        auto value = types::read_json(field);
        if (!value.is_array()) types::refuse_json_kind(field, "a JSON array");
        return std::move(value.get_array());
    }

    static void write(byte_writer& out, const boost::json::array& value, oid parameter) {
        types::write_json(out, value, parameter);
    }
};

} // namespace pgcoro
