// Addresses and networks to and from inet and cidr.
#pragma once

#include <pgcoro/types/inet.hpp>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace pgcoro {
namespace types {

/// The binary form of `inet` and `cidr` (`network_send` in the server's `network.c`): family, prefix length,
/// whether it is a `cidr`, size of the address, address.
inet read_inet(const field_view& field);

/// Refuses host bits for a `cidr` with `errc::value_out_of_range`.
void write_inet(byte_writer& out, const inet& value, oid parameter, std::string_view cpp_type);

[[noreturn]] void refuse_inet(const field_view& field, const inet& value, std::string_view cpp_type);

struct network_codec {
    static bool reads(oid column) noexcept { return column == oids::inet || column == oids::cidr; }
    static bool writes(oid parameter) noexcept { return reads(parameter) || user_defined(parameter); }
    static wire_format format(oid parameter) noexcept { return text_if_user_defined(parameter); }

    /// Of a network as text, whichever C++ type it will be read into.
    static bool make_scalar(byte_writer& out, std::string_view text, oid type) {
        if (!reads(type)) return false;
        write_inet(out, inet::parse(text), type, "pgcoro::inet");
        return true;
    }
};

/// Reads a value of the wanted family.
template <class T>
inet read_family(const field_view& field, bool v4) {
    expect_binary(field, codec<T>::name);
    const auto value = read_inet(field);
    if (value.address().is_v4() != v4) refuse_inet(field, value, codec<T>::name);
    return value;
}

/// A host alone.
template <class T>
inet read_host(const field_view& field, bool v4) {
    const auto value = read_family<T>(field, v4);
    if (!value.is_host()) refuse_inet(field, value, codec<T>::name);
    return value;
}

#if PGCORO_HAS_DEFINITIONS

namespace inet_wire {
inline constexpr std::uint8_t ipv4 = 2, ipv6 = 3; // the server's PGSQL_AF_INET and PGSQL_AF_INET6
}

PGCORO_DECL inet read_inet(const field_view& field) {
    byte_reader in(field.bytes);
    const auto family = in.read<std::uint8_t>();
    const auto prefix_length = in.read<std::uint8_t>();
    const auto is_cidr = in.read<std::uint8_t>();
    const auto size = in.read<std::uint8_t>();
    if (family != inet_wire::ipv4 && family != inet_wire::ipv6)
        refuse_bytes(field, "address family " + std::to_string(family));
    if (is_cidr != (field.type == oids::cidr ? 1 : 0))
        refuse_bytes(field, "cidr flag " + std::to_string(is_cidr));
    const unsigned expected = family == inet_wire::ipv4 ? 4 : 16;
    if (size != expected) refuse_bytes(field, "an address of " + std::to_string(size) + " bytes");
    if (prefix_length > expected * 8)
        refuse_bytes(field, "a prefix of " + std::to_string(prefix_length) + " bits");
    inet value;
    if (family == inet_wire::ipv4) {
        value = inet(boost::asio::ip::address_v4(in.read<std::uint32_t>()), prefix_length);
    } else {
        boost::asio::ip::address_v6::bytes_type bytes;
        for (auto& byte : bytes) byte = in.read<std::uint8_t>();
        value = inet(boost::asio::ip::address_v6(bytes), prefix_length);
    }
    in.expect_end();
    if (is_cidr != 0 && value.has_host_bits()) refuse_bytes(field, "bits behind its prefix");
    return value;
}

PGCORO_DECL void write_inet(byte_writer& out, const inet& value, oid parameter, std::string_view cpp_type) {
    if (user_defined(parameter)) return out.write(std::string_view(value.to_string()));
    const bool is_cidr = parameter == oids::cidr;
    if (is_cidr && value.has_host_bits())
        throw conversion_error(errc::value_out_of_range, "the " + std::string(cpp_type)
                                                             + " value has bits behind its prefix, "
                                                               "which cidr cannot hold");
    const address_bytes address(value.address());
    out.write(value.address().is_v4() ? inet_wire::ipv4 : inet_wire::ipv6);
    out.write(static_cast<std::uint8_t>(value.prefix_length()));
    out.write(std::uint8_t{is_cidr});
    out.write(static_cast<std::uint8_t>(address.size));
    out.write(std::as_bytes(std::span(address.bytes).first(address.size)));
}

PGCORO_DECL void refuse_inet(const field_view& field, const inet& value, std::string_view cpp_type) {
    throw conversion_error(errc::value_out_of_range, type_name(field.type) + " value " + value.to_string()
                                                         + " cannot be held by " + std::string(cpp_type));
}

#endif
} // namespace types

