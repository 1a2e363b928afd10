// expect: this row type points into the result, which a vector does not keep
#include <pgcoro/mapping/decode.hpp>

#include <string_view>

struct view {
    std::string_view text;
};

template <>
struct pgcoro::codec<view> {
    static constexpr bool borrows = true;
    static bool reads(oid) noexcept { return true; }
    static view read(const field_view& field) { return {as_chars(field.bytes)}; }
};

struct user {
    view name;
};

struct no_rows {
    std::size_t row_count() const;
    std::size_t column_count() const;
    std::span<const std::byte> value(std::size_t, std::size_t) const;
    pgcoro::oid column_type(std::size_t) const;
    pgcoro::wire_format column_format(std::size_t) const;
    std::string_view column_name(std::size_t) const;
};

auto rows() { return pgcoro::decode_rows<user>(no_rows{}, {}, ""); }
