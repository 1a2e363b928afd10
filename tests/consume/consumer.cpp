// A user's program: it needs each of the dependencies that pgcoro::pgcoro brings with it.
#include <pgcoro/core/byte_reader.hpp>

#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include <libpq-fe.h>

#include <array>
#include <cstddef>
#include <cstdio>

int main() {
    boost::asio::io_context ctx;
    ctx.run();
    const std::array bytes{std::byte{0}, std::byte{42}};
    const auto text = fmt::format("{} with libpq {}", pgcoro::byte_reader(bytes).read<short>(), PQlibVersion());
    std::puts(text.c_str());
    return text.starts_with("42 with libpq") ? 0 : 1;
}
