// What clients are told about errors.
#pragma once

#include <exception>

#include "http.hpp"

namespace http_api {

/// The response to an error that a handler left with. Clients learn what they can do something about; what
/// else went wrong is written to the standard error output, not to them.
response response_to(std::exception_ptr failure, const request& asked);

} // namespace http_api
