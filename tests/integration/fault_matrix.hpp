// Cuts an operation off after its n-th handler, for every n, in every way, and looks at what is left.
#pragma once

#include <pgcoro/listener.hpp>
#include <pgcoro/pgcoro.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <doctest/doctest.h>
#include <exception>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <unistd.h>
#include <utility>
#include <vector>

#include "harness.hpp"

namespace pgcoro::testing::faults {

/// A row of the table fault_rows: the point that it was stored at, and a number.
using row = std::tuple<int, int>;

/// What an operation holds while it runs, for others to destroy. What one of its coroutines works with at the moment must
/// stay.
struct handles {
    pgcoro::lease lease;
    pgcoro::transaction transaction;
    row_stream<int> stream;
    copy_writer<row> writer;
    raw_copy_writer raw_writer;
    copy_reader<row> reader;
    raw_copy_reader raw_reader;
    std::optional<pgcoro::listener> listener;
    bool in_use = false;

    void drop() {
        if (!in_use) {
            stream = {};
            writer = {};
            raw_writer = {};
            reader = {};
            raw_reader = {};
        }
        transaction = {};
        lease = {};
        listener.reset();
    }
};

/// Where an operation runs: a loop, a pool of two connections, and a name by which the server knows them.
class stage {
public:
    stage(std::string dsn, concurrency mode, int point) : run(point) {
        static const auto process = std::to_string(getpid());
        name_ = "fault_matrix_" + process + '_' + std::to_string(point);
        connect_ = connect_options(dsn).application_name(name_);
        pool_options options;
        options.connect = connect_;
        options.max_connections = 2;
        options.concurrency = mode;
        options.reconnect.initial = 5ms;
        options.reconnect.maximum = 50ms;
        on.emplace(*loop, std::move(options));
        mode_ = mode;
    }

    ~stage() { held.drop(); }

    void open_listener() {
        listener_options options;
        options.connect = connect_;
        options.concurrency = mode_;
        options.reconnect.initial = 5ms;
        options.reconnect.maximum = 50ms;
        held.listener.emplace(*loop, std::move(options), std::vector<std::string>{name_});
    }

    const pool& open_pool() const {
        if (!on) throw error(make_error_code(errc::pool_closed), "the pool is gone");
        return *on;
    }

    /// As application_name and as a channel.
    const std::string& name() const noexcept { return name_; }

    std::unique_ptr<asio::io_context> loop = std::make_unique<asio::io_context>(1);
    std::optional<pool> on;
    handles held;
    int run;                   ///< marks the rows of this point
    bool may_store = false;    ///< what stores the rows has begun
    bool has_stored = false;   ///< and has succeeded

private:
    std::string name_;
    connect_options connect_;
    concurrency mode_{};
};

/// A point at which nothing is under way, but the handles live.
inline asio::awaitable<void> between_steps() { co_await asio::post(asio::use_awaitable); }

/// Awaits a coroutine of one of the handles that must not be destroyed meanwhile.
template <class T>
asio::awaitable<T> keeping(stage& s, asio::awaitable<T> step) {
    struct guard {
        handles& held;
        explicit guard(handles& h) : held(h) { held.in_use = true; }
        ~guard() { held.in_use = false; }
    } const in_use(s.held);
    if constexpr (std::is_void_v<T>) co_await std::move(step);
    else co_return co_await std::move(step);
}

/// What is cut off.
struct operation_under_test {
    const char* name;
    asio::awaitable<void> (*body)(stage&);
    int rows = 0;                    ///< that it stores
    bool all_or_nothing = true;      ///< those
    bool has_handles = false;
    std::size_t least_points = 7;    ///< of one pass
};

/// How.
enum class interruption {
    cancellation,
    late_cancellation,   ///< when the server has answered what it was asked
    dropped_handles,
    destroyed_pool,
    closed_pool,
    ended_backends,
    destroyed_context,
    server_crash
};

inline const char* name_of(interruption how) {
    switch (how) {
    case interruption::cancellation: return "cancellation";
    case interruption::late_cancellation: return "late cancellation";
    case interruption::dropped_handles: return "dropped handles";
    case interruption::destroyed_pool: return "destroyed pool";
    case interruption::closed_pool: return "closed pool";
    case interruption::ended_backends: return "ended backends";
    case interruption::destroyed_context: return "destroyed context";
    case interruption::server_crash: return "server crash";
    }
    return "";
}

/// The server of the other tests, or one that may be restarted; with the tables that the operations work with.
class server {
public:
    explicit server(bool own) {
        if (own) own_.emplace(ephemeral_server_options{.settings = {{"synchronous_commit", "on"}}});
        eye_ = std::make_unique<witness>(dsn());
        eye_->ask("drop table if exists fault_rows; create table fault_rows(run int, n int);"
                  "create or replace procedure fault_procedure(run int) language sql as "
                  "'insert into fault_rows values (run, 1)'");
    }

