// What counts as a row type, and the names of its fields.
#include <pgcoro/mapping/row_description.hpp>

#include <array>
#include <doctest/doctest.h>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace {

struct number {
    int value;
};

struct view {
    std::string_view text;
};

struct without_codec {};

} // namespace

template <>
struct pgcoro::codec<number> {
    static constexpr std::string_view name = "number";
    static bool reads(oid column) noexcept { return column == oids::int4; }
    static number read(const field_view&) { return {1}; }
};

template <>
struct pgcoro::codec<view> {
    static constexpr std::string_view name = "view";
    static constexpr bool borrows = true;
    static bool reads(oid column) noexcept { return column == oids::text; }
    static view read(const field_view& field) { return {as_chars(field.bytes)}; }
};

template <>
struct pgcoro::codec<std::unique_ptr<int>> {
    static bool reads(oid column) noexcept { return column == oids::int4; }
    static std::unique_ptr<int> read(const field_view&) { return std::make_unique<int>(1); }
};

namespace shop::model {

struct item {
    number id;
    const number stock;
    std::optional<number> größe;
};

template <class T>
struct page {
    T first;
};

} // namespace shop::model

namespace {

struct no_default {
    explicit no_default(int) {}
};

struct move_only {
    std::unique_ptr<int> pointer;
    number count;
};

struct several {
    number id;
    std::unique_ptr<int> pointer;
    std::optional<number> maybe;
};

struct with_pair_of_strings {
    std::optional<std::string> first;
    std::array<int, 3> array;
    std::pair<int, int> second;
    std::tuple<> third;
    no_default fourth;
};

struct base {
    number id;
};
struct derived : base {
    number other;
};
struct derived_from_empty : without_codec {
    number other;
};
struct with_array {
    number id;
    char text[4];
    number last;
};
struct with_last_array {
    number id;
    char text[4];
};
struct with_small_array {
    number id;
    char text[1];
};
struct with_matrix {
    std::optional<number> id;
    int values[2][2];
};
struct with_reference {
    number id;
    const std::string& name;
};
struct with_rvalue_reference {
    number id;
    number&& name;
};
struct with_constructor {
    explicit with_constructor(int) {}
    number id;
};
struct with_unreadable {
    number id;
    without_codec other;
};
struct borrowing {
    number id;
    std::optional<view> name;
};

struct renamed {
    number id;
    number email;
};
struct wrongly_renamed {
    number id;
};
struct positioned {
    number x;
    number y;
};

} // namespace

template <>
struct pgcoro::mapping<renamed> {
    static constexpr std::array renamed{rename("email", "email_address")};
};
template <>
struct pgcoro::mapping<wrongly_renamed> {
    static constexpr std::array renamed{rename("idd", "id")};
};
template <>
struct pgcoro::mapping<positioned> {
    static constexpr bool by_position = true;
};

using namespace pgcoro;
using row_mapping::field_name;
using row_mapping::nameable;

TEST_CASE("fields have the names of the struct's members, wherever the struct is declared") {
    struct local {
        number one;
        no_default two;
    };
    CHECK(field_name<shop::model::item, 0>() == "id");
    CHECK(field_name<shop::model::item, 1>() == "stock");
    CHECK(field_name<shop::model::item, 2>() == "größe");
    CHECK(field_name<shop::model::page<shop::model::item>, 0>() == "first");
    CHECK(field_name<several, 2>() == "maybe");
    CHECK(field_name<move_only, 0>() == "pointer");
    CHECK(field_name<local, 0>() == "one");
    CHECK(field_name<local, 1>() == "two");
}

TEST_CASE("a label is the class's name without functions and unnamed namespaces around it") {
    struct local {};
    const auto of_lambda = [](auto value) {
        struct inside {
            decltype(value) member;
        };
        return type_label<inside>();
    };
    CHECK(type_label<shop::model::item>() == "shop::model::item");
    CHECK(type_label<shop::model::page<int>>() == "shop::model::page<int>");
    CHECK(type_label<local>() == "local");
    CHECK(type_label<several>() == "several");
    CHECK(type_label<int>() == "int");
    CHECK(of_lambda(1) == "inside");
}

