// How bytes of a COPY TO STDOUT are fetched.
#pragma once

#include <pgcoro/copy_reader.hpp>

namespace pgcoro::copying {

PGCORO_DECL boost::asio::awaitable<void> input::fetch() {
    if (!copy_) throw error(make_error_code(errc::not_connected), "the reader is empty");
    operation<session::received_rows, session::read_rows_job> reading(
        copy_.task(), session::read_rows_job(std::move(block_)), operation_settings{options_.time_limit(), false});
    auto received = co_await std::move(reading);
    block_ = std::move(received.bytes);
    so_far_.rows = received.at_end ? received.rows : so_far_.rows + received.rows;
    so_far_.bytes += block_.size();
    if (options_.progress()) options_.progress()(so_far_);
    if (!received.at_end) co_return;
    ended_ = true;
    copy_.reset();
    connection_.reset();
}

} // namespace pgcoro::copying

namespace pgcoro {

PGCORO_DECL boost::asio::awaitable<std::optional<std::span<const std::byte>>> raw_copy_reader::next() {
    if (from_.has_ended()) co_return std::nullopt;
    co_await from_.fetch();
    if (from_.has_ended()) co_return std::nullopt;
    co_return std::span<const std::byte>(from_.block());
}

} // namespace pgcoro