    std::string dsn() const { return own_ ? own_->connection_string() : test_dsn(); }

    witness& eye() {
        if (!eye_) eye_ = std::make_unique<witness>(dsn());
        return *eye_;
    }

    void crash() {
        eye_.reset();
        own_->restart(shutdown_mode::immediate);
    }

private:
    std::optional<ephemeral_server> own_;
    std::unique_ptr<witness> eye_;
};

/// One point: an operation run up to its n-th handler, cut off, and what came of it.
class visit {
public:
    visit(server& at, const operation_under_test& what, concurrency mode, bool warm)
        : at_(at), what_(what), run_(std::make_shared<outcome>()), stage_(std::make_unique<stage>(at.dsn(), mode, next_run())) {
        if (warm) warm_up();
    }

    /// Whether the operation had not ended before its n-th handler.
    bool reach(std::size_t n) {
        asio::co_spawn(*stage_->loop, run_body(what_, *stage_, run_),
                       asio::bind_cancellation_slot(run_->stop.slot(), [run = run_](std::exception_ptr thrown) {
                           run->thrown = std::move(thrown);
                           run->done = true;
                       }));
        for (std::size_t i = 0; i < n && !run_->done; ++i) run_handler("before it was cut off");
        if (run_->done) must_have_succeeded();
        return !run_->done;
    }

    void cut_off(interruption how, bool handles_first) {
        // A coroutine that is cancelled before it begins is Asio's; from Boost 1.82 on its exception leaves the loop.
        if (how == interruption::cancellation || how == interruption::late_cancellation)
            while (!run_->begun) run_handler("before it began");
        apply(how, handles_first);
        if (how == interruption::destroyed_context) return check_server();
        run_on([&] { return run_->done; }, "the operation did not end");
        check_outcome(how);
        stage_->held.drop();
        how == interruption::closed_pool      ? check_closed_pool()
        : how == interruption::destroyed_pool ? void()
                                              : check_pool();
        check_stored(how);
        end();
        check_server();
    }

    /// After an operation that was not cut off.
    void end() {
        stage_->on.reset();
        stage_->held.drop();
        const auto deadline = std::chrono::steady_clock::now() + limit;
        stage_->loop->restart();
        stage_->loop->run_until(deadline);
        if (!stage_->loop->stopped()) complain("something keeps the loop running");
    }

private:
    static constexpr auto limit = 15s;

    struct outcome {
        bool begun = false;
        bool done = false;
        std::exception_ptr thrown;
        asio::cancellation_signal stop;
    };

    static asio::awaitable<void> run_body(const operation_under_test& what, stage& on, std::shared_ptr<outcome> run) {
        run->begun = true;
        co_await what.body(on);
    }

    static int next_run() {
        static int last = 0;
        return ++last;
    }

    [[noreturn]] static void complain(const std::string& what) { throw std::runtime_error(what); }

    void run_handler(const char* when) {
        stage_->loop->restart();
        if (stage_->loop->run_one_for(limit) == 0) complain(std::string("nothing happened any more ") + when);
    }

    template <class Condition>
    void run_on(Condition&& condition, const char* complaint) {
        if (!becomes_true(condition)) complain(complaint);
    }

    template <class Condition>
    bool becomes_true(Condition&& condition) {
        for (const auto deadline = std::chrono::steady_clock::now() + limit; !condition();) {
            if (std::chrono::steady_clock::now() > deadline) return false;
            stage_->loop->restart();
            if (stage_->loop->run_one_for(2ms) == 0) std::this_thread::sleep_for(200us);
        }
        return true;
    }

    /// The operation once whole, so that texts are known and connections stand.
    void warm_up() {
        stage_->run = 0;
        if (!reach(static_cast<std::size_t>(-1))) stage_->held.drop();
        run_on([&] { return stage_->on->stats().in_use == 0; }, "the pool did not come to rest");
        run_ = std::make_shared<outcome>();
        stage_->run = next_run();
        stage_->may_store = stage_->has_stored = false;
    }

    void must_have_succeeded() const {
        if (run_->thrown) complain("it failed without being cut off: " + what_happened());
    }

    std::string backends(const std::string& condition = "true") const {
        return "select count(*) from pg_stat_activity where application_name = '" + stage_->name() + "' and " + condition;
    }

