// The one exception type of the library.
#pragma once

#include <pgcoro/core/diagnostics.hpp>
#include <pgcoro/core/errc.hpp>
#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/core/sqlstate.hpp>

#include <boost/assert/source_location.hpp>
#include <boost/system/system_error.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace pgcoro {

/// An error of the client (`code()` is an `errc`) or of the server (`code()` is a `sqlstate`).
///
/// `what()` says code, primary message and the statement; it never holds parameter values, passwords, DETAIL or
/// CONTEXT, which are in `diagnostics()` alone. Copying shares one immutable record and does not throw.
/// Thread safety: as an immutable value.
class error : public boost::system::system_error {
public:
    /// No error, as `boost::system::result` needs it.
    error() : error(boost::system::error_code()) {}

    /// An error whose only diagnostics are a message and, where there is one, the statement's text.
    explicit error(boost::system::error_code code, std::string message = {}, std::string_view sql = {},
                   execution_state execution = execution_state::not_sent);

    /// An error with everything that is known about it.
    error(boost::system::error_code code, pgcoro::diagnostics diagnostics, execution_state execution);

    error(const error&) = default;
    error& operator=(const error&) = default;
    ~error() override;

    /// What is known beyond the code.
    const pgcoro::diagnostics& diagnostics() const noexcept { return record_->diagnostics; }

    /// Whether the statement took effect.
    execution_state execution() const noexcept { return execution_; }

    /// One line: code, primary message and statement.
    const char* what() const noexcept override { return record_->what.c_str(); }

    /// The same error with a `what()` that leaves the primary message out, which `diagnostics()` keeps.
    error with_message_withheld() const;

    /// The same error, saying where in a batch it happened.
    error with_place(std::string place) const;

    /// Whether texts for people leave the primary message out.
    bool is_message_withheld() const noexcept { return record_->withheld; }

    /// The same error with another verdict on whether the statement took effect.
    error with_execution(execution_state execution) const {
        error copy = *this;
        copy.execution_ = execution;
        return copy;
    }

private:
    struct record {
        pgcoro::diagnostics diagnostics;
        std::string what;
        bool withheld;
    };

    static std::shared_ptr<const record> make_record(const boost::system::error_code& code,
                                                     pgcoro::diagnostics&& diagnostics, bool withheld = false);

    std::shared_ptr<const record> record_;
    execution_state execution_;
};

/// Lets `boost::system::result<T, pgcoro::error>::value()` throw the error itself.
[[noreturn]] inline void throw_exception_from_error(const error& e, const boost::source_location&) { throw e; }

} // namespace pgcoro

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/core/error_definitions.hpp>
#endif