/// Reads and writes every value of `inet` and `cidr`. For a `cidr` parameter, bits behind the prefix are
/// `errc::value_out_of_range`.
template <>
struct codec<inet> : types::network_codec {
    static constexpr std::string_view name = "pgcoro::inet";
    static constexpr oid type = oids::inet;

    static inet read(const field_view& field) {
        types::expect_binary(field, name);
        return types::read_inet(field);
    }

    static void write(byte_writer& out, const inet& value, oid parameter) {
        types::write_inet(out, value, parameter, name);
    }
};

/// Reads and writes `cidr`, and `inet` if there are no bits behind its prefix (`errc::value_out_of_range`).
template <>
struct codec<cidr> : types::network_codec {
    static constexpr std::string_view name = "pgcoro::cidr";
    static constexpr oid type = oids::cidr;

    static cidr read(const field_view& field) {
        types::expect_binary(field, name);
        const auto value = types::read_inet(field);
        if (value.has_host_bits()) types::refuse_inet(field, value, name);
        return cidr(value);
    }

    static void write(byte_writer& out, const cidr& value, oid parameter) {
        types::write_inet(out, value, parameter, name);
    }
};

/// Hosts: a value whose prefix is not the whole address is `errc::value_out_of_range`, as is an address with
/// a scope.
template <>
struct codec<boost::asio::ip::address> : types::network_codec {
    static constexpr std::string_view name = "boost::asio::ip::address";
    static constexpr oid type = oids::inet;

    static boost::asio::ip::address read(const field_view& field) {
        types::expect_binary(field, name);
        const auto value = types::read_inet(field);
        if (!value.is_host()) types::refuse_inet(field, value, name);
        return value.address();
    }

    static void write(byte_writer& out, const boost::asio::ip::address& value, oid parameter) {
        types::write_inet(out, value, parameter, name);
    }
};

/// The same, for IPv4 alone.
template <>
struct codec<boost::asio::ip::address_v4> : types::network_codec {
    static constexpr std::string_view name = "boost::asio::ip::address_v4";
    static constexpr oid type = oids::inet;

    static boost::asio::ip::address_v4 read(const field_view& field) {
        return types::read_host<boost::asio::ip::address_v4>(field, true).address().to_v4();
    }

    static void write(byte_writer& out, const boost::asio::ip::address_v4& value, oid parameter) {
        types::write_inet(out, boost::asio::ip::address(value), parameter, name);
    }
};

/// The same, for IPv6 alone.
template <>
struct codec<boost::asio::ip::address_v6> : types::network_codec {
    static constexpr std::string_view name = "boost::asio::ip::address_v6";
    static constexpr oid type = oids::inet;

    static boost::asio::ip::address_v6 read(const field_view& field) {
        return types::read_host<boost::asio::ip::address_v6>(field, false).address().to_v6();
    }

    static void write(byte_writer& out, const boost::asio::ip::address_v6& value, oid parameter) {
        types::write_inet(out, boost::asio::ip::address(value), parameter, name);
    }
};

/// IPv4 networks; bits behind the prefix are kept for `inet` and `errc::value_out_of_range` for a `cidr`
/// parameter (`network_v4::canonical()` is without them).
template <>
struct codec<boost::asio::ip::network_v4> : types::network_codec {
    static constexpr std::string_view name = "boost::asio::ip::network_v4";
    static constexpr oid type = oids::cidr;

    static boost::asio::ip::network_v4 read(const field_view& field) {
        const auto value = types::read_family<boost::asio::ip::network_v4>(field, true);
        return {value.address().to_v4(), static_cast<unsigned short>(value.prefix_length())};
    }

    static void write(byte_writer& out, const boost::asio::ip::network_v4& value, oid parameter) {
        types::write_inet(out, value, parameter, name);
    }
};

/// The same, for IPv6.
template <>
struct codec<boost::asio::ip::network_v6> : types::network_codec {
    static constexpr std::string_view name = "boost::asio::ip::network_v6";
    static constexpr oid type = oids::cidr;

    static boost::asio::ip::network_v6 read(const field_view& field) {
        const auto value = types::read_family<boost::asio::ip::network_v6>(field, false);
        return {value.address().to_v6(), static_cast<unsigned short>(value.prefix_length())};
    }

    static void write(byte_writer& out, const boost::asio::ip::network_v6& value, oid parameter) {
        types::write_inet(out, value, parameter, name);
    }
};

} // namespace pgcoro
