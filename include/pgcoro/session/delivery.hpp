// How an answer gets to the executor of its caller's handler.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution/blocking.hpp>
#include <boost/asio/execution/executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/require.hpp>

#include <memory>
#include <type_traits>

namespace pgcoro::session {

/// An answer that its caller's handler is still to be called with. Ends itself in one of both ways.
class delivery {
public:
    /// Calls the handler; on its executor. May throw what the handler throws.
    virtual void deliver() = 0;

    /// Destroys the handler without calling it: the execution context is going away.
    virtual void abandon() noexcept = 0;

    /// As a function object for executors, which own it.
    class call;

protected:
    ~delivery() = default;
};

class delivery::call {
public:
    explicit call(delivery& of) noexcept : of_(&of) {}
    void operator()() { of_.release()->deliver(); }

private:
    struct abandoner {
        void operator()(delivery* what) const noexcept { what->abandon(); }
    };

    std::unique_ptr<delivery, abandoner> of_;
};

/// Has it delivered by the executor, never before this returns. No template, since every type of a handler would bring
/// all of `asio::post` with it.
void post_delivery_on_any(const boost::asio::any_io_executor& executor, delivery& what);

/// Whether an executor can only run what it is given at once, as `boost::asio::inline_executor` does, which the handlers of
/// a parallel group over a range have.
template <class Executor>
inline constexpr bool only_runs_at_once =
    boost::asio::execution::is_executor<Executor>::value
    && !boost::asio::can_require<const Executor&, boost::asio::execution::blocking_t::never_t>::value;

/// @param home where the answer comes from: it is posted there for an executor that nothing can be posted to
template <class Executor>
void post_delivery(const Executor& executor, const boost::asio::any_io_executor& home, delivery& what) {
    if constexpr (only_runs_at_once<Executor>) post_delivery_on_any(boost::asio::any_io_executor(home), what);   // outlives it
    else if constexpr (std::is_convertible_v<const Executor&, boost::asio::any_io_executor>) post_delivery_on_any(executor, what);
    else boost::asio::post(executor, delivery::call(what));
}

#if PGCORO_HAS_DEFINITIONS
PGCORO_DECL void post_delivery_on_any(const boost::asio::any_io_executor& executor, delivery& what) {
    boost::asio::post(executor, delivery::call(what));
}
#endif

} // namespace pgcoro::session
