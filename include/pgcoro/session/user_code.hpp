// What code of the user's threw.
#pragma once

#include <pgcoro/core/error.hpp>
#include <pgcoro/core/separate_compilation.hpp>

#include <exception>
#include <string_view>

namespace pgcoro::session {

/// What the exception that is being handled says about a statement: it came from a codec or a range of the user's, from us,
/// or from a want of memory.
error error_of_user_code(std::string_view sql);

#if PGCORO_HAS_DEFINITIONS
PGCORO_DECL error error_of_user_code(std::string_view sql) {
    try {
        throw;
    } catch (const error& reason) {
        return reason;
    } catch (const std::exception& reason) {
        return error(make_error_code(errc::type_mismatch), reason.what(), sql);
    } catch (...) {
        return error(make_error_code(errc::type_mismatch), "a codec or range threw what is no std::exception", sql);
    }
}
#endif

} // namespace pgcoro::session