TEST_CASE("members that cannot be named are found") {
    CHECK(nameable<shop::model::item>);
    CHECK(nameable<with_pair_of_strings>);
    CHECK(nameable<move_only>);
    CHECK_FALSE(nameable<derived>);
    CHECK_FALSE(nameable<derived_from_empty>);
    CHECK_FALSE(nameable<with_array>);
    CHECK_FALSE(nameable<with_last_array>);
    CHECK_FALSE(nameable<with_small_array>);
    CHECK_FALSE(nameable<with_matrix>);
    CHECK_FALSE(nameable<with_reference>);
    CHECK_FALSE(nameable<with_rvalue_reference>);
    CHECK_FALSE(nameable<with_constructor>);
    CHECK_FALSE(nameable<without_codec>);
    CHECK_FALSE(nameable<int>);
}

TEST_CASE("row types are scalars, tuples and structs of what codecs read") {
    struct local {
        number id;
    };
    CHECK(row_type<number>);
    CHECK(row_type<std::optional<number>>);
    CHECK(row_type<std::tuple<number, std::optional<number>>>);
    CHECK(row_type<std::pair<number, view>>);
    CHECK(row_type<shop::model::item>);
    CHECK(row_type<several>);
    CHECK(row_type<local>);
    CHECK(row_type<renamed>);
    CHECK(row_type<positioned>);

    CHECK_FALSE(row_type<without_codec>);
    CHECK_FALSE(row_type<with_unreadable>);
    CHECK_FALSE(row_type<std::tuple<>>);
    CHECK_FALSE(row_type<std::tuple<number, without_codec>>);
    CHECK_FALSE(row_type<std::optional<std::optional<number>>>);
    CHECK_FALSE(row_type<std::optional<positioned>>);
    CHECK_FALSE(row_type<number&>);
    CHECK_FALSE(row_type<const number>);
    CHECK_FALSE(row_type<with_reference>);
    CHECK_FALSE(row_type<wrongly_renamed>);
    CHECK_FALSE(row_type<void>);
}

TEST_CASE("a type with a codec is a scalar even if it is a struct") {
    CHECK(row_mapping::shape_of<number>() == row_mapping::row_shape::scalar);
    CHECK(row_mapping::shape_of<std::tuple<number>>() == row_mapping::row_shape::tuple);
    CHECK(row_mapping::shape_of<renamed>() == row_mapping::row_shape::structure);
}

TEST_CASE("a row borrows if one of its fields does") {
    CHECK(row_borrows<view>);
    CHECK(row_borrows<std::optional<view>>);
    CHECK(row_borrows<std::pair<number, view>>);
    CHECK(row_borrows<borrowing>);
    CHECK_FALSE(row_borrows<number>);
    CHECK_FALSE(row_borrows<std::tuple<number, number>>);
    CHECK_FALSE(row_borrows<shop::model::item>);
}

// Column plans are found by their addresses.
TEST_CASE("each row type has a description of its own") {
    using row_mapping::description_of;
    const row_mapping::row_description* const numbers = &description_of<number>;
    CHECK(numbers == &description_of<number>);
    CHECK(numbers != &description_of<view>);
    CHECK(numbers != &description_of<std::optional<number>>);
    CHECK(&description_of<renamed> != &description_of<positioned>);
}

TEST_CASE("descriptions say what messages need") {
    const auto& pair = row_mapping::description_of<std::pair<number, std::optional<view>>>;
    CHECK(row_mapping::row_text(pair) == "std::pair<number, view or NULL>");
    CHECK(row_mapping::field_text(pair, 1) == "element 2 of std::pair<number, view or NULL>");
    const auto& item = row_mapping::description_of<shop::model::item>;
    CHECK(row_mapping::field_text(item, 2) == "field 'größe' of shop::model::item");
    CHECK(row_mapping::type_text(item.fields[2]) == "number or NULL");
    CHECK(row_mapping::row_text(row_mapping::description_of<view>) == "view");
}

TEST_CASE("a codec without a name is called by its type") {
    CHECK(row_mapping::description_of<several>.fields[1].type.find("unique_ptr<int")
          != std::string_view::npos);
}
