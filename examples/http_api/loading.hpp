// Fills the tables from Debian's package iso-codes.
#pragma once

#include <pgcoro/pool.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <filesystem>

namespace http_api {

/// How many rows were inserted; those that were there already are not counted.
struct loaded {
    std::uint64_t countries = 0;
    std::uint64_t subdivisions = 0;
    std::uint64_t languages = 0;
};

/// Reads iso_3166-1.json, iso_3166-2.json and iso_639-3.json in `folder`. Throws `std::runtime_error` for a
/// file that is missing or of another form, and `pgcoro::error`.
boost::asio::awaitable<loaded> load_iso_codes(pgcoro::pool& pool, std::filesystem::path folder);

} // namespace http_api