    void apply(interruption how, bool handles_first) {
        switch (how) {
        case interruption::late_cancellation:
            block_until([&] {
                return at_.eye().number(backends("state = 'active' and wait_event_type is distinct from 'Client'")) == 0;
            });
            [[fallthrough]];
        case interruption::cancellation: run_->stop.emit(asio::cancellation_type::terminal); break;
        case interruption::dropped_handles: stage_->held.drop(); break;
        case interruption::destroyed_pool: stage_->on.reset(); break;
        case interruption::closed_pool: close_pool(); break;
        case interruption::ended_backends: end_backends(); break;
        case interruption::server_crash: at_.crash(); break;
        case interruption::destroyed_context:
            if (handles_first) {
                stage_->held.drop();
                stage_->on.reset();
            }
            stage_->loop.reset();
            break;
        }
    }

    void close_pool() {
        stage_->on->close(0ms)([](std::exception_ptr) {});
        if (stage_->held.listener) stage_->held.listener->close()([](std::exception_ptr) {});
    }

    /// Those that the server knows by their name by now.
    void end_backends() {
        at_.eye().ask("select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = '"
                      + stage_->name() + "'");

    }

    std::string what_happened() const {
        if (!run_->thrown) return "success";
        try {
            std::rethrow_exception(run_->thrown);
        } catch (const std::exception& e) {
            return e.what();
        }
    }

    /// Success, or an error that fits.
    void check_outcome(interruption how) {
        if (!run_->thrown) return;
        try {
            std::rethrow_exception(run_->thrown);
        } catch (const error& e) {
            execution_ = e.execution();
            if (!fits(how, e)) complain("unexpected error: " + std::string(e.what()));
        } catch (const boost::system::system_error& e) {
            // Asio's own, when a cancelled coroutine awaits again
            if (!is_cancelling(how) || e.code() != asio::error::operation_aborted)
                complain("unexpected error: " + std::string(e.what()));
        }
    }

    static bool is_cancelling(interruption how) {
        return how == interruption::cancellation || how == interruption::late_cancellation;
    }

    static bool is_one_of(const error& e, std::initializer_list<boost::system::error_code> codes) {
        return std::find(codes.begin(), codes.end(), e.code()) != codes.end();
    }

    static bool fits(interruption how, const error& e) {
        switch (how) {
        case interruption::cancellation:
        case interruption::late_cancellation: return e.code() == errc::operation_cancelled;
        case interruption::dropped_handles:
            return is_one_of(e, {errc::not_connected, errc::transaction_aborted, errc::operation_cancelled, errc::copy_failed});
        case interruption::destroyed_pool:
        case interruption::closed_pool:
            return is_one_of(e, {errc::pool_closed, errc::not_connected, errc::commit_in_doubt, errc::operation_cancelled});
        case interruption::ended_backends:
        case interruption::server_crash:
            return is_one_of(e, {errc::connection_lost, errc::not_connected, errc::commit_in_doubt, errc::connect_failed,
                                 errc::transaction_aborted, sqlstate::admin_shutdown, sqlstate::crash_shutdown,
                                 sqlstate::cannot_connect_now});
        case interruption::destroyed_context: break;
        }
        return false;
    }

    /// A pool that is open serves others, and has lost nothing.
    void check_pool() {
        stage_->loop->restart();
        stage_->loop->poll();   // it notices what it has lost
        const auto works = begin(stage_->on->query_one<int>("select 1"));
        run_on([&] { return works->done(); }, "the pool does not answer");
        if (!works->succeeded()) complain("the pool does not work: " + std::string(works->failure().what()));
        run_on([&] { return is_at_rest(); }, "the pool did not come to rest");
        const auto stats = stage_->on->stats();
        if (stats.total > stats.max || stats.total != stats.idle || stats.waiting != 0 || stats.in_flight != 0)
            complain("the pool's figures do not add up");
        run_on([&] { return at_.eye().number(backends()) == static_cast<int>(stage_->on->stats().total); },
               "the server has more or fewer connections than the pool");
        // One that is back in service may still have the server forget a statement that was described anew.
        std::string busy;
        const auto all_idle = [&] {
            busy = at_.eye().ask("select string_agg(state || ' since ' || clock_timestamp() - state_change || ': ' || query, '; ') "
                                 "from pg_stat_activity where state <> 'idle' and application_name = '" + stage_->name() + "'");
            return busy.empty();
        };
        if (!becomes_true(all_idle)) complain("a connection does not become idle on the server: " + busy);
    }

    bool is_at_rest() const {
        const auto stats = stage_->on->stats();
        return stats.in_use == 0 && stats.connecting == 0;
    }

    void check_closed_pool() {
        const auto refused = begin(stage_->on->query_one<int>("select 1"));
        run_on([&] { return refused->done(); }, "the closed pool does not answer");
        if (refused->succeeded() || refused->failure().code() != errc::pool_closed) complain("the pool is not closed");
        run_on([&] { return stage_->on->stats().total == 0; }, "the closed pool has connections");
    }

