// Waits on sockets, with Asio's reactor and without.
#include "harness.hpp"

#include <pgcoro/session/socket_watch.hpp>

#include <boost/asio/detached.hpp>
#include <boost/asio/strand.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <array>
#include <csignal>
#include <string>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__SANITIZE_THREAD__)
#define PGCORO_TEST_COUNTS_CALLS 0
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define PGCORO_TEST_COUNTS_CALLS 0
#endif
#endif
#if !defined(PGCORO_TEST_COUNTS_CALLS)
#define PGCORO_TEST_COUNTS_CALLS 1
#endif

#if PGCORO_TEST_COUNTS_CALLS
namespace {
int changes_of_epoll = 0;
int events_of_epoll = 0;
}

/// The program's calls end here; the thread sanitizer has to see them itself.
extern "C" int epoll_ctl(int set, int what, int descriptor, epoll_event* event) noexcept {
    if (what == EPOLL_CTL_MOD) ++changes_of_epoll;
    return static_cast<int>(syscall(SYS_epoll_ctl, set, what, descriptor, event));
}

extern "C" int epoll_wait(int set, epoll_event* events, int most, int milliseconds) {
    const auto found = static_cast<int>(syscall(SYS_epoll_pwait, set, events, most, milliseconds, nullptr, 0));
    if (found > 0) events_of_epoll += found;
    return found;
}
#endif

namespace socket_watch_tests {

namespace {

using namespace pgcoro::testing;
using pgcoro::concurrency;
using pgcoro::errc;
using pgcoro::pool;
using pgcoro::pool_options;
using pgcoro::session::runtime;
using pgcoro::session::runtime_ptr;

/// Two connected sockets that do not block.
class socket_pair {
public:
    socket_pair() { REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends_.data()) == 0); }
    ~socket_pair() {
        for (const int each : ends_)
            if (each >= 0) ::close(each);
    }
    socket_pair(const socket_pair&) = delete;
    socket_pair& operator=(const socket_pair&) = delete;

    int watched() const noexcept { return ends_[0]; }
    void arrive() const { REQUIRE(send(ends_[1], "x", 1, MSG_NOSIGNAL) == 1); }
    void leave() const { REQUIRE(send(ends_[0], "x", 1, MSG_NOSIGNAL) == 1); }
    void read_all() const { empty(ends_[0]); }
    void fill() const {
        const std::string block(4096, 'x');
        while (send(ends_[0], block.data(), block.size(), MSG_NOSIGNAL) > 0) {
        }
    }
    void peer_reads_all() const { empty(ends_[1]); }
    void peer_leaves() {
        ::close(ends_[1]);
        ends_[1] = -1;
    }

private:
    static void empty(int end) {
        std::array<char, 4096> bytes{};
        while (recv(end, bytes.data(), bytes.size(), 0) > 0) {
        }
    }

    std::array<int, 2> ends_{};
};

/// Counts what it is told of.
class watcher : public boost::intrusive_ref_counter<watcher, boost::thread_unsafe_counter> {
public:
    watcher(runtime& on, int socket) {
        ++living;
        watch.open(on, socket);
    }
    ~watcher() {
        watch.close();
        --living;
    }

    void on_readable(const boost::system::error_code& failed) { ++(failed ? ended : readable); }
    void on_writable(const boost::system::error_code& failed) { ++(failed ? ended : writable); }

    int readable = 0, writable = 0, ended = 0;
    pgcoro::session::socket_watch<watcher> watch{*this, &watcher::on_readable, &watcher::on_writable};

    static inline int living = 0;
};

using watcher_ptr = boost::intrusive_ptr<watcher>;

/// A loop with a watcher in one of both modes.
struct stage {
    explicit stage(concurrency mode) : on(new runtime(loop->get_executor(), mode)), told(new watcher(*on, sockets.watched())) {}

    void poll() const {
        loop->restart();
        loop->poll();
    }

    socket_pair sockets;
    std::unique_ptr<asio::io_context> loop = std::make_unique<asio::io_context>(1);
    runtime_ptr on;
    watcher_ptr told;
};

} // namespace

