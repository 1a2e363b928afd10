// pgcoro::inet and pgcoro::cidr: addresses with the length of a network prefix.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/types/text_form.hpp>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <boost/system/error_code.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace pgcoro {

/// An IPv4 or IPv6 address and the number of leading bits that name its network: any value of `inet` or
/// `cidr` (documentation: "Network Address Types"). Printed as the server prints `inet`: without the prefix
/// length where it is the full one. (A cast to text in SQL, `value::text`, always shows the prefix length.)
/// Ordered as the server orders: IPv4 before IPv6, then by network, prefix length and address.
class inet {
public:
    /// 0.0.0.0
    inet() noexcept : prefix_length_(32) {}

    /// A host. Throws `conversion_error` (`errc::value_out_of_range`) for an IPv6 address with a scope, which
    /// the server has no room for.
    inet(const boost::asio::ip::address& address); // NOLINT: a host is an address

    /// The same errors, and for a prefix longer than the address: 32 bits, 128 for IPv6.
    inet(const boost::asio::ip::address& address, unsigned prefix_length);

    inet(const boost::asio::ip::network_v4& network) // NOLINT: so is a network
        : inet(network.address(), network.prefix_length()) {}
    inet(const boost::asio::ip::network_v6& network) // NOLINT
        : inet(network.address(), network.prefix_length()) {}

    /// Reads "192.168.1.5", "192.168.1.5/24", "2001:db8::1/64". Throws `conversion_error`
    /// (`errc::value_out_of_range`) for anything else.
    static inet parse(std::string_view text);

    const boost::asio::ip::address& address() const noexcept { return address_; }
    unsigned prefix_length() const noexcept { return prefix_length_; }

    /// Whether the prefix is the whole address.
    bool is_host() const noexcept { return prefix_length_ == (address_.is_v4() ? 32 : 128); }

    /// Whether bits behind the prefix are set; a `cidr` has none.
    bool has_host_bits() const noexcept;

    std::string to_string() const;

    friend bool operator==(const inet&, const inet&) noexcept = default;
    friend std::strong_ordering operator<=>(const inet& a, const inet& b) noexcept;

private:
    boost::asio::ip::address address_;
    std::uint8_t prefix_length_;
};

/// A network: an address without bits behind its prefix. Printed as the server prints `cidr`, always with the
/// prefix length.
class cidr {
public:
    /// 0.0.0.0/0
    cidr() noexcept : network_(boost::asio::ip::network_v4()) {}

    /// Throws `conversion_error` (`errc::value_out_of_range`) if bits behind the prefix are set.
    explicit cidr(const inet& network);

    /// The same error, and those of `inet`.
    cidr(const boost::asio::ip::address& address, unsigned prefix_length)
        : cidr(inet(address, prefix_length)) {}

    /// Reads what `inet::parse` does, and abbreviated IPv4 networks such as "10.1" and "10.1/16", whose
    /// prefix length follows from the classes of networks if it is not given (documentation: "cidr"). Throws
    /// `conversion_error` (`errc::value_out_of_range`) for anything else and if bits behind the prefix are
    /// set.
    static cidr parse(std::string_view text);

    const boost::asio::ip::address& address() const noexcept { return network_.address(); }
    unsigned prefix_length() const noexcept { return network_.prefix_length(); }

    operator const inet&() const noexcept { return network_; } // NOLINT: as the server converts

    std::string to_string() const;

    friend bool operator==(const cidr&, const cidr&) noexcept = default;
    friend std::strong_ordering operator<=>(const cidr&, const cidr&) noexcept = default;

private:
    inet network_;
};

namespace types {

/// An address in network byte order.
struct address_bytes {
    std::array<unsigned char, 16> bytes{};
    std::size_t size;

    explicit address_bytes(const boost::asio::ip::address& address) noexcept;
};

} // namespace types

#if PGCORO_HAS_DEFINITIONS

namespace types {

PGCORO_DECL address_bytes::address_bytes(const boost::asio::ip::address& address) noexcept
    : size(address.is_v4() ? 4 : 16) {
    if (address.is_v4()) {
        const auto number = address.to_v4().to_uint();
        for (std::size_t i = 0; i < 4; ++i) bytes[i] = static_cast<unsigned char>(number >> (24 - 8 * i));
    } else {
        bytes = address.to_v6().to_bytes();
    }
}

namespace inet_text {

inline constexpr std::string_view inet_form = "an IPv4 or IPv6 address, such as 192.168.1.5 or 10.0.0.1/8,",
                                  cidr_form =
                                      "a network without bits behind its prefix, such as 192.168.1.0/24,";

inline std::optional<unsigned> number(std::string_view digits, unsigned most) {
    unsigned value = 0;
    const auto end = digits.data() + digits.size();
    const auto [at, failure] = std::from_chars(digits.data(), end, value);
    if (failure != std::errc() || at != end || value > most) return std::nullopt;
    return value;
}

/// IPv4 octets, from one to four of them, and how many there were.
struct octets {
    boost::asio::ip::address_v4 address;
    unsigned count;
};

inline std::optional<octets> read_octets(std::string_view text) {
    std::uint32_t address = 0;
    unsigned count = 0;
    for (;;) {
        const auto dot = text.find('.');
        const auto octet = number(text.substr(0, dot), 255);
        if (!octet || count == 4) return std::nullopt;
        address |= std::uint32_t{*octet} << (24 - 8 * count++);
        if (dot == text.npos) return octets{boost::asio::ip::address_v4(address), count};
        text.remove_prefix(dot + 1);
    }
}

/// The prefix length of an IPv4 network that was written without one.
inline unsigned classful_length(const octets& written) {
    const auto first = written.address.to_uint() >> 24;
    if (first == 224 && written.count == 1) return 4;
    const unsigned of_class = first >= 240   ? 32
                              : first >= 224 ? 8
                              : first >= 192 ? 24
                              : first >= 128 ? 16
                                             : 8;
    return std::max(of_class, 8 * written.count);
}

} // namespace inet_text
} // namespace types

