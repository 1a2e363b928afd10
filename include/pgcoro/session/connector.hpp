// Opens a connection without blocking.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/libpq/connection.hpp>
#include <pgcoro/session/connect_failure.hpp>
#include <pgcoro/session/connect_options.hpp>
#include <pgcoro/session/host_list.hpp>
#include <pgcoro/session/runtime.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pgcoro::session {

/// One attempt to connect: resolves the hosts' names, since libpq would do so blocking (documentation:
/// `PQconnectStartParams`), and drives `PQconnectPoll`. Keeps itself alive. On the home executor only.
class connector final : public boost::intrusive_ref_counter<connector, boost::thread_unsafe_counter> {
public:
    /// Called once, within a turn, never from `start`: with a connection, or with the reason why there is none
    /// (`errc::connect_failed`, `connect_timeout`, `authentication_failed`, `configuration_invalid`).
    using callback = std::function<void(libpq::connection, std::optional<error>)>;

    connector(runtime_ptr on, connect_options options, clock::duration timeout, callback done)
        : runtime_(std::move(on)), options_(std::move(options)), timeout_(timeout), done_(std::move(done)),
          resolver_(runtime_->home()), timer_(runtime_->home()) {}

private:
    static constexpr int max_steps = 10'000;

    /// Wraps a step into a handler that does nothing once the attempt is over.
    template <class Step>
    auto guarded(Step step) {
        return [self = boost::intrusive_ptr<connector>(this), step](const boost::system::error_code& failed, auto&&...) {
            if (failed == boost::asio::error::operation_aborted || !self->done_ || self->runtime_->is_shut_down()) return;
            const runtime::turn guard(*self->runtime_);
            step(*self);
        };
    }

public:
    /// Has the server asked, once connected, which process serves this connection. Before `start`.
    void look_for_pooler() noexcept { looks_for_pooler_ = true; }

    /// Whether a process other than the one that libpq was told of serves the connection. Valid in the callback.
    bool found_pooler() const noexcept { return found_pooler_; }

    /// Begins.
    void start();

    /// Ends the attempt; the callback is not called any more.
    void cancel() noexcept;

private:
    void begin();
    void resolve_next();
    void connect();
    void step();
    void ask_for_process();

    /// What is no PostgreSQL server may have no answer: then there is no pooler either.
    void hear_answer();
    void wait(boost::asio::posix::stream_descriptor::wait_type what);
    void expire();

    void fail_by_libpq() { fail(connect_failure(conn_.error_message(), hosts_.failures())); }

    void fail(const error& reason);
    void succeed();
    void stop() noexcept;

    runtime_ptr runtime_;
    connect_options options_;
    clock::duration timeout_;
    callback done_;
    libpq::settings settings_;
    host_list hosts_;
    libpq::connection conn_;
    std::optional<boost::asio::posix::stream_descriptor> socket_;
    boost::asio::ip::tcp::resolver resolver_;
    boost::asio::steady_timer timer_;
    int steps_ = 0;
    bool looks_for_pooler_ = false, asking_ = false, found_pooler_ = false;
};

using connector_ptr = boost::intrusive_ptr<connector>;

#if PGCORO_HAS_DEFINITIONS

PGCORO_DECL void connector::start() {
    timer_.expires_after(timeout_);
    timer_.async_wait(guarded([](connector& self) { self.expire(); }));
    runtime_->post([self = boost::intrusive_ptr<connector>(this)](runtime&) { self->begin(); });
}

PGCORO_DECL void connector::cancel() noexcept {
    done_ = nullptr;
    stop();
}

PGCORO_DECL void connector::begin() {
    if (!done_) return;
    try {
        settings_ = libpq::complete(options_.settings());
        hosts_ = host_list(settings_);
    } catch (const error& invalid) {
        return fail(invalid);
    }
    resolve_next();
}

