// Requests to a listener: for its next notification, for one channel more or less.
#pragma once

#include <pgcoro/listener/channel_set.hpp>
#include <pgcoro/session/caller_request.hpp>
#include <pgcoro/session/listener_call.hpp>

#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace pgcoro::listening {

/// @tparam T what the request yields: a notification, an optional one, or nothing
template <class T>
class listener_job {
public:
    explicit listener_job(session::listener_verb verb, std::string channel = {}) {
        call_.verb = verb;
        call_.channel = std::move(channel);
        call_.end_is_no_failure = std::is_same_v<T, std::optional<notification>>;
    }

    template <class Value, bool AsResult, class Settings, class Handler>
    void begin(session::target_ptr on, const Settings& settings, Handler&& handler) {
        using typed_request = session::caller_request<Value, AsResult, listener_job, std::decay_t<Handler>>;
        typed_request::begin(std::move(on), settings.time_limit, false, std::move(*this),
                             std::forward<Handler>(handler));
    }

    void describe(session::request& r) {
        r.kind = session::request_kind::listener;
        r.call = &call_;
        if (call_.verb == session::listener_verb::next) return;
        try {
            (void)quoted_channel(call_.channel);
        } catch (const error& refused) {
            r.fail(refused);
        }
    }

    void encode(parameter_buffer&, const session::statement_description&) const {}
    const column_plan* make_plan(session::statement_description&) const { return nullptr; }

    T read(session::request&) {
        if constexpr (std::is_same_v<T, notification>) return std::move(*call_.delivered);
        else if constexpr (!std::is_void_v<T>) return std::move(call_.delivered);
    }

private:
    session::listener_call call_{};
};

} // namespace pgcoro::listening
