// Waits until a connection's socket can be read or written.
#pragma once

#include <pgcoro/session/runtime.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>
#include <boost/version.hpp>

#include <cstddef>
#include <optional>
#include <utility>

// Asio arms each wait by a system call (epoll_ctl). Its reactor does without for operations that were tried first, which its
// public waits are not. The reactor is no public interface: it is used as it was in the versions that were seen. Define
// PGCORO_NO_REACTOR to have public waits only.
#if defined(BOOST_ASIO_HAS_EPOLL) && !defined(BOOST_ASIO_HAS_IO_URING_AS_DEFAULT) && BOOST_VERSION >= 108100 \
    && BOOST_VERSION <= 109200 && !defined(PGCORO_NO_REACTOR)
#define PGCORO_HAS_REACTOR 1
#include <boost/asio/detail/epoll_reactor.hpp>
#include <boost/asio/detail/reactor_op.hpp>
#else
#define PGCORO_HAS_REACTOR 0
#endif

namespace pgcoro::session {

#if PGCORO_HAS_REACTOR

/// A socket in the reactor of an io_context that one thread runs. Waits are part of this object: none is allocated.
template <class Owner>
class reactor_watch {
public:
    using action = void (Owner::*)(const boost::system::error_code&);

    reactor_watch(boost::asio::io_context& loop, int socket, action on_readable, action on_writable)
        : reactor_(boost::asio::use_service<reactor>(loop)), socket_(socket), readable_(on_readable), writable_(on_writable) {
        reactor_.init_task();
        if (const int failed = reactor_.register_descriptor(socket_, registration_); failed != 0) refuse(failed);
    }

    reactor_watch(const reactor_watch&) = delete;
    reactor_watch& operator=(const reactor_watch&) = delete;

    /// Ends what waits, with an error that is delivered later. This object has to live until then.
    void close() noexcept {
        reactor_.deregister_descriptor(socket_, registration_, false);
        reactor_.cleanup_descriptor_data(registration_);
    }

    void wait_readable(Owner& owner) {
        const bool anew = told_of_room_ && !writable_.keep;
        if (anew) register_anew();   // which reports what is there already
        start(reactor::read_op, readable_, owner, anew);
    }
    void wait_for_arrival(Owner& owner) { start(reactor::read_op, readable_, owner, true); }
    void wait_writable(Owner& owner) {
        told_of_room_ = true;
        start(reactor::write_op, writable_, owner, false);
    }

private:
    using reactor = boost::asio::detail::epoll_reactor;
    using reactor_op = boost::asio::detail::reactor_op;

    struct operation : reactor_op {
        explicit operation(action what) : reactor_op({}, &operation::perform, &operation::complete), tell(what) {}

        /// Tried when it is started, nothing is there; called by an event, something is.
        static reactor_op::status perform(reactor_op* self) {
            return static_cast<operation*>(self)->starting ? reactor_op::not_done : reactor_op::done;
        }

        /// @param loop null if the io_context is being destroyed
        static void complete(void* loop, boost::asio::detail::operation* done, const boost::system::error_code&, std::size_t) {
            auto& self = *static_cast<operation*>(done);
            const auto owner = std::exchange(self.keep, nullptr);   // `self` may end with it
            const auto failed = self.ec_;
            if (loop != nullptr) ((*owner).*self.tell)(failed);
        }

        action tell;
        boost::intrusive_ptr<Owner> keep{};
        bool starting = false;
    };

    [[noreturn]] static void refuse(int failed) {
        throw boost::system::system_error(failed, boost::system::system_category(), "epoll_ctl");
    }

    /// Who has once waited to write is woken for as long as it is registered whenever the peer reads, from a Unix socket.
    /// Precondition: nothing waits.
    void register_anew() {
        close();
        told_of_room_ = false;
        if (const int failed = reactor_.register_descriptor(socket_, registration_); failed != 0) refuse(failed);
    }

    void start(int what, operation& wait, Owner& owner, bool tried_first) {
        wait.ec_ = {};
        wait.keep.reset(&owner);
        wait.starting = tried_first;
        reactor_.start_op(what, socket_, registration_, &wait, false, tried_first);
        wait.starting = false;
    }

    reactor& reactor_;
    int socket_;
    reactor::per_descriptor_data registration_{};
    bool told_of_room_ = false;
    operation readable_;
    operation writable_;
};

#endif

/// A connection's socket, which it does not own. Confined to the runtime's home executor, on which `Owner`'s member
/// functions are told of events; whoever waits is kept alive by that.
template <class Owner>
class socket_watch {
public:
    using action = void (Owner::*)(const boost::system::error_code&);

    socket_watch(Owner& owner, action on_readable, action on_writable) noexcept
        : owner_(owner), on_readable_(on_readable), on_writable_(on_writable) {}

    /// Once.
    void open(runtime& on, int socket) {
#if PGCORO_HAS_REACTOR
        if (auto* const loop = on.only_loop()) {
            watch_.emplace(*loop, socket, on_readable_, on_writable_);
            open_ = true;
            return;
        }
#endif
        descriptor_.emplace(on.home(), socket);
    }

    /// Ends what waits.
    void close() noexcept {
#if PGCORO_HAS_REACTOR
        if (std::exchange(open_, false)) return watch_->close();
#endif
        if (!descriptor_) return;
        descriptor_->release();
        descriptor_.reset();
    }

    /// Whether waiting for what arrives from now on costs less than waiting for anything to be read.
    bool prefers_arrivals() const noexcept { return open_; }

    /// Tells when something can be read, or the peer is gone.
    void wait_readable() {
#if PGCORO_HAS_REACTOR
        if (open_) return watch_->wait_readable(owner_);
#endif
        wait(boost::asio::posix::stream_descriptor::wait_read, on_readable_);
    }

    /// The same, but for what has arrived already: that may go unnoticed until more does.
    /// Precondition: `prefers_arrivals()`.
    void wait_for_arrival() {
#if PGCORO_HAS_REACTOR
        watch_->wait_for_arrival(owner_);
#endif
    }

    /// Tells when something can be written.
    void wait_writable() {
#if PGCORO_HAS_REACTOR
        if (open_) return watch_->wait_writable(owner_);
#endif
        wait(boost::asio::posix::stream_descriptor::wait_write, on_writable_);
    }

private:
    void wait(boost::asio::posix::stream_descriptor::wait_type what, action tell) {
        descriptor_->async_wait(what, [owner = boost::intrusive_ptr<Owner>(&owner_), tell](const boost::system::error_code& failed) {
            ((*owner).*tell)(failed);
        });
    }

    Owner& owner_;
    action on_readable_;
    action on_writable_;
    std::optional<boost::asio::posix::stream_descriptor> descriptor_;
    bool open_ = false;   // in the reactor
#if PGCORO_HAS_REACTOR
    std::optional<reactor_watch<Owner>> watch_;   // lives as long as this, since its operations may be under way
#endif
};

} // namespace pgcoro::session