TEST_CASE("one who waits to read is told of what is there already, and once") {
    for (const auto mode : both_modes) {
        stage s(mode);
        s.sockets.arrive();
        s.poll();
        CHECK(s.told->readable == 0);   // nobody has waited yet
        s.told->watch.wait_readable();
        s.poll();
        CHECK(s.told->readable == 1);
        s.sockets.arrive();
        s.poll();
        CHECK(s.told->readable == 1);
        s.told->watch.wait_readable();
        s.poll();
        CHECK(s.told->readable == 2);
        s.sockets.read_all();
        s.told->watch.wait_readable();
        s.poll();
        CHECK(s.told->readable == 2);
        s.sockets.arrive();
        s.poll();
        CHECK(s.told->readable == 3);
    }
}

#if PGCORO_HAS_REACTOR
TEST_CASE("one who waits for arrivals is told of the next one, without a system call to say so") {
    stage s(concurrency::single_threaded);
    REQUIRE(s.told->watch.prefers_arrivals());
    s.sockets.arrive();
    s.told->watch.wait_readable();
    s.poll();
    REQUIRE(s.told->readable == 1);
#if PGCORO_TEST_COUNTS_CALLS
    const int before = changes_of_epoll;
#endif
    s.told->watch.wait_for_arrival();
    s.poll();
    CHECK(s.told->readable == 1);   // what is there already does not count
    s.sockets.arrive();
    s.poll();
    CHECK(s.told->readable == 2);
    s.told->watch.wait_for_arrival();
    s.sockets.peer_leaves();
    s.poll();
    CHECK(s.told->readable == 3);
#if PGCORO_TEST_COUNTS_CALLS
    CHECK(changes_of_epoll == before);
#endif
}

TEST_CASE("what arrived while nobody waited is found by one who waits to read") {
    stage s(concurrency::single_threaded);
    s.told->watch.wait_for_arrival();
    s.sockets.arrive();
    s.poll();
    REQUIRE(s.told->readable == 1);
    s.sockets.read_all();
    s.sockets.arrive();
    s.poll();
    s.told->watch.wait_readable();
    s.poll();
    CHECK(s.told->readable == 2);
}
#endif

TEST_CASE("one who waits to write is told when the peer has read") {
    for (const auto mode : both_modes) {
        stage s(mode);
        s.sockets.fill();
        s.told->watch.wait_writable();
        s.told->watch.wait_readable();
        s.poll();
        CHECK(s.told->writable == 0);
        s.sockets.peer_reads_all();
        s.poll();
        CHECK(s.told->writable == 1);
        CHECK(s.told->readable == 0);
        s.told->watch.wait_writable();
        s.poll();
        CHECK(s.told->writable == 2);
    }
}

#if PGCORO_HAS_REACTOR && PGCORO_TEST_COUNTS_CALLS
TEST_CASE("one who has waited to write is not woken for ever after when the peer reads") {
    stage s(concurrency::single_threaded);
    s.sockets.fill();
    s.told->watch.wait_writable();
    s.sockets.peer_reads_all();
    s.poll();
    REQUIRE(s.told->writable == 1);
    s.told->watch.wait_readable();
    s.poll();
    const int before = events_of_epoll;
    for (int i = 0; i < 10; ++i) {
        s.sockets.leave();
        s.sockets.peer_reads_all();
        s.poll();
    }
    CHECK(events_of_epoll == before);
    s.sockets.fill();
    s.told->watch.wait_writable();   // now both wait
    s.sockets.peer_reads_all();
    s.sockets.arrive();
    s.poll();
    CHECK(s.told->writable == 2);
    CHECK(s.told->readable == 1);
}
#endif

TEST_CASE("closing ends what waits, whose owner lives until it has been told") {
    for (const auto mode : both_modes) {
        stage s(mode);
        s.told->watch.wait_readable();
        s.told->watch.wait_writable();
        s.poll();
        REQUIRE(s.told->writable == 1);
        s.told->watch.close();
        s.told->watch.close();
        CHECK(s.told->ended == 0);
        s.poll();
        CHECK(s.told->ended == 1);
        s.told->watch.close();
        s.told.reset();
        CHECK(watcher::living == 0);
    }
}

TEST_CASE("an execution context that goes away lets go of who waits") {
    for (const auto mode : both_modes) {
        stage s(mode);
        auto* const waiting = s.told.get();
        waiting->watch.wait_readable();
        s.told.reset();
        CHECK(watcher::living == 1);   // kept alive by what it waits for
        s.on.reset();
        s.loop.reset();
        CHECK(watcher::living == 0);
    }
}

