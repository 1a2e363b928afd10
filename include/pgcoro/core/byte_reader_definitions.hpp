// What is said of bytes that are too few.
#pragma once

#include <pgcoro/core/byte_reader.hpp>
#include <pgcoro/core/separate_compilation.hpp>

#include <cstddef>
#include <string>

namespace pgcoro {

[[noreturn]] PGCORO_DECL void byte_reader::too_short(std::size_t wanted) const {
    throw conversion_error(errc::protocol_error, "value ends after " + std::to_string(rest_.size())
                                                     + " bytes where " + std::to_string(wanted)
                                                     + " more were expected");
}

} // namespace pgcoro
