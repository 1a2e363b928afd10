// Asks the server to stop what a connection is doing.
#pragma once

#include <pgcoro/libpq/cancel.hpp>
#include <pgcoro/session/runtime.hpp>

#include <boost/asio/posix/stream_descriptor.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

namespace pgcoro::session {

/// One cancel request over a channel of its own. `done()` is called on the home executor once that channel is
/// closed: from then on the request cannot hit a later statement any more (documentation: "Canceling Requests in
/// Progress"). Keeps itself alive. Nobody waits for it: neither a close nor a destructor.
#if defined(LIBPQ_HAS_ASYNC_CANCEL)

class canceller : public std::enable_shared_from_this<canceller> {
public:
    template <class Done>
    static void start(runtime& on, const libpq::connection& target, Done done) {
        const auto self = std::make_shared<canceller>(on, target, std::function<void()>(std::move(done)));
        self->request_.start() ? self->step() : self->finish();
    }

    canceller(runtime& on, const libpq::connection& target, std::function<void()> done)
        : runtime_(&on), request_(target), done_(std::move(done)) {}

private:
    void step() {
        switch (request_.poll()) {
        case libpq::connect_step::wait_readable: return wait(boost::asio::posix::stream_descriptor::wait_read);
        case libpq::connect_step::wait_writable: return wait(boost::asio::posix::stream_descriptor::wait_write);
        default: return finish();
        }
    }

    void wait(boost::asio::posix::stream_descriptor::wait_type what) {
        // The socket may differ from step to step.
        socket_.emplace(runtime_->home(), request_.socket());
        socket_->async_wait(what, [self = shared_from_this()](const boost::system::error_code& failed) {
            self->socket_->release();
            self->socket_.reset();
            if (self->runtime_->is_shut_down()) return;
            const runtime::turn guard(*self->runtime_);
            failed ? self->finish() : self->step();
        });
    }

    void finish() {
        runtime_->post([done = std::move(done_), keep = shared_from_this()](runtime&) { done(); });
    }

    runtime_ptr runtime_;
    libpq::cancel_request request_;
    std::optional<boost::asio::posix::stream_descriptor> socket_;
    std::function<void()> done_;
};

#else

class canceller {
public:
    template <class Done>
    static void start(runtime& on, const libpq::connection& target, Done done) {
        auto request = std::make_unique<libpq::cancel_request>(target);
        const auto channel = on.wakes();
        const auto ticket = channel->expect([keep = runtime_ptr(&on), done = std::move(done)] {
            const runtime::turn guard(*keep);
            done();
        });
        // PQcancel blocks, up to the TCP timeout if the network is gone. The thread owns the request alone.
        try {
            std::thread([request = std::move(request), channel, ticket]() mutable {
                libpq::block_sigpipe();
                request->run();
                request.reset();
                channel->signal(ticket);
            }).detach();
        } catch (const std::system_error&) {   // no thread to be had: the session will ask again
            channel->signal(ticket);
        }
    }
};

#endif

} // namespace pgcoro::session