TEST_CASE("only a loop that one thread runs is watched through its reactor") {
    socket_pair sockets;
    asio::io_context loop(1);
    const auto prefers = [&](const runtime::executor_type& executor, concurrency mode) {
        const runtime_ptr on(new runtime(executor, mode));
        const watcher_ptr told(new watcher(*on, sockets.watched()));
        return told->watch.prefers_arrivals();
    };
    CHECK(prefers(loop.get_executor(), concurrency::single_threaded) == (PGCORO_HAS_REACTOR != 0));
    CHECK_FALSE(prefers(loop.get_executor(), concurrency::thread_safe));
    CHECK_FALSE(prefers(asio::make_strand(loop), concurrency::single_threaded));
}

#if PGCORO_HAS_REACTOR && PGCORO_TEST_COUNTS_CALLS
TEST_CASE("statements one after another wait for their answers without a system call to say so") {
    asio::io_context loop(1);
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1, .concurrency = concurrency::single_threaded});
    run(loop, [&]() -> asio::awaitable<void> {
        co_await p.query_one<int>("select $1::int", 0);
        const int before = changes_of_epoll;
        for (int i = 1; i <= 100; ++i) CHECK(co_await p.query_one<int>("select $1::int", i) == i);
        CHECK(changes_of_epoll - before <= 1);
    });
}
#endif

TEST_CASE("a caller may run the loop between its statements") {
    asio::io_context loop(1);
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1, .concurrency = concurrency::single_threaded});
    run(loop, [&]() -> asio::awaitable<void> {
        for (int i = 0; i < 200; ++i) {
            CHECK(co_await p.query_one<int>("select $1::int", i) == i);
            loop.poll();
            CHECK(co_await p.query_one<std::string>("select repeat('x', $1)", 20'000) == std::string(20'000, 'x'));
        }
    });
}

namespace {

/// A statement's answer and its connection's end are there before either is read; the next statement is sent in the turn in
/// which the answer is. Yields how that one ends.
template <class End>
boost::system::error_code ask_behind_the_end(const std::string& dsn, End&& end) {
    asio::io_context loop(1);
    pool p(loop, pool_options{.connect = pgcoro::connect_options(dsn).application_name("ended_behind"),
                              .max_connections = 1,
                              .concurrency = concurrency::single_threaded});
    const auto first = [&p] { return p.query_one<int>("select 1 from pg_advisory_xact_lock_shared(77)"); };
    const auto second = [&p] { return p.query_one<int>("select $1::int + 1", 1); };
    run(loop, [&]() -> asio::awaitable<void> {
        co_await first();
        co_await second();
    });
    std::optional<boost::system::error_code> ended;
    {
        witness other(dsn);
        const auto backend = [&](const std::string& what) {
            return other.ask("select " + what + " from pg_stat_activity where application_name = 'ended_behind'");
        };
        gate held_up(77, dsn);   // or the answer might be read before the end is there
        asio::co_spawn(
            loop,
            [&]() -> asio::awaitable<void> {
                co_await first();
                const auto answer = co_await second().as_result();
                ended = answer.has_error() ? answer.error().code() : boost::system::error_code();
            },
            asio::detached);
        loop.restart();
        loop.poll();
        block_until([&] { return held_up.waiting() == 1; });
        held_up.open();
        block_until([&] { return backend("state") == "idle"; });
        end(other, std::stoi(backend("pid")));
    }
    run_until(loop, [&] { return ended.has_value(); });
    return *ended;
}

} // namespace

TEST_CASE("a connection that the server ended behind an answer does not get the next statement, which another one runs") {
    for (const auto& dsn : {test_server().connection_string(), test_server().tcp_connection_string()})
        for (int round = 0; round < 3; ++round)
            CHECK_FALSE(ask_behind_the_end(dsn, [](witness& other, int pid) {   // waits until it is gone
                other.ask("select pg_terminate_backend(" + std::to_string(pid) + ", 10000)");
            }));
}

TEST_CASE("a connection that ended behind an answer without a word fails the statement that is sent next, at once") {
    // A send says that the peer is gone over a Unix socket, an event does over TCP.
    for (const bool by_tcp : {false, true}) {
        CAPTURE(by_tcp);
        const ephemeral_server server;   // all of whose backends end with the one that is killed
        CHECK(ask_behind_the_end(by_tcp ? server.tcp_connection_string() : server.connection_string(), [](witness&, int pid) {
                  REQUIRE(kill(pid, SIGKILL) == 0);
                  block_until([&] { return kill(pid, 0) != 0; });
              })
              == errc::connection_lost);
    }
}

