// Tuples and pairs from records and composites.
#pragma once

#include <pgcoro/types/names.hpp>
#include <pgcoro/types/record_format.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <tuple>
#include <utility>

namespace pgcoro {
namespace types {

template <class T>
concept readable_field = readable<element_value<T>>;

struct record_names {
    static constexpr std::string_view tuple = "std::tuple<", pair = "std::pair<", optional = "std::optional<",
                                      comma = ", ", close = ">";
};

/// The name of a template over several types: "std::pair<std::int32_t, std::optional<bool>>".
template <const std::string_view& Open, class... Fields>
struct listed_names {
    static constexpr void list(auto&& put) {
        std::size_t place = 0;
        put(Open);
        ((put(place++ == 0 ? std::string_view() : record_names::comma),
          put(array_element<Fields>::nullable ? record_names::optional : std::string_view()),
          put(std::string_view(codec<element_value<Fields>>::name)),
          put(array_element<Fields>::nullable ? record_names::close : std::string_view())),
         ...);
        put(record_names::close);
    }

    static constexpr std::size_t size = [] {
        std::size_t all = 0;
        list([&all](std::string_view part) { all += part.size(); });
        return all;
    }();

    static constexpr auto characters = [] {
        std::array<char, size> all{};
        auto at = all.begin();
        list([&at](std::string_view part) { at = std::copy(part.begin(), part.end(), at); });
        return all;
    }();

    static constexpr std::string_view text{characters.data(), characters.size()};
};

template <class... Fields>
struct record_codec {
    using parts = part_list<element_value<Fields>...>;

    static constexpr oid type = oids::record;
    static constexpr bool is_record = true;
    static constexpr bool borrows = (pgcoro::borrows<element_value<Fields>> || ...);

    static bool reads(const type_ref& column) noexcept {
        if (column.info() != nullptr) return column.info()->kind == type_kind::composite;
        return column == oids::record || user_defined(column);
    }

    template <class Record>
    static Record read_record(const field_view& field) {
        record_reader in(field, sizeof...(Fields), codec<Record>::name);
        Record record{in.template next<Fields>()...}; // braces: in the order of the fields
        in.finish();
        return record;
    }
};

} // namespace types

/// Reads a record (`select row(1, 'a')` has a column of that type) or a composite, field by field by position; NULL
/// fields want `std::optional`. The number of fields has to be the same, and each field's codec has to read the field's
/// type: else it is `errc::type_mismatch`. Within the tuple there may be records again, and arrays of them in vectors.
/// Cannot be a parameter: the server takes no records as input (documentation: "Pseudo-Types").
///
/// A tuple that stands for a whole row is that row, column by column, and no record: a row with a record is
/// `std::tuple<std::tuple<int, std::string>>`.
template <types::readable_field... Fields>
    requires(sizeof...(Fields) > 0)
struct codec<std::tuple<Fields...>> : types::record_codec<Fields...> {
    static constexpr std::string_view name = types::listed_names<types::record_names::tuple, Fields...>::text;

    static std::tuple<Fields...> read(const field_view& field) {
        return codec::template read_record<std::tuple<Fields...>>(field);
    }
};

/// The same for a record of two fields.
template <types::readable_field First, types::readable_field Second>
struct codec<std::pair<First, Second>> : types::record_codec<First, Second> {
    static constexpr std::string_view name = types::listed_names<types::record_names::pair, First, Second>::text;

    static std::pair<First, Second> read(const field_view& field) {
        return codec::template read_record<std::pair<First, Second>>(field);
    }
};

} // namespace pgcoro