PGCORO_DECL void connector::resolve_next() {
    const auto* const host = hosts_.next_to_resolve();
    if (host == nullptr) return connect();
    resolver_.async_resolve(
        host->name, std::string(),
        [self = boost::intrusive_ptr<connector>(this), host](const boost::system::error_code& failed,
                                                             const boost::asio::ip::tcp::resolver::results_type& found) {
            if (failed == boost::asio::error::operation_aborted || !self->done_ || self->runtime_->is_shut_down())
                return;
            const runtime::turn guard(*self->runtime_);
            std::vector<std::string> addresses;
            for (const auto& entry : found) addresses.push_back(entry.endpoint().address().to_string());
            self->hosts_.resolved(*host, std::move(addresses), failed.message());
            self->resolve_next();
        });
}

PGCORO_DECL void connector::connect() {
    if (hosts_.is_exhausted()) return fail(error(make_error_code(errc::connect_failed), hosts_.failures()));
    conn_ = libpq::connection::start(hosts_.apply(settings_));
    conn_.report_sqlstates();
    if (conn_.is_bad()) return fail_by_libpq();
    wait(boost::asio::posix::stream_descriptor::wait_write);
}

PGCORO_DECL void connector::step() {
    socket_->release();   // the socket may differ from step to step
    socket_.reset();
    if (++steps_ > max_steps) return fail_by_libpq();
    if (asking_) return hear_answer();
    switch (conn_.poll()) {
    case libpq::connect_step::wait_readable: return wait(boost::asio::posix::stream_descriptor::wait_read);
    case libpq::connect_step::wait_writable: return wait(boost::asio::posix::stream_descriptor::wait_write);
    case libpq::connect_step::failed: return fail_by_libpq();
    case libpq::connect_step::established: return looks_for_pooler_ ? ask_for_process() : succeed();
    }
}

PGCORO_DECL void connector::ask_for_process() {
    asking_ = true;
    if (!conn_.send_simple("select pg_catalog.pg_backend_pid()")) return fail_by_libpq();
    wait(boost::asio::posix::stream_descriptor::wait_read);
}

PGCORO_DECL void connector::hear_answer() {
    if (conn_.consume_input() == libpq::input_state::failed) return fail_by_libpq();
    while (!conn_.is_busy()) {
        const auto result = conn_.next_result();
        if (!result) return conn_.is_bad() ? fail_by_libpq() : succeed();
        if (libpq::status_of(result.get()) != libpq::result_status::tuples) continue;
        const auto process = libpq::first_number(result.get());
        found_pooler_ = process && *process != conn_.backend_pid();
    }
    wait(boost::asio::posix::stream_descriptor::wait_read);
}

PGCORO_DECL void connector::wait(boost::asio::posix::stream_descriptor::wait_type what) {
    const int descriptor = conn_.socket();
    if (descriptor < 0) return fail_by_libpq();
    socket_.emplace(runtime_->home());
    boost::system::error_code failed;
    socket_->assign(descriptor, failed);
    if (failed) {
        socket_.reset();
        return fail(error(make_error_code(errc::connect_failed), "socket: " + failed.message()));
    }
    socket_->async_wait(what, guarded([](connector& self) { self.step(); }));
}

PGCORO_DECL void connector::expire() {
    const auto seconds = std::chrono::duration_cast<std::chrono::milliseconds>(timeout_).count();
    fail(error(make_error_code(errc::connect_timeout),
               "no connection to " + hosts_.describe() + " within " + std::to_string(seconds) + " ms"));
}

PGCORO_DECL void connector::fail(const error& reason) {
    const auto done = std::exchange(done_, nullptr);
    stop();
    if (done) done({}, reason);
}

PGCORO_DECL void connector::succeed() {
    const auto done = std::exchange(done_, nullptr);
    auto connected = std::move(conn_);
    stop();
    if (done) done(std::move(connected), std::nullopt);
}

PGCORO_DECL void connector::stop() noexcept {
    timer_.cancel();
    resolver_.cancel();
    if (socket_) {
        socket_->release();
        socket_.reset();
    }
    conn_.close();
}

#endif

} // namespace pgcoro::session
