// The quick way to write a row of a binary COPY.
#pragma once

#include <pgcoro/mapping/copy_buffer.hpp>
#include <pgcoro/mapping/copy_plan.hpp>
#include <pgcoro/types/wire_number.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>

namespace pgcoro::copy_mapping {

using types::store;
using types::wire_number;
using types::wire_numeric;

template <class T>
concept borrowable = requires(const T& value, const type_ref& type) { codec<T>::borrow(value, type); };

/// A field that is written by a store or a copy of bytes, if its column is of the type that suits it best.
template <class Field>
constexpr bool is_direct() {
    using value = value_type<Field>;
    return std::same_as<value, written_type<Field>> && (wire_numeric<value> || borrowable<value>);
}

template <class T>
constexpr bool has_direct_form() {
    return []<std::size_t... I>(std::index_sequence<I...>) {
        return (is_direct<field_type<T, I>>() && ...);
    }(field_indexes<T>{});
}

/// How much room a field wants at most, but for its bytes if it is borrowed; those are noted.
/// False: it has to go the ordinary way.
template <class Field>
bool measure(const Field& field, const type_ref& type, std::span<const std::byte>& borrowed, std::size_t& size) {
    using value = value_type<Field>;
    size += sizeof(std::int32_t);
    if constexpr (row_mapping::is_optional<Field>) {
        return !field || (size -= sizeof(std::int32_t), measure(*field, type, borrowed, size));
    } else if constexpr (wire_numeric<value>) {
        size += sizeof(std::uint64_t);
        return true;
    } else {
        borrowed = codec<value>::borrow(field, type);
        size += borrowed.size();
        return borrowed.data() != nullptr && std::in_range<std::int32_t>(borrowed.size());
    }
}

template <class Field>
std::byte* write_direct(std::byte* at, const Field& field, std::span<const std::byte> borrowed) {
    using value = value_type<Field>;
    if constexpr (row_mapping::is_optional<Field>) {
        if (!field) return store(at, std::int32_t{-1});
        return write_direct(at, *field, borrowed);
    } else if constexpr (wire_numeric<value>) {
        const auto number = wire_number(field);
        return store(store(at, static_cast<std::int32_t>(sizeof number)), number);
    } else {
        at = store(at, static_cast<std::int32_t>(borrowed.size()));
        if (!borrowed.empty()) std::memcpy(at, borrowed.data(), borrowed.size());
        return at + borrowed.size();
    }
}

/// Writes a row; false, and nothing is written, if it has to go the ordinary way, which also knows what is wrong with a
/// value. Precondition: `plan.direct`.
template <class T>
bool put_direct(copy_buffer& out, const T& row, const copy_plan& plan) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
        std::array<std::span<const std::byte>, sizeof...(I)> borrowed;
        std::size_t size = sizeof(std::int16_t);
        if (!(measure(field_of<I>(row), plan.columns[I].type, borrowed[I], size) && ...)) return false;
        out.reserve(size);
        try {
            auto* at = store(out.end(), static_cast<std::int16_t>(sizeof...(I)));
            ((at = write_direct(at, field_of<I>(row), borrowed[I])), ...);
            out.set_end(at);
        } catch (const conversion_error&) {
            return false;
        }
        return true;
    }(field_indexes<T>{});
}

} // namespace pgcoro::copy_mapping
