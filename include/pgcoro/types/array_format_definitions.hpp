// The headers of arrays, and what is said of those that cannot be read.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/types/array_format.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace pgcoro::types {

[[noreturn]] PGCORO_DECL void refuse_array(const field_view& field, std::string_view cpp_type, std::string what) {
    if (user_defined(field.type)) refuse_column(field, cpp_type);
    throw conversion_error(errc::protocol_error, "array " + what);
}

PGCORO_DECL void read_array_dimensions(byte_reader& in, array_header& header) {
    std::uint64_t count = 1;
    for (auto& dimension : std::span(header.bounds).first(header.dimension_count)) {
        dimension.length = in.read<std::int32_t>();
        dimension.lower_bound = in.read<std::int32_t>();
        count *= static_cast<std::uint32_t>(dimension.length);
        if (dimension.length < 0 || count > in.remaining() / sizeof(std::int32_t))
            throw conversion_error(errc::protocol_error,
                                   "array of "
                                       + (dimension.length < 0 ? std::to_string(dimension.length)
                                                               : std::to_string(count))
                                       + " elements in " + std::to_string(in.remaining()) + " bytes");
        if (!dimension.bounded())
            throw conversion_error(errc::protocol_error, "array of " + std::to_string(dimension.length)
                                                             + " elements from "
                                                             + std::to_string(dimension.lower_bound));
    }
    header.count = static_cast<std::size_t>(count);
    if (count == 0) header.dimension_count = 0; // oidvector has a dimension even if it is empty
}

PGCORO_DECL array_header read_array_header(byte_reader& in, const field_view& field, std::string_view cpp_type) {
    const auto dimensions = in.read<std::int32_t>();
    if (dimensions < 0 || static_cast<std::size_t>(dimensions) > most_array_dimensions)
        refuse_array(field, cpp_type, "of " + std::to_string(dimensions) + " dimensions");
    const auto flags = in.read<std::int32_t>();
    if (flags != 0 && flags != 1) refuse_array(field, cpp_type, "with flags " + std::to_string(flags));
    array_header header;
    header.element = element_of(field.type, in.read<oid>());
    header.dimension_count = static_cast<std::size_t>(dimensions);
    if (dimensions != 0) read_array_dimensions(in, header);
    return header;
}

[[noreturn]] PGCORO_DECL void refuse_dimensions(std::size_t dimensions, std::string_view cpp_type) {
    throw conversion_error(errc::type_mismatch, "array of " + std::to_string(dimensions)
                                                    + (dimensions == 1 ? " dimension" : " dimensions")
                                                    + " cannot be read into " + std::string(cpp_type));
}

PGCORO_DECL std::string element_place(std::size_t index, std::span<const array_dimension> dimensions) {
    std::string place;
    for (auto level = dimensions.size(); level > 1; --level) {
        const auto length = static_cast<std::size_t>(dimensions[level - 1].length);
        place.insert(0, "[" + std::to_string(index % length) + "]");
        index /= length;
    }
    return "[" + std::to_string(index) + "]" + place;
}

[[noreturn]] PGCORO_DECL void refuse_null_element(const std::string& place, std::string_view cpp_type) {
    throw conversion_error(errc::unexpected_null, "element " + place + " is NULL, which " + std::string(cpp_type)
                                                      + " cannot hold; use std::optional for its elements");
}

[[noreturn]] PGCORO_DECL void rethrow_for_element(const conversion_error& cause, const std::string& place) {
    throw conversion_error(cause.code(), "element " + place + ": " + cause.what());
}

} // namespace pgcoro::types
