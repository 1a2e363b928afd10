// Network and hardware addresses, before the oracle.
#include "type_oracle.hpp"

#include <algorithm>
#include <random>

using namespace pgcoro::testing;

namespace types_oracle_network {

namespace ip = boost::asio::ip;

// A cast of inet to text shows full prefixes too, unlike what the server prints.
const oracle_options as_printed{.has_text = false};
const oracle_options everything{};

const literals inets{"0.0.0.0", "255.255.255.255", "0.0.0.0/0", "1.2.3.4/24", "10.0.0.0/8", "127.0.0.1/31", "::", "::1",
                     "::/0", "::1.2.3.4", "::ffff:1.2.3.4", "::0.0.1.2", "::1:2", "1:0:0:2:0:0:0:3", "1:0:2:3:4:5:6:7",
                     "::ffff:0:0", "0:0:0:0:0:1:0:0", "::5:0:0", "2001:db8::/32", "fe80::1/10", "1::",
                     "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/127"};
const literals cidrs{"0.0.0.0/0", "0.0.0.0/32", "255.255.255.255/32", "10.0.0.0/8", "10.0.0.0/7", "192.168.1.0/24",
                     "192.168.1.128/25", "192.168", "128.1", "10", "224", "::/0", "::/128", "2001:db8::/32",
                     "::ffff:1.2.3.0/120", "ffff::/16"};
const literals hosts{"0.0.0.0", "255.255.255.255", "1.2.3.4", "127.0.0.1", "10.0.0.1", "192.168.1.5", "::", "::1",
                     "::ffff:1.2.3.4", "2001:db8::1", "fe80::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"};
const literals ipv4_networks{"0.0.0.0/0", "0.0.0.0", "1.2.3.4", "1.2.3.4/24", "10.0.0.0/8", "255.255.255.255",
                             "255.255.255.255/1", "127.0.0.1/31", "192.168.1.5/24", "10.1/16", "172.16.0.0/12",
                             "128.0.0.0/1"};
const literals ipv6_networks{"::/0", "::", "::1", "::1/127", "2001:db8::/32", "2001:db8::1/32", "fe80::1/10", "ff00::/8",
                             "::ffff:1.2.3.4", "::1.2.3.4/96", "1:2:3:4:5:6:7:8/64",
                             "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"};
const literals macaddrs{"00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "08:00:2b:01:02:03", "08-00-2b-01-02-03", "08002b:010203",
                        "08002b-010203", "0800.2b01.0203", "0800-2b01-0203", "08002b010203", "80:00:00:00:00:00",
                        "00:00:00:00:00:01", "A:B:C:D:E:F"};
const literals macaddr8s{"00:00:00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff:ff:ff", "08:00:2b:01:02:03:04:05",
                         "08-00-2b-01-02-03-04-05", "08002b:0102030405", "08002b-0102030405", "0800.2b01.0203.0405",
                         "0800-2b01-0203-0405", "08002b01:02030405", "08002b0102030405", "08:00:2b:01:02:03",
                         "80:00:00:00:00:00:00:01"};

inline ip::address random_address(std::mt19937_64& random) {
    if (random() % 2 == 0) return ip::address_v4(static_cast<std::uint32_t>(random()));
    ip::address_v6::bytes_type bytes{};
    // Zeros are what the text form abbreviates.
    for (std::size_t i = 0; i < bytes.size(); i += 2)
        if (random() % 2 == 0) {
            bytes[i] = static_cast<unsigned char>(random() % 4 == 0 ? random() : 0);
            bytes[i + 1] = static_cast<unsigned char>(random());
        }
    return ip::address_v6(bytes);
}

inline pgcoro::inet random_inet(std::mt19937_64& random) {
    const auto address = random_address(random);
    return pgcoro::inet(address, static_cast<unsigned>(random() % (address.is_v4() ? 33 : 129)));
}

inline pgcoro::cidr random_cidr(std::mt19937_64& random) {
    const auto value = random_inet(random);
    if (value.address().is_v4())
        return pgcoro::cidr(ip::network_v4(value.address().to_v4(), static_cast<unsigned short>(value.prefix_length())).canonical());
    return pgcoro::cidr(ip::network_v6(value.address().to_v6(), static_cast<unsigned short>(value.prefix_length())).canonical());
}

/// Printed as the server prints and ordered as it orders.
template <class T, class Make>
asio::awaitable<void> check_text_and_order(const pgcoro::pool& pool, std::string sql_type, Make make) {
    std::vector<T> values;
    for (int i = 0; i < 1000; ++i) values.push_back(make());
    const pgcoro::runtime_sql texts(fmt::format("select format('%s', x) from unnest($1::{}[]) with ordinality u(x, n) order by n",
                                                sql_type));
    const auto printed = co_await pool.query<std::string>(texts, values);
    std::size_t different = 0;
    for (std::size_t i = 0; i < values.size(); ++i)
        if (fmt::to_string(values[i]) != printed[i] || !(T::parse(printed[i]) == values[i])) ++different;
    CAPTURE(sql_type);
    CHECK(different == 0);
    const pgcoro::runtime_sql ordered(fmt::format("select x from unnest($1::{}[]) x order by x", sql_type));
    const auto by_server = co_await pool.query<T>(ordered, values);
    std::sort(values.begin(), values.end());
    CHECK(by_server == values);
}

TEST_CASE("network addresses come back as the server has them") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await check_with_oracle<pgcoro::inet>(pool, "inet", inets, as_printed);
        co_await check_with_oracle<pgcoro::inet>(pool, "cidr", cidrs, as_printed);
        co_await check_with_oracle<pgcoro::cidr>(pool, "cidr", cidrs, everything);
        co_await check_with_oracle<ip::address>(pool, "inet", hosts, as_printed);
        co_await check_with_oracle<ip::network_v4>(pool, "inet", ipv4_networks, as_printed);
        co_await check_with_oracle<ip::network_v6>(pool, "inet", ipv6_networks, as_printed);
        co_await check_with_oracle<pgcoro::macaddr>(pool, "macaddr", macaddrs, everything);
        co_await check_with_oracle<pgcoro::macaddr8>(pool, "macaddr8", macaddr8s, everything);
    });
}

