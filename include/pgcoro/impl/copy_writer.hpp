// How bytes of a COPY FROM STDIN are handed over.
#pragma once

#include <pgcoro/copy_writer.hpp>

namespace pgcoro::copying {

PGCORO_DECL boost::asio::awaitable<void> output::flush() {
    require_open();
    if (buffer.empty()) co_return;
    const auto used = buffer.size();
    operation<std::vector<std::byte>, session::write_block_job> sending(
        copy_.task(), session::write_block_job(buffer.release(), used), settings());
    auto memory = co_await std::move(sending);
    if (buffer.empty()) buffer.reuse(std::move(memory));
    report(used);
}

PGCORO_DECL boost::asio::awaitable<void> output::send(std::span<const std::byte> bytes) {
    co_await flush();
    operation<std::vector<std::byte>, session::write_block_job> sending(copy_.task(), session::write_block_job(bytes),
                                                                        settings());
    co_await std::move(sending);
    report(bytes.size());
}

PGCORO_DECL boost::asio::awaitable<std::uint64_t> output::finish() {
    require_open();
    // Whatever comes of it, the COPY ends here.
    const auto connection = std::move(connection_);
    const auto copy = std::move(copy_);
    const auto used = buffer.size();
    operation<std::uint64_t, session::finish_copy_job> finishing(
        copy.task(), session::finish_copy_job(buffer.release(), used), settings());
    so_far_.rows = co_await std::move(finishing);
    report(used);
    co_return so_far_.rows;
}

PGCORO_DECL boost::asio::awaitable<void> output::ready() { co_return; }

} // namespace pgcoro::copying