    /// After the server is done with all that it was asked.
    void check_stored(interruption how) {
        if (stage_->on) run_on([&] { return is_at_rest(); }, "the pool did not come to rest");
        else run_on([&] { return at_.eye().number(backends()) == 0; }, "a connection was not closed");
        const auto stored = at_.eye().number("select count(*) from fault_rows where run = " + std::to_string(stage_->run));
        const auto found = std::to_string(stored) + " rows are stored, the operation ended with " + what_happened();
        if (stored > what_.rows || (what_.all_or_nothing && stored != 0 && stored != what_.rows)) complain(found);
        if (!run_->thrown && stored != what_.rows) complain(found);
        if (!stage_->may_store && stored != 0) complain("not finished, but " + found);
        if (stage_->has_stored && stored != what_.rows) complain("finished, but " + found);
        const bool is_verdict = what_.all_or_nothing && !stage_->has_stored && how != interruption::dropped_handles
                                && (execution_ == execution_state::not_sent || execution_ == execution_state::rejected);
        if (is_verdict && stored != 0) complain("said not to be stored, but " + found);
        if (what_.rows != 0) at_.eye().ask("truncate fault_rows");   // else every point counts what all before it have left
    }

    void check_server() {
        block_until([&] { return at_.eye().number(backends()) == 0; });
    }

    server& at_;
    const operation_under_test& what_;
    std::shared_ptr<outcome> run_;
    std::unique_ptr<stage> stage_;
    std::optional<execution_state> execution_;
    
};

/// What a pass is like.
struct pass {
    interruption how;
    concurrency mode = concurrency::single_threaded;
    bool warm = false;
    std::size_t first = 0;
    std::size_t stride = 1;
};

inline std::string description_of(const operation_under_test& what, const pass& with, std::size_t n) {
    return std::string(what.name) + ", " + name_of(with.how)
           + (with.mode == concurrency::thread_safe ? ", on a strand" : "") + (with.warm ? ", all texts known" : "")
           + ", after handler " + std::to_string(n);
}

/// Cuts an operation off at all its points. Yields their number; a point where something is wrong ends it.
inline std::size_t cut_off_everywhere(server& at, const operation_under_test& what, const pass& with) {
    std::size_t points = 0;
    for (std::size_t n = with.first;; n += with.stride) {
        const auto described = description_of(what, with, n);
        INFO(described);
        try {
            visit here(at, what, with.mode, with.warm);
            if (!here.reach(n)) {
                here.end();
                return points;
            }
            here.cut_off(with.how, points % 2 == 0);
            ++points;
        } catch (const std::exception& e) {
            FAIL_CHECK(std::string(e.what()));
            return points;
        }
    }
}

/// Which points are visited: "2/3" stands for the second, fifth, … of them; all, unless the environment says otherwise.
struct share_of_points {
    std::size_t first = 1, stride = 1;
};

inline share_of_points share_of_environment() {
    const char* const set = std::getenv("PGCORO_FAULT_MATRIX_SHARE");
    share_of_points share;
    if (set != nullptr) {
        const std::string text(set);
        std::size_t digits = 0;
        share.first = std::stoul(text, &digits);
        share.stride = std::stoul(text.substr(digits + 1));
    }
    return share;
}

/// All ways for an operation, and a report. Each crash of a server takes its time, so that there are few of them.
inline void check_matrix(const operation_under_test& what) {
    static server shared(false), own(true);
    static const auto share = share_of_environment();
    std::string report;
    std::size_t total = 0;
    const auto cut = [&](server& at, pass with, std::size_t least) {
        if (with.stride == 1) {   // those few with a server of their own are visited in any case
            with.first += share.first - 1;
            with.stride = share.stride;
            least /= share.stride;
        }
        const auto points = cut_off_everywhere(at, what, with);
        CHECK_MESSAGE(points >= least, description_of(what, with, points));
        report += std::string("\n  ") + name_of(with.how) + (with.mode == concurrency::thread_safe ? ", on a strand" : "")
                  + (with.warm ? ", all texts known" : "") + ": " + std::to_string(points);
        total += points;
    };
    for (const auto how : {interruption::cancellation, interruption::late_cancellation, interruption::dropped_handles,
                           interruption::destroyed_pool, interruption::closed_pool, interruption::ended_backends,
                           interruption::destroyed_context})
        if (how != interruption::dropped_handles || what.has_handles) cut(shared, {.how = how}, what.least_points);
    cut(shared, {.how = interruption::cancellation, .mode = concurrency::thread_safe}, what.least_points);
    cut(shared, {.how = interruption::cancellation, .warm = true}, 1);
    cut(own, {.how = interruption::server_crash, .first = 4, .stride = 15}, 1);
    MESSAGE(std::string(what.name) << ", points visited" << (share.stride == 1 ? "" : " (not all of them)") << ": " << total << report);
}

} // namespace pgcoro::testing::faults
