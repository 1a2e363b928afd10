// What a codec throws.
#pragma once

#include <pgcoro/core/errc.hpp>

#include <stdexcept>
#include <string>

namespace pgcoro {

/// Thrown by a codec for a value that it cannot read or write. It says what is wrong with the value; where it
/// stood (row, column, parameter, statement) is added by the caller, which turns it into a `pgcoro::error`.
class conversion_error : public std::runtime_error {
public:
    /// @param code `errc::value_out_of_range`, `errc::type_mismatch`, `errc::unexpected_null` or
    ///             `errc::protocol_error` (bytes that the server should not have sent).
    conversion_error(errc code, const std::string& message) : std::runtime_error(message), code_(code) {}

    errc code() const noexcept { return code_; }

private:
    errc code_;
};

} // namespace pgcoro
