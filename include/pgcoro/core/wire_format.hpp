// How a value travels.
#pragma once

namespace pgcoro {

/// The protocol's format codes (documentation: "Formats and Format Codes").
enum class wire_format : short { text = 0, binary = 1 };

} // namespace pgcoro