TEST_CASE("a result that arrived at one go is read to its end, though libpq takes it in several") {
    asio::io_context loop(1);
    pool p(loop, pool_options{.connect = pgcoro::connect_options(test_dsn()).application_name("at_one_go"),
                              .max_connections = 1,
                              .concurrency = concurrency::single_threaded});
    witness other;
    const auto repeat = [&p](int times) { return p.query_one<std::string>("select repeat('x', $1)", times); };
    run(loop, [&]() -> asio::awaitable<void> {
        co_await repeat(1);
        co_await p.query_one<int>("select $1::int", 1);
    });
    constexpr int bytes = 100'000;   // less than a socket holds
    std::string answer;
    asio::co_spawn(loop, [&]() -> asio::awaitable<void> { answer = co_await repeat(bytes); }, asio::detached);
    loop.restart();
    loop.poll();
    block_until([&] {
        return other.ask("select state || ' after ' || query from pg_stat_activity where application_name = 'at_one_go'")
               == "idle after select repeat('x', $1)";
    });
    run_until(loop, [&] { return !answer.empty(); });
    CHECK(answer == std::string(bytes, 'x'));
}

#if PGCORO_TEST_COUNTS_CALLS
TEST_CASE("the pieces of a result that have arrived are read in one turn") {
    for (const auto mode : both_modes) {
        asio::io_context loop(1);
        pool p(loop, pool_options{.connect = pgcoro::connect_options(test_dsn()).application_name("many_pieces"),
                                  .max_connections = 1,
                                  .concurrency = mode});
        witness other;
        const auto rows = [&p](int count) {
            return p.query<std::string>("select repeat('x', 1000) from generate_series(1, $1)", count);
        };
        run(loop, [&]() -> asio::awaitable<void> {
            co_await rows(1);
            co_await p.query_one<int>("select $1::int", 1);
        });
        std::vector<std::string> answer;
        asio::co_spawn(loop, [&]() -> asio::awaitable<void> { answer = co_await rows(100); }, asio::detached);
        loop.restart();
        loop.poll();
        block_until([&] {
            return other.ask("select state || substr(query, 1, 13) from pg_stat_activity where application_name = 'many_pieces'")
                   == "idleselect repeat";
        });
        const int events = events_of_epoll, changes = changes_of_epoll;
        run_until(loop, [&] { return !answer.empty(); });
        CHECK(answer == std::vector<std::string>(100, std::string(1000, 'x')));
        CHECK(events_of_epoll - events <= 3);   // libpq takes it in seven pieces
        CHECK(changes_of_epoll - changes <= 3);
    }
}
#endif

TEST_CASE("a result that arrives bit by bit is waited for without a system call to say so") {
    asio::io_context loop(1);
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1, .concurrency = concurrency::single_threaded});
    run(loop, [&]() -> asio::awaitable<void> {
        constexpr std::size_t rows = 30;
        const auto ask = [&p] {
            return p.query<std::string>("select repeat('x', 30000) || coalesce(pg_sleep(0.005)::text, '') from generate_series(1, $1)",
                                        static_cast<int>(rows));
        };
        co_await ask();
#if PGCORO_HAS_REACTOR && PGCORO_TEST_COUNTS_CALLS
        const int before = changes_of_epoll;
#endif
        CHECK(co_await ask() == std::vector<std::string>(rows, std::string(30'000, 'x')));
#if PGCORO_HAS_REACTOR && PGCORO_TEST_COUNTS_CALLS
        CHECK(changes_of_epoll - before <= 1);
#endif
    });
}

TEST_CASE("a connection that ends between statements is noticed without another one") {
    asio::io_context loop(1);
    pool p(loop, pool_options{.connect = test_dsn(), .max_connections = 1, .concurrency = concurrency::single_threaded});
    witness other;
    for (int round = 0; round < 5; ++round)
        run(loop, [&]() -> asio::awaitable<void> {
            const auto lost = p.stats().closed_by_error;
            for (int i = 0; i < 3; ++i) co_await p.query_one<int>("select $1::int", i);
            const int pid = co_await p.query_one<int>("select pg_backend_pid()");
            other.ask("select pg_terminate_backend(" + std::to_string(pid) + ")");
            co_await until([&] { return p.stats().closed_by_error == lost + 1; });
        });
}

} // namespace socket_watch_tests
