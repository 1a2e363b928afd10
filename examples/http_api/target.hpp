// The target of a request, "/countries?search=new%20z", taken apart.
#pragma once

#include <string_view>

#include "http.hpp"

namespace http_api {

/// Fills in path and query of the request. Throws `http_error` 400 for a malformed one.
void parse_target(std::string_view target, request& into);

} // namespace http_api
