// How helper threads report back.
#include <pgcoro/session/wake_channel.hpp>

#include <boost/asio/io_context.hpp>

#include <doctest/doctest.h>
#include <memory>
#include <thread>

namespace wake_channel_tests {

using pgcoro::session::wake_channel;

TEST_CASE("a signal has its callback called on the home executor, once") {
    boost::asio::io_context loop;
    const auto channel = std::make_shared<wake_channel>(loop.get_executor());
    int calls = 0;
    std::thread::id where;
    const auto ticket = channel->expect([&] {
        ++calls;
        where = std::this_thread::get_id();
    });
    const auto other = channel->expect([&] { calls += 100; });
    CHECK(ticket != other);
    std::thread([&] {
        channel->signal(ticket);
        channel->signal(ticket);
    }).join();
    CHECK(calls == 0);
    loop.run();
    CHECK(calls == 1);
    CHECK(where == std::this_thread::get_id());
}

TEST_CASE("a channel that is closed destroys its callbacks and ignores signals, also those under way") {
    boost::asio::io_context loop;
    const auto channel = std::make_shared<wake_channel>(loop.get_executor());
    const auto held = std::make_shared<int>();
    bool called = false;
    const auto signalled = channel->expect([&, held] { called = true; });
    const auto late = channel->expect([&, held] { called = true; });
    channel->signal(signalled);
    channel->close();
    CHECK(held.use_count() == 1);
    channel->signal(late);
    loop.run();
    CHECK_FALSE(called);
}

TEST_CASE("a thread may report after the loop is gone") {
    std::shared_ptr<wake_channel> channel;
    std::uint64_t ticket = 0;
    {
        boost::asio::io_context loop;
        channel = std::make_shared<wake_channel>(loop.get_executor());
        ticket = channel->expect([] { FAIL("called after the loop's end"); });
        channel->close();
    }
    channel->signal(ticket);
}

TEST_CASE("a callback may expect another signal, or close the channel") {
    boost::asio::io_context loop;
    const auto channel = std::make_shared<wake_channel>(loop.get_executor());
    bool second = false;
    const auto first = channel->expect([&] {
        channel->signal(channel->expect([&] {
            second = true;
            channel->close();
        }));
    });
    channel->signal(first);
    loop.run();
    CHECK(second);
}

} // namespace wake_channel_tests
