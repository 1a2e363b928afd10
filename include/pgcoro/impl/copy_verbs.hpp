// How a COPY begins.
#pragma once

#include <pgcoro/copy_verbs.hpp>

namespace pgcoro::copying {

PGCORO_DECL boost::asio::awaitable<session::held_connection> settle(place& at) {
    if (!at.takes_lease) co_return session::held_connection();
    using job = session::control_job<session::held_connection>;
    operation<session::held_connection, job> acquiring(at.on, job(session::request_kind::connection, at.where));
    auto held = co_await std::move(acquiring);
    at.on = held.target();
    co_return held;
}

PGCORO_DECL boost::asio::awaitable<described_statement> describe(session::target_ptr on, session::copy_text query,
                                                                 const copy_options& options) {
    operation<described_statement, session::columns_job> asking(
        std::move(on), session::columns_job(std::move(query)), operation_settings{options.time_limit(), false});
    co_return co_await std::move(asking);
}

PGCORO_DECL boost::asio::awaitable<session::copy_handle> begin(session::target_ptr on, libpq::copy_direction direction,
                                                               session::copy_text text, const copy_options& options) {
    operation<session::copy_handle, session::begin_copy_job> beginning(
        std::move(on), session::begin_copy_job(direction, std::move(text)), operation_settings{options.time_limit(), false});
    co_return co_await std::move(beginning);
}

PGCORO_DECL boost::asio::awaitable<output> open_output(place at, copy_table table, copy_options options,
                                                       std::vector<std::string_view> fields,
                                                       const copy_mapping::row_description& row) {
    auto connection = co_await settle(at);
    session::copy_text query{"select " + column_text(options, fields) + " from " + table.quoted()};
    copy_plan plan;
    const auto described = co_await describe(at.on, std::move(query), options);
    plan.columns = described.columns();
    plan.types = described.types();
    plan.sql = copy_in_text(table.quoted(), plan.columns, wire_format::binary);
    plan.format = copy_mapping::choose_format(row, plan.columns, plan.sql);
    plan.direct = plan.format == wire_format::binary && copy_mapping::suits(row, plan.columns);
    if (plan.format == wire_format::text) plan.sql = copy_in_text(table.quoted(), plan.columns, plan.format);
    session::copy_text text{plan.sql};
    auto copy = co_await begin(at.on, libpq::copy_direction::in, std::move(text), options);
    output made(std::move(connection), std::move(copy), std::move(plan), std::move(options));
    begin_copy_rows(made.buffer, made.plan().format);
    co_return made;
}

PGCORO_DECL boost::asio::awaitable<raw_copy_writer> open_raw_writer(place at, session::copy_text text, copy_options options) {
    auto connection = co_await settle(at);
    copy_plan plan;
    plan.sql = text.text;
    auto copy = co_await begin(at.on, libpq::copy_direction::in, std::move(text), options);
    output made(std::move(connection), std::move(copy), std::move(plan), std::move(options));
    co_return raw_copy_writer(std::move(made));
}

PGCORO_DECL boost::asio::awaitable<raw_copy_reader> open_raw_reader(place at, session::copy_text text, copy_options options) {
    auto connection = co_await settle(at);
    auto copy = co_await begin(at.on, libpq::copy_direction::out, std::move(text), options);
    input made(std::move(connection), std::move(copy), std::move(options));
    co_return raw_copy_reader(std::move(made));
}

} // namespace pgcoro::copying
