// The error that a call is expected to throw, as a value.
#pragma once

#include <pgcoro/core/error.hpp>

#include <doctest/doctest.h>

namespace pgcoro::testing {

/// Ends the test case if nothing was thrown.
template <class Call>
error thrown_by(Call&& call) {
    try {
        call();
    } catch (const error& e) {
        return e;
    }
    FAIL("nothing was thrown");
    return error();
}

} // namespace pgcoro::testing
