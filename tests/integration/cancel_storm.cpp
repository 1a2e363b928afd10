// Many statements cancelled at the same moment: their cancel requests do not all come at once.
#include "harness.hpp"
#include "tcp_proxy.hpp"

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <string_view>
#include <utility>
#include <vector>

namespace cancel_storm_tests {

namespace {

using namespace pgcoro::testing;

/// Forwards connections to a server, and holds cancel requests back until it is told how many may pass.
class cancel_turnstile final : public tcp_proxy {
public:
    explicit cancel_turnstile(unsigned short server_port) : tcp_proxy(server_port) { start(); }
    ~cancel_turnstile() { stop(); }

    int held() const noexcept { return held_; }
    int most_at_once() const noexcept { return most_; }

    /// Lets those that are held pass, and all later ones.
    void open() {
        asio::post(context_, [this] {
            open_ = true;
            for (const auto& one : std::exchange(held_back_, {})) pass(one);
        });
    }

private:
    void accepted(const link_ptr& on) override {
        asio::async_read(on->client, asio::buffer(on->up, beginning), [this, on](error_code gone, std::size_t) {
            if (gone) return;
            // Documentation: "Message Formats", CancelRequest
            on->marked = std::string_view(on->up.data() + 4, 4) == std::string_view("\x04\xd2\x16\x2e", 4);
            if (!on->marked) return pass(on);
            most_ = std::max<int>(most_, ++held_);
            if (open_) pass(on);
            else held_back_.push_back(on);
        });
    }

    void pass(const link_ptr& on) {
        connect(on, [this, on] {
            asio::async_write(on->server, asio::buffer(on->up, beginning), [this, on](error_code lost, std::size_t) {
                if (lost) return end(on);
                pump(on, on->client, on->server, on->up);
                pump(on, on->server, on->client, on->down);
            });
        });
    }

    void pump(const link_ptr& on, tcp::socket& from, tcp::socket& to, std::array<char, 16384>& space) {
        from.async_read_some(asio::buffer(space), [this, on, &from, &to, &space](error_code failed, std::size_t size) {
            if (failed) return end(on);
            asio::async_write(to, asio::buffer(space.data(), size), [this, on, &from, &to, &space](error_code lost, std::size_t) {
                lost ? end(on) : pump(on, from, to, space);
            });
        });
    }

    void end(const link_ptr& on) override {
        if (std::exchange(on->marked, false)) --held_;
        tcp_proxy::end(on);
    }

    static constexpr std::size_t beginning = 8;   // of a startup packet or request: its length and code

    std::vector<link_ptr> held_back_;
    bool open_ = false;
    std::atomic<int> held_ = 0, most_ = 0;
};

} // namespace

TEST_CASE("a storm of cancelled statements opens a few connections at a time, and stops all of them") {
    constexpr int many = 40;
    ephemeral_server server({.settings = {{"max_connections", "100"}}});
    cancel_turnstile turnstile(server.port());
    asio::io_context loop;
    pgcoro::pool p(loop, pgcoro::pool_options{.connect = "postgresql://postgres@127.0.0.1:" + std::to_string(turnstile.port())
                                                         + "/postgres?sslmode=disable&gssencmode=disable",
                                              .max_connections = many, .pipeline_depth = 1});
    witness w(server.connection_string());
    run(loop, [&]() -> asio::awaitable<void> {
        std::vector<background_ptr<pgcoro::command_tag>> sleeping;
        for (int i = 0; i < many; ++i) sleeping.push_back(begin(p.execute("select pg_sleep(3600)")));
        co_await until([&] { return w.sleeping("pg_sleep(3600)") == many; });
        for (const auto& one : sleeping) one->cancel();
        co_await until([&] { return all_done(sleeping); });   // callers do not wait for the server
        co_await until([&] { return turnstile.held() == 8; });
        CHECK(w.sleeping("pg_sleep(3600)") == many);
        turnstile.open();
        co_await until([&] { return w.running("pg_sleep(3600)") == 0; });
        CHECK(turnstile.most_at_once() == 8);
        std::vector<background_ptr<int>> again;
        for (int i = 0; i < many; ++i) again.push_back(begin(p.query_one<int>("select $1::int", i)));
        co_await until([&] { return all_done(again); });
        for (int i = 0; i < many; ++i) CHECK(again[static_cast<std::size_t>(i)]->value() == i);
        CHECK(p.stats().opened == many);
        co_await p.close();
    });
}

} // namespace cancel_storm_tests