TEST_CASE("ten thousand random addresses come back unchanged") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        std::mt19937_64 random(2);
        co_await check_random<pgcoro::inet>(pool, "inet", [&] { return random_inet(random); });
        co_await check_random<pgcoro::cidr>(pool, "cidr", [&] { return random_cidr(random); });
        co_await check_random<ip::address>(pool, "inet", [&] { return random_address(random); });
        co_await check_random<pgcoro::macaddr>(pool, "macaddr", [&] {
            pgcoro::macaddr value;
            for (auto& byte : value.bytes) byte = static_cast<std::uint8_t>(random());
            return value;
        });
        co_await check_random<pgcoro::macaddr8>(pool, "macaddr8", [&] {
            pgcoro::macaddr8 value;
            for (auto& byte : value.bytes) byte = static_cast<std::uint8_t>(random());
            return value;
        });
    });
}

TEST_CASE("addresses are printed and ordered as by the server") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        std::mt19937_64 random(3);
        co_await check_text_and_order<pgcoro::inet>(pool, "inet", [&] { return random_inet(random); });
        co_await check_text_and_order<pgcoro::cidr>(pool, "cidr", [&] { return random_cidr(random); });
    });
}

TEST_CASE("parameters of domains over network types are given as text") {
    with_pool([](pgcoro::pool& pool) -> asio::awaitable<void> {
        co_await pool.execute("create domain oracle_host as inet");
        CHECK(co_await pool.query_one<bool>("select $1::oracle_host = '10.0.0.1/8'::inet", pgcoro::inet::parse("10.0.0.1/8")));
        CHECK(co_await pool.query_one<pgcoro::inet>("select '::1'::oracle_host") == pgcoro::inet::parse("::1"));
        co_await pool.execute("drop domain oracle_host");
    });
}

} // namespace types_oracle_network
