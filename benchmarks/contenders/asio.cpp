// The floor for what waits through Asio: libpq with a callback for each readiness, and no library between them.
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <algorithm>

#include "raw_libpq.hpp"

using namespace benchmark;

namespace {

/// Statements in flight on one connection. Outside of a pipeline there is one at a time.
class asker {
public:
    asker(boost::asio::io_context& context, const std::string& dsn, int depth, id_sequence& ids, meter& measured)
        : connection_(dsn), socket_(context), depth_(depth), ids_(ids), measured_(measured) {
        connection_.enter_non_blocking_mode();
        if (depth_ > 1) connection_.enter_pipeline_mode();
        socket_.assign(connection_.socket());
    }

    asker(const asker&) = delete;
    ~asker() { socket_.release(); } // libpq closes it

    void start() {
        ask(depth_);
        wait();
    }

private:
    void ask(int count) {
        for (int n = 0; n < count; ++n) {
            connection_.send(ids_.next());
            if (depth_ > 1) connection_.send_sync();
        }
        connection_.flush();
    }

    void wait() {
        socket_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                           [this](const boost::system::error_code&) { on_readable(); });
    }

    void on_readable() {
        connection_.consume_input();
        const int answered = depth_ > 1 ? connection_.take_pipelined_answers(measured_, depth_)
                                        : static_cast<int>(connection_.take_answer(measured_));
        if (!measured_.running()) return;
        ask(answered);
        wait();
    }

    raw::connection connection_;
    boost::asio::posix::stream_descriptor socket_;
    int depth_;
    id_sequence& ids_;
    meter& measured_;
};

constexpr int pool_size = 4;

void run(const run_options& options, const workload& asked, meter& measured) {
    boost::asio::io_context context(1);
    id_sequence ids;
    const int connections = asked.connections != 0 ? asked.connections : pool_size;
    std::vector<std::unique_ptr<asker>> askers;
    for (int i = 0; i < connections; ++i)
        askers.push_back(std::make_unique<asker>(context, options.dsn, asked.tasks / connections, ids, measured));
    measured.begin();
    for (auto& each : askers) each->start();
    while (measured.running()) context.run_one();
}

} // namespace

int main(int argc, char** argv) {
    return run_contender(argc, argv, "asio", [](const run_options& options, const workload& asked, meter& measured) {
        const auto name = asked.name();
        if (name != "W1" && name != "W2" && name != "W3") return false;
        run(options, asked, measured);
        return true;
    });
}
