// boost::dynamic_bitset to and from bit and bit varying.
#pragma once

#include <pgcoro/types/bits.hpp>

#include <boost/dynamic_bitset.hpp>

#include <cstddef>
#include <string_view>

namespace pgcoro {

/// Reads and writes `bit` and `bit varying` of any length. `boost::to_string` gives the server's text, so the
/// bit that the server prints first is the highest: `size() - 1`.
template <class Block, class Allocator>
struct codec<boost::dynamic_bitset<Block, Allocator>> : types::bits_codec {
    static constexpr std::string_view name = "boost::dynamic_bitset";
    static constexpr oid type = oids::varbit;

    static boost::dynamic_bitset<Block, Allocator> read(const field_view& field) {
        types::expect_binary(field, name);
        const auto bits = types::read_bits(field);
        boost::dynamic_bitset<Block, Allocator> value(bits.size);
        for (std::size_t i = 0; i < bits.size; ++i)
            if (bits[i]) value.set(bits.size - 1 - i);
        return value;
    }

    static void write(byte_writer& out, const boost::dynamic_bitset<Block, Allocator>& value, oid parameter) {
        const auto size = value.size();
        types::write_bits(out, size, parameter, [&](std::size_t i) { return value.test(size - 1 - i); });
    }
};

} // namespace pgcoro
