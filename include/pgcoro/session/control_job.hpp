// Requests that are not statements: for a lease, for the pool's start, for a close.
#pragma once

#include <pgcoro/session/caller_request.hpp>
#include <pgcoro/session/exclusive_connection.hpp>

#include <source_location>
#include <utility>

namespace pgcoro::session {

/// @tparam T what the request yields: a handle made from the granted connection, or nothing
template <class T>
class control_job {
public:
    explicit control_job(request_kind kind, std::source_location where = {}) noexcept : kind_(kind), where_(where) {}

    template <class Value, bool AsResult, class Settings, class Handler>
    void begin(target_ptr on, const Settings& settings, Handler&& handler) {
        using typed_request = caller_request<Value, AsResult, control_job, std::decay_t<Handler>>;
        typed_request::begin(std::move(on), settings.time_limit, kind_ == request_kind::connection, std::move(*this),
                       std::forward<Handler>(handler));
    }

    void describe(request& r) const {
        r.kind = kind_;
        r.where = where_;
        if (r.kind == request_kind::connection) r.exclusive = true;
    }

    void encode(parameter_buffer&, const statement_description&) const {}
    const column_plan* make_plan(statement_description&) const { return nullptr; }

    T read(request& r) const {
        if constexpr (!std::is_void_v<T>)
            return T(boost::static_pointer_cast<exclusive_connection>(std::move(r.granted)));
    }

private:
    request_kind kind_;
    std::source_location where_;
};

} // namespace pgcoro::session
