// Turns, deadlines and the end of the execution context.
#include <pgcoro/session/runtime.hpp>
#include <pgcoro/session/target.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <chrono>
#include <doctest/doctest.h>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace runtime_tests {

using namespace pgcoro;
using namespace pgcoro::session;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

using events = std::vector<std::string>;

/// A request that notes what happens to it.
struct noted final : request {
    noted(std::string called, events& in) : name(std::move(called)), log(&in) {}
    void encode(parameter_buffer&, const statement_description&) override {}
    const column_plan* make_plan(statement_description&) override { return nullptr; }
    void finish() override {
        log->push_back(name + (failure ? " failed" : " finished"));
        if (throws) throw std::runtime_error(name);
    }
    void finish_early(const error&) override {}
    void abandon() noexcept override { log->push_back(name + " abandoned"); }

    std::string name;
    events* log;
    bool throws = false;
};

/// A sink that answers what is interrupted and keeps the rest.
struct noting_sink final : request_sink {
    noting_sink(runtime& on, events& in) : runtime_(&on), log(&in) {}
    void accept(request& r) override { log->push_back(static_cast<noted&>(r).name + " accepted"); }
    void interrupt(request& r, const error& reason) override {
        r.fail(reason);
        runtime_->finish_later(r);
    }
    runtime* runtime_;
    events* log;
};

struct participant final : turn_participant {
    explicit participant(events& in) : log(&in) {}
    void end_turn() override { log->push_back("sent"); }
    events* log;
};

struct owner final : runtime::owner {
    explicit owner(events& in) : log(&in) {}
    void on_shutdown() noexcept override { log->push_back("shut down"); }
    events* log;
};

} // namespace

TEST_CASE("whoever asks to be called at the end of a turn is called once, after the callers that are due") {
    for (const auto mode : {concurrency::single_threaded, concurrency::thread_safe}) {
        asio::io_context loop;
        const runtime_ptr on(new runtime(loop.get_executor(), mode));
        events log;
        participant sender(log);
        noted a("a", log);
        on->post([&](runtime& r) {
            r.at_end_of_turn(sender);
            r.at_end_of_turn(sender);
            r.finish_later(a);
            log.push_back("turn");
        });
        loop.run();
        CHECK(log == events{"turn", "a finished", "sent"});
    }
}

TEST_CASE("outside of a turn one is begun") {
    asio::io_context loop;
    const runtime_ptr on(new runtime(loop.get_executor(), concurrency::single_threaded));
    events log;
    participant sender(log);
    on->at_end_of_turn(sender);
    CHECK(log.empty());
    loop.run();
    CHECK(log == events{"sent"});
}

TEST_CASE("a participant that is forgotten is not called") {
    asio::io_context loop;
    const runtime_ptr on(new runtime(loop.get_executor(), concurrency::single_threaded));
    events log;
    participant first(log), second(log);
    on->at_end_of_turn(first);
    on->at_end_of_turn(second);
    on->forget(first);
    loop.run();
    CHECK(log == events{"sent"});
}

TEST_CASE("a request that is delivered from elsewhere is accepted on the home executor") {
    asio::io_context loop;
    const runtime_ptr on(new runtime(loop.get_executor(), concurrency::thread_safe));
    events log;
    noting_sink sink(*on, log);
    noted a("a", log), b("b", log);
    std::thread([&] {
        on->deliver(sink, a);
        on->deliver(sink, b);
    }).join();
    CHECK(log.empty());
    CHECK(a.sink == &sink);
    loop.run();
    CHECK(log == events{"a accepted", "b accepted"});
}

TEST_CASE("requests expire in the order of their deadlines, whatever the order of setting them") {
    asio::io_context loop;
    const runtime_ptr on(new runtime(loop.get_executor(), concurrency::single_threaded));
    events log;
    noting_sink sink(*on, log);
    noted a("a", log), b("b", log), c("c", log);
    for (auto* r : {&a, &b, &c}) r->sink = &sink;
    const auto now = pgcoro::session::clock::now();
    on->set_deadline(a, now + 3ms);
    on->set_deadline(b, now + 1ms);
    on->set_deadline(c, now + 1h);
    on->set_deadline(c, now + 2ms); // the later call counts
    loop.run();
    CHECK(log == events{"b failed", "c failed", "a failed"});
    CHECK(a.failure->code() == errc::query_timeout);
}

TEST_CASE("a deadline that is removed does not strike, and does not keep a resting loop") {
    asio::io_context loop;
    const runtime_ptr on(new runtime(loop.get_executor(), concurrency::single_threaded));
    events log;
    noted a("a", log);
    on->set_deadline(a, pgcoro::session::clock::now() + 1h);
    on->remove_deadline(a);
    on->rest();
    loop.run_for(10s);
    CHECK(loop.stopped());
    CHECK(log.empty());
}

TEST_CASE("a handler that throws keeps nobody else from being answered") {
    asio::io_context loop;
    const runtime_ptr on(new runtime(loop.get_executor(), concurrency::single_threaded));
    events log;
    participant sender(log);
    noted a("a", log), b("b", log);
    a.throws = true;
    on->post([&](runtime& r) {
        r.finish_later(a);
        r.finish_later(b);
        r.at_end_of_turn(sender);
    });
    CHECK_THROWS_AS(loop.run(), std::runtime_error);
    loop.run();
    CHECK(log == events{"a finished", "b finished", "sent"});
}

TEST_CASE("when the context goes, owners are told and what waits is abandoned, not called") {
    events log;
    noted due("due", log), undelivered("undelivered", log);
    runtime_ptr on;
    std::optional<noting_sink> sink;
    owner told(log);
    {
        asio::io_context loop;
        on = new runtime(loop.get_executor(), concurrency::thread_safe);
        sink.emplace(*on, log);
        on->set_owner(&told);
        on->finish_later(due);
        on->deliver(*sink, undelivered);
        CHECK_FALSE(on->is_shut_down());
    }
    CHECK(log == events{"shut down", "due abandoned", "undelivered abandoned"});
    CHECK(on->is_shut_down());
    on->rest();
}

TEST_CASE("a runtime made for one thread notices another") {
    asio::io_context loop;
    const runtime_ptr on(new runtime(loop.get_executor(), concurrency::single_threaded));
    CHECK_FALSE(on->is_wrong_thread()); // nobody runs the loop yet
    bool wrong = false, right = true;
    on->post([&](runtime& r) {
        right = !r.is_wrong_thread();
        std::thread([&] { wrong = r.is_wrong_thread(); }).join();
    });
    loop.run();
    CHECK(right);
    CHECK(wrong);
}

} // namespace runtime_tests