PGCORO_DECL inet::inet(const boost::asio::ip::address& address) : inet(address, address.is_v4() ? 32 : 128) {}

PGCORO_DECL inet::inet(const boost::asio::ip::address& address, unsigned prefix_length)
    : address_(address), prefix_length_(static_cast<std::uint8_t>(prefix_length)) {
    if (prefix_length > (address.is_v4() ? 32u : 128u))
        throw conversion_error(errc::value_out_of_range, "prefix of " + std::to_string(prefix_length)
                                                             + " bits for an address of "
                                                             + (address.is_v4() ? "32" : "128"));
    if (address.is_v6() && address.to_v6().scope_id() != 0)
        throw conversion_error(errc::value_out_of_range,
                               "the address " + address.to_string() + " has a scope, which inet cannot hold");
}

PGCORO_DECL inet inet::parse(std::string_view text) {
    const auto slash = text.find('/');
    boost::system::error_code failure;
    const auto address = boost::asio::ip::make_address(std::string(text.substr(0, slash)), failure);
    if (failure || (address.is_v6() && address.to_v6().scope_id() != 0))
        types::refuse_text_form(text, "inet", types::inet_text::inet_form);
    if (slash == text.npos) return address;
    const auto length = types::inet_text::number(text.substr(slash + 1), address.is_v4() ? 32 : 128);
    if (!length) types::refuse_text_form(text, "inet", types::inet_text::inet_form);
    return {address, *length};
}

PGCORO_DECL bool inet::has_host_bits() const noexcept {
    const types::address_bytes address(address_);
    for (std::size_t i = prefix_length_ / 8; i < address.size; ++i) {
        const auto mask = i == prefix_length_ / 8 ? 0xffu >> prefix_length_ % 8 : 0xffu;
        if ((address.bytes[i] & mask) != 0) return true;
    }
    return false;
}

PGCORO_DECL std::string inet::to_string() const {
    auto text = address_.to_string();
    if (!is_host()) text += '/' + std::to_string(prefix_length_);
    return text;
}

PGCORO_DECL std::strong_ordering operator<=>(const inet& a, const inet& b) noexcept {
    if (a.address_.is_v4() != b.address_.is_v4())
        return a.address_.is_v4() ? std::strong_ordering::less : std::strong_ordering::greater;
    const types::address_bytes left(a.address_), right(b.address_);
    const std::size_t common = std::min(a.prefix_length_, b.prefix_length_);
    for (std::size_t i = 0; i * 8 < common; ++i) {
        const auto mask = common - i * 8 >= 8 ? 0xffu : 0xffu << (8 - (common - i * 8)) & 0xffu;
        if (const auto order = (left.bytes[i] & mask) <=> (right.bytes[i] & mask); order != 0) return order;
    }
    if (const auto order = a.prefix_length_ <=> b.prefix_length_; order != 0) return order;
    return left.bytes <=> right.bytes;
}

PGCORO_DECL cidr::cidr(const inet& network) : network_(network) {
    if (network.has_host_bits())
        types::refuse_text_form(network.to_string(), "cidr", types::inet_text::cidr_form);
}

PGCORO_DECL cidr cidr::parse(std::string_view text) {
    const auto slash = text.find('/');
    if (const auto octets = types::inet_text::read_octets(text.substr(0, slash))) {
        const auto length = slash == text.npos ? types::inet_text::classful_length(*octets)
                                               : types::inet_text::number(text.substr(slash + 1), 32);
        if (!length) types::refuse_text_form(text, "cidr", types::inet_text::cidr_form);
        return {octets->address, *length};
    }
    return cidr(inet::parse(text));
}

PGCORO_DECL std::string cidr::to_string() const {
    return address().to_string() + '/' + std::to_string(prefix_length());
}

#endif

} // namespace pgcoro

template <>
struct fmt::formatter<pgcoro::inet> : pgcoro::types::text_formatter<pgcoro::inet> {};
template <>
struct fmt::formatter<pgcoro::cidr> : pgcoro::types::text_formatter<pgcoro::cidr> {};

template <>
struct std::hash<pgcoro::inet> {
    std::size_t operator()(const pgcoro::inet& value) const noexcept {
        return pgcoro::types::hash_of(value.address(), value.prefix_length());
    }
};
template <>
struct std::hash<pgcoro::cidr> {
    std::size_t operator()(const pgcoro::cidr& value) const noexcept {
        return std::hash<pgcoro::inet>()(value);
    }
};
