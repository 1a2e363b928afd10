// One pool for each of several single-threaded loops.
#pragma once

#include <pgcoro/operation.hpp>
#include <pgcoro/pool.hpp>
#include <pgcoro/pool/control_of_all.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <ranges>
#include <type_traits>
#include <utility>
#include <vector>

namespace pgcoro {

namespace sharding {

template <class T>
concept context = std::convertible_to<T, boost::asio::io_context&>;
template <class T>
concept pointer_to_context = requires(T p) { requires context<decltype(*p)>; };

/// What names a loop: an `io_context`, a (smart) pointer or `std::reference_wrapper` to one, or its executor.
template <class T>
concept loop = context<T> || pointer_to_context<T> || std::convertible_to<T, boost::asio::any_io_executor>;

template <loop T>
boost::asio::any_io_executor executor_of(T&& of) {
    if constexpr (context<T>)
        return static_cast<boost::asio::io_context&>(of).get_executor();
    else if constexpr (pointer_to_context<T>)
        return static_cast<boost::asio::io_context&>(*of).get_executor();
    else
        return of;
}

} // namespace sharding

/// Runs one pool on each of several loops, every loop on a thread of its own, and hands a handler the pool of
/// its own thread. Nothing is shared between the loops, so that nothing is locked
/// (`concurrency::single_threaded`).
///
///     pgcoro::sharded_pool db{pgcoro::pool_options{.connect = "postgresql://…", .max_connections = 4}};
///     co_await db.start();
///     asio::co_spawn(db.next_executor(), handle(db), asio::detached);   // there: db.local().query<user>(…)
///
/// The options are those of each pool: there are up to `size()` times `max_connections` connections.
/// Functions among the options (`on_connect`, `on_notice` and so on) are copied, and called on every loop's
/// thread.
///
/// An exception that leaves a handler on one of its own loops ends the program (`std::terminate`), as it does
/// on `boost::asio::thread_pool`, unless the constructor was given a function for it. That is called with the
/// exception, on the loop's thread, and the loop goes on; what it throws itself ends the program.
///
/// Thread safety: `local` on the loops; all else from any thread, but `join` and the destructor, which are
/// for one thread that is none of the loops'. A loop's pool itself is used on its thread alone
/// (`errc::wrong_thread` elsewhere); its `stats`, `options` and `get_executor` from any.
/// Lifetime: see the destructor.
class sharded_pool {
public:
    using executor_type = boost::asio::any_io_executor;
    using exception_handler = std::function<void(std::exception_ptr)>;

    /// On as many loops of its own as the machine runs threads at once.
    explicit sharded_pool(pool_options options, exception_handler on_exception = {});

    /// On loops of its own, whose threads begin at once. Opens no connection yet.
    /// Errors: `errc::configuration_invalid` for no loops and for options that make no sense;
    /// `std::system_error` where there can be no further thread.
    sharded_pool(std::size_t loops, pool_options options, exception_handler on_exception = {});

    /// On loops that exist already, each of which the user runs with one thread and ends himself; their
    /// exceptions come out of his `run`. They outlive this object, or are gone without running again.
    /// @param loops a range of `io_context`, of pointers to them, or of their executors; else
    ///     `errc::configuration_invalid`, as for an empty one
    template <std::ranges::input_range Loops>
        requires sharding::loop<std::ranges::range_reference_t<Loops>>
    sharded_pool(Loops&& loops, const pool_options& options) : sharded_pool(executors_of(loops), options) {}

    sharded_pool(const sharded_pool&) = delete;
    sharded_pool& operator=(const sharded_pool&) = delete;

    /// Stops, and waits for the threads of its own loops. What waits there for anything else than a pool,
    /// such as a socket or a timer, is destroyed with the loops, as by the destructor of an `io_context`.
    /// Loops of the user's are left as they are, and what was under way in the pools is answered when they
    /// run.
    ~sharded_pool();

    /// Opens `min_connections` connections on every loop, at least one, and completes when all of them stand;
    /// fails with the first reason for which one could not be opened. See `pool::start`.
    auto start() const { return control(session::request_kind::start); }

    /// Closes all pools as `pool::close` does. From then on, each of its own loops ends when it has nothing
    /// left to do.
    auto close() const { return control(session::request_kind::close); }
    auto close(std::chrono::milliseconds drain) const {
        return control(session::request_kind::close).timeout(drain);
    }

    /// Ends without waiting: what is under way in the pools completes with `errc::pool_closed`, and so does
    /// what comes after. Loops of its own end once those handlers have run and nothing more is ready on them,
    /// at the latest a second later, in case handlers ask again and again.
    void stop();

    /// Waits for its own loops to end: until `close` has completed and everything else on them, too, or until
    /// `stop`. There is nothing to wait for with loops of the user's. Errors: `errc::wrong_thread` on one of
    /// the loops.
    void join();

    /// How many loops there are.
    std::size_t size() const noexcept;

    /// The pool of the calling thread's loop. Its cost grows with the number of loops, by a few nanoseconds
    /// for each. Throws `errc::wrong_thread` on a thread that runs none of them at this moment.
    pool& local() const;

    /// The pool of a loop, from 0. Throws `std::out_of_range`.
    pool& pool_of(std::size_t index) const;

    /// The executor of a loop, from 0: for `co_spawn`, sockets, timers. Throws `std::out_of_range`.
    executor_type executor(std::size_t index) const;

    /// The executor of one loop after the other.
    executor_type next_executor() const noexcept;

    /// The figures of all pools together; `max_wait` is the longest. Each was taken at a moment of its own.
    pool_stats stats() const noexcept;

private:
    using loop_executor = boost::asio::io_context::executor_type;

    struct shard;

    struct own_loops {}; // for a constructor whose exceptions leave an object that is destroyed
    explicit sharded_pool(own_loops, exception_handler on_exception);

    struct users_loops {
        std::vector<executor_type> executors;
    };
    sharded_pool(const users_loops& loops, const pool_options& options);

    template <class Loops>
    static users_loops executors_of(Loops& loops) {
        users_loops all;
        for (auto&& each : loops)
            all.executors.push_back(sharding::executor_of(std::forward<decltype(each)>(each)));
        return all;
    }

    operation<void, pooling::control_of_all> control(session::request_kind kind) const {
        return {(*pools_)[0], pooling::control_of_all(pools_, kind)};
    }

    void add(const executor_type& executor, const pool_options& options);
    void add(std::unique_ptr<boost::asio::io_context> own, loop_executor loop, pool_options options);
    void begin();
    void start_threads();
    void run(shard& on);
    template <class Step>
    void guarded(Step step);
    void end(shard& on);

    std::vector<shard> shards_;
    pooling::pools_on_loops_ptr pools_;
    exception_handler on_exception_;
    mutable std::atomic<std::size_t> next_ = 0;
    std::atomic<bool> stopping_ = false;
    std::atomic<std::size_t> not_ended_ = 0; // own loops whose pool may still answer someone
};

} // namespace pgcoro

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/impl/sharded_pool.hpp>
#endif
