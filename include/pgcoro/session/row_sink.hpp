// Who takes the rows of a statement as they come.
#pragma once

#include <pgcoro/libpq/result.hpp>

namespace pgcoro::session {

/// Gets a statement's rows in parts, while the server still sends more. While it is full the session leaves what the
/// server sends in the socket, so that the server has to wait.
class row_sink {
public:
    virtual void take_rows(libpq::result_ptr rows) = 0;
    virtual bool is_full() const noexcept = 0;

protected:
    ~row_sink() = default;
};

} // namespace pgcoro::session
