#include <pgcoro/types/arrays.hpp>
#include <pgcoro/types/macaddr.hpp>
#include <pgcoro/types/network.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <doctest/doctest.h>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "types_support.hpp"

namespace types_network_tests {

using namespace types_test;
namespace oids = pgcoro::oids;
namespace ip = boost::asio::ip;
using pgcoro::cidr;
using pgcoro::codec;
using pgcoro::errc;
using pgcoro::inet;
using pgcoro::macaddr;
using pgcoro::macaddr8;

namespace {

// What inet_send and cidr_send of a server gave for the values in the names.
constexpr std::string_view host = "0220 00 04 01020304", with_prefix = "0218 00 04 01020304",
                           network = "0208 01 04 0a000000",
                           ipv6_host = "0380 00 10 20010db8000000000000000000000001",
                           ipv6_network = "0320 01 10 20010db8000000000000000000000000";

template <class T>
errc code_of_reading(pgcoro::oid column, std::string_view hex) {
    return failure_of([&] { read<T>(column, hex); }).code;
}

} // namespace

TEST_CASE("inet and cidr hold addresses with a prefix") {
    CHECK(read<inet>(oids::inet, host) == inet::parse("1.2.3.4"));
    CHECK(read<inet>(oids::inet, with_prefix) == inet(ip::make_address("1.2.3.4"), 24));
    CHECK(read<inet>(oids::cidr, network) == inet::parse("10.0.0.0/8"));
    CHECK(read<cidr>(oids::cidr, network) == cidr(ip::make_address("10.0.0.0"), 8));
    CHECK(read<cidr>(oids::cidr, ipv6_network) == cidr::parse("2001:db8::/32"));
    CHECK(write(inet::parse("1.2.3.4/24"), oids::inet) == without_blanks(with_prefix));
    CHECK(write(inet::parse("2001:db8::1"), oids::inet) == without_blanks(ipv6_host));
    CHECK(write(cidr::parse("10/8"), oids::cidr) == without_blanks(network));
    CHECK(write(inet::parse("10.0.0.0/8"), oids::cidr) == without_blanks(network));
    CHECK(write(cidr::parse("10/8"), oids::inet) == without_blanks("0208 00 04 0a000000"));
    CHECK(inet().to_string() == "0.0.0.0");
    CHECK(cidr().to_string() == "0.0.0.0/0");
}

TEST_CASE("a cidr has no bits behind its prefix") {
    CHECK(failure_of([] { cidr(inet::parse("10.1.0.0/8")); }).code == errc::value_out_of_range);
    CHECK(failure_of([] { write(inet::parse("10.1.0.0/8"), oids::cidr); }).message
          == "the pgcoro::inet value has bits behind its prefix, which cidr cannot hold");
    CHECK(failure_of([] { write(ip::make_network_v4("10.1.0.0/8"), oids::cidr); }).code
          == errc::value_out_of_range);
    CHECK(failure_of([] { read<cidr>(oids::inet, with_prefix); }).message
          == "inet value 1.2.3.4/24 cannot be held by pgcoro::cidr");
    CHECK(read<cidr>(oids::inet, host).to_string() == "1.2.3.4/32");
    CHECK(inet::parse("10.128.0.0/9").has_host_bits() == false);
    CHECK(inet::parse("10.192.0.0/9").has_host_bits());
    CHECK(inet::parse("255.255.255.255/31").has_host_bits());
    CHECK(inet::parse("::1/127").has_host_bits());
    CHECK_FALSE(inet::parse("::1/128").has_host_bits());
}

TEST_CASE("addresses are hosts") {
    CHECK(read<ip::address>(oids::inet, host) == ip::make_address("1.2.3.4"));
    CHECK(read<ip::address>(oids::inet, ipv6_host) == ip::make_address("2001:db8::1"));
    CHECK(read<ip::address_v4>(oids::inet, host) == ip::make_address_v4("1.2.3.4"));
    CHECK(read<ip::address_v6>(oids::inet, ipv6_host) == ip::make_address_v6("2001:db8::1"));
    CHECK(failure_of([] { read<ip::address>(oids::inet, with_prefix); }).message
          == "inet value 1.2.3.4/24 cannot be held by boost::asio::ip::address");
    CHECK(code_of_reading<ip::address_v4>(oids::inet, with_prefix) == errc::value_out_of_range);
    CHECK(code_of_reading<ip::address_v4>(oids::inet, ipv6_host) == errc::value_out_of_range);
    CHECK(code_of_reading<ip::address_v6>(oids::inet, host) == errc::value_out_of_range);
    CHECK(write(ip::make_address("1.2.3.4"), oids::inet) == without_blanks(host));
    CHECK(write(ip::make_address_v4("1.2.3.4"), oids::cidr) == without_blanks("0220 01 04 01020304"));
    CHECK(write(ip::make_address_v6("2001:db8::1"), oids::inet) == without_blanks(ipv6_host));
    auto scoped = ip::make_address_v6("fe80::1");
    scoped.scope_id(2);
    CHECK(failure_of([&] { write(scoped, oids::inet); }).code == errc::value_out_of_range);
}

TEST_CASE("networks keep their address") {
    CHECK(read<ip::network_v4>(oids::inet, with_prefix) == ip::make_network_v4("1.2.3.4/24"));
    CHECK(read<ip::network_v4>(oids::cidr, network) == ip::make_network_v4("10.0.0.0/8"));
    CHECK(read<ip::network_v6>(oids::cidr, ipv6_network) == ip::make_network_v6("2001:db8::/32"));
    CHECK(code_of_reading<ip::network_v6>(oids::cidr, network) == errc::value_out_of_range);
    CHECK(code_of_reading<ip::network_v4>(oids::cidr, ipv6_network) == errc::value_out_of_range);
    CHECK(write(ip::make_network_v4("1.2.3.4/24"), oids::inet) == without_blanks(with_prefix));
    CHECK(write(ip::make_network_v6("2001:db8::/32"), oids::cidr) == without_blanks(ipv6_network));
}

TEST_CASE("bytes that are no address are refused") {
    for (const std::string_view hex :
         {"0120 00 04 01020304", "0420 00 04 01020304", "0221 00 04 01020304", "0220 01 04 01020304",
          "0220 02 04 01020304", "0220 00 05 0102030405", "0220 00 10 01020304", "0220 00 04 0102030405",
          "0381 00 10 20010db8000000000000000000000001", "0380 00 04 01020304"})
        CHECK(code_of_reading<inet>(oids::inet, hex) == errc::protocol_error);
    CHECK(code_of_reading<inet>(oids::cidr, "0208 00 04 0a000000") == errc::protocol_error);
    CHECK(code_of_reading<inet>(oids::cidr, "0208 01 04 0a000001") == errc::protocol_error);
    const auto whole = without_blanks(ipv6_host);
    for (std::size_t size = 0; size < whole.size(); size += 2)
        CHECK(code_of_reading<inet>(oids::inet, whole.substr(0, size)) == errc::protocol_error);
    CHECK(failure_of([] { read<inet>(oids::inet, "312e322e332e34", pgcoro::wire_format::text); }).code
          == errc::type_mismatch);
    CHECK_FALSE(codec<inet>::reads(oids::text));
    CHECK_FALSE(codec<ip::address>::writes(oids::macaddr));
}

TEST_CASE("inet is printed without a full prefix, cidr with it") {
    CHECK(fmt::format("{}", inet::parse("192.168.1.5/32")) == "192.168.1.5");
    CHECK(fmt::format("{:>12}", inet::parse("10.0.0.1/8")) == "  10.0.0.1/8");
    CHECK(fmt::format("{}", inet::parse("2001:DB8:0::1/128")) == "2001:db8::1");
    CHECK(fmt::format("{}", cidr::parse("192.168.1.5")) == "192.168.1.5/32");
    CHECK(write_text(inet::parse("10.0.0.1/8"), some_user_type) == "10.0.0.1/8");
    CHECK(codec<inet>::format(some_user_type) == pgcoro::wire_format::text);
    CHECK(write_text(ip::make_address("::1"), some_user_type) == "::1");
}

TEST_CASE("networks may be abbreviated, as the server takes them") {
    constexpr std::string_view forms[][2]{{"10", "10.0.0.0/8"},
                                          {"128.1", "128.1.0.0/16"},
                                          {"192.168", "192.168.0.0/24"},
                                          {"224", "224.0.0.0/4"},
                                          {"224.1", "224.1.0.0/16"},
                                          {"230", "230.0.0.0/8"},
                                          {"240", "240.0.0.0/32"},
                                          {"192.168.1", "192.168.1.0/24"},
                                          {"10.1.2.3", "10.1.2.3/32"},
                                          {"1.2/20", "1.2.0.0/20"},
                                          {"::/0", "::/0"}};
    for (const auto& [given, meant] : forms) CHECK(cidr::parse(given).to_string() == meant);
}

TEST_CASE("text that is no address is refused") {
    for (const std::string_view text :
         {"", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.4/", "1.2.3.4/33", "1.2.3.4/-1", "1.2.3.4/2x",
          "::/129", "fe80::1%1", ":::", "a.b.c.d", " 1.2.3.4", "1.2.3.4/99999999999"})
        CHECK(failure_of([&] { inet::parse(text); }).code == errc::value_out_of_range);
    for (const std::string_view text : {"", "1.2.3.4/8", "1.2.3.4.5", "1..2", "1.2.", "10/33", "10/"})
        CHECK(failure_of([&] { cidr::parse(text); }).code == errc::value_out_of_range);
    CHECK(failure_of([] { inet::parse("x"); }).message
          == "\"x\" is no inet: an IPv4 or IPv6 address, such as 192.168.1.5 or 10.0.0.1/8, was expected");
    CHECK(failure_of([] { inet(ip::make_address("::1"), 129); }).code == errc::value_out_of_range);
    CHECK(failure_of([] { inet(ip::make_address("1.2.3.4"), 33); }).code == errc::value_out_of_range);
    CHECK(failure_of([] { inet(ip::make_address("1.2.3.4"), 288); }).code == errc::value_out_of_range);
}

TEST_CASE("addresses are ordered as the server orders them") {
    // select x from unnest(array[...]) x order by x
    constexpr std::string_view ordered[]{"0.0.0.0/0", "10.0.0.0/8", "10.0.0.1/8", "10.0.0.0/9",
                                         "10.0.0.0",  "10.0.0.1",   "11.0.0.0/8", "255.255.255.255",
                                         "::/0",      "::1/0",      "::"};
    std::vector<inet> all;
    for (const auto text : ordered) all.push_back(inet::parse(text));
    CHECK(std::is_sorted(all.begin(), all.end()));
    for (std::size_t i = 1; i < all.size(); ++i) CHECK(all[i - 1] < all[i]);
    CHECK(std::unordered_set<inet>(all.begin(), all.end()).size() == all.size());
    CHECK(cidr::parse("10/8") < cidr::parse("10/9"));
}

TEST_CASE("hardware addresses are six and eight bytes") {
    const macaddr address{{0x08, 0x00, 0x2b, 0x01, 0x02, 0x03}};
    CHECK(read<macaddr>(oids::macaddr, "08002b010203") == address);
    CHECK(write(address, oids::macaddr) == "08002b010203");
    CHECK(write(read<macaddr8>(oids::macaddr8, "08002b0102030405"), oids::macaddr8) == "08002b0102030405");
    CHECK(write_text(address, some_user_type) == "08:00:2b:01:02:03");
    CHECK(fmt::format("{}", macaddr8::parse("08002bFFFE010203")) == "08:00:2b:ff:fe:01:02:03");
    CHECK(fmt::format("{}", macaddr8::parse("0800-2b01-0203")) == "08:00:2b:ff:fe:01:02:03");   // as the server does
    CHECK(fmt::format("{}", macaddr8::parse("08002b010203")) == "08:00:2b:ff:fe:01:02:03");
    for (const std::string_view text : {"08:00:2b:01:02:03", "08-00-2B-01-02-03", "08002b:010203",
                                        "08002b-010203", "0800.2b01.0203", "0800-2b01-0203", "08002b010203"})
        CHECK(macaddr::parse(text) == address);
    for (const std::string_view text :
         {"", "08:00:2b:01:02", "08:00:2b:01:02:03:04", "08:00-2b:01:02:03", ":08002b010203",
          "08002b010203:", "0:8002b010203", "08::002b010203", "gg002b010203"})
        CHECK(failure_of([&] { macaddr::parse(text); }).code == errc::value_out_of_range);
    CHECK(code_of_reading<macaddr>(oids::macaddr, "08002b0102") == errc::protocol_error);
    CHECK(code_of_reading<macaddr8>(oids::macaddr8, "08002b010203") == errc::protocol_error);
    CHECK_FALSE(codec<macaddr>::reads(oids::macaddr8));
    CHECK(macaddr{{1}} < macaddr{{2}});
    CHECK(std::unordered_set<macaddr>{macaddr{{1}}, macaddr{{2}}, macaddr{{1}}}.size() == 2);
}

} // namespace types_network_tests
