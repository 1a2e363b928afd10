// Column plans and the decoding of rows, with a result made of vectors.
#include <pgcoro/mapping/decode.hpp>

#include <array>
#include <cstddef>
#include <doctest/doctest.h>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "thrown_error.hpp"

namespace {

/// Read from digits in an integer column.
struct number {
    int value;
    bool operator==(const number&) const = default;
};

/// Read from any text; neither default-constructible nor assignable.
class word {
public:
    explicit word(std::string_view text) : text_(text) {}
    word(const word&) = default;
    word(word&&) = default;
    const std::string& text() const { return text_; }

private:
    std::string text_;
};

struct view {
    std::string_view text;
};

/// Counts its objects.
struct counted {
    counted() { ++alive; }
    counted(const counted&) { ++alive; }
    ~counted() { --alive; }
    inline static int alive = 0;
};

} // namespace

template <>
struct pgcoro::codec<counted> {
    static constexpr std::string_view name = "counted";
    static bool reads(oid column) noexcept { return column == oids::text; }
    static counted read(const field_view&) { return {}; }
};

template <>
struct pgcoro::codec<number> {
    static constexpr std::string_view name = "number";
    static bool reads(oid column) noexcept { return column == oids::int4 || column == oids::int8; }
    static number read(const field_view& field) {
        if (field.bytes.size() > 3) throw conversion_error(errc::value_out_of_range, "too many digits");
        return {std::stoi(std::string(as_chars(field.bytes)))};
    }
};

template <>
struct pgcoro::codec<word> {
    static constexpr std::string_view name = "word";
    static bool reads(oid column) noexcept { return column == oids::text; }
    static word read(const field_view& field) {
        if (field.format == wire_format::text) return word("text:" + std::string(as_chars(field.bytes)));
        return word(as_chars(field.bytes));
    }
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
    static constexpr std::string_view name = "pointer";
    static bool reads(oid column) noexcept { return column == oids::int4; }
    static std::unique_ptr<int> read(const field_view& field) {
        return std::make_unique<int>(codec<number>::read(field).value);
    }
};

namespace shop::stock {

struct item {
    number id;
    word label;
};

} // namespace shop::stock

namespace {

struct user {
    number id;
    word name;
    std::optional<word> email;
};

struct constant {
    const number id;
    const std::optional<number> other;
};

struct owner {
    number id;
    std::unique_ptr<int> value;
};

struct alias {
    number id;
    word email;
};

struct point {
    number x;
    number y;
};

struct half_counted {
    counted first;
    std::optional<counted> second;
    number third;
};

struct borrowing {
    view name;
};

} // namespace

template <>
struct pgcoro::mapping<alias> {
    static constexpr std::array renamed{rename("email", "email_address")};
};
template <>
struct pgcoro::mapping<point> {
    static constexpr bool by_position = true;
};

namespace {

using namespace pgcoro;
using column_infos = std::vector<column_info>;
using cell = std::optional<std::string>;

/// A result in memory; the handle on it is what is passed around.
struct table {
    column_infos columns;
    std::vector<std::vector<cell>> rows;
    wire_format format = wire_format::binary;
};

class table_view {
public:
    explicit table_view(const table& of) : table_(&of) {}

    std::size_t row_count() const { return table_->rows.size(); }
    std::size_t column_count() const { return table_->columns.size(); }
    std::span<const std::byte> value(std::size_t row, std::size_t column) const {
        const auto& value = table_->rows.at(row).at(column);
        return value ? std::as_bytes(std::span(*value)) : std::span<const std::byte>();
    }
    oid column_type(std::size_t column) const { return table_->columns.at(column).type; }
    wire_format column_format(std::size_t) const { return table_->format; }
    std::string_view column_name(std::size_t column) const { return table_->columns.at(column).name; }

private:
    const table* table_;
};

static_assert(result_view<table_view>);

constexpr std::string_view sql = "select …";

template <class T>
std::vector<T> read(const table& from) {
    return decode_rows<T>(table_view(from), make_column_plan<T>(from.columns, sql), sql);
}

using pgcoro::testing::thrown_by;

/// What making a plan says about columns that do not go with the row type.
template <class T>
error plan_error(const column_infos& columns) {
    return thrown_by([&] { make_column_plan<T>(columns, sql); });
}

const column_info int_id{"id", oids::int4}, text_name{"name", oids::text}, text_email{"email", oids::text};

} // namespace

TEST_CASE("a struct takes its columns by name, in any order, and ignores others") {
    const auto users = read<user>({{text_email, {"age", oids::int4}, text_name, int_id},
                                   {{"a@b", "9", "Ann", "1"}, {std::nullopt, std::nullopt, "Bob", "2"}}});
    REQUIRE(users.size() == 2);
    CHECK(users[0].id == number{1});
    CHECK(users[0].name.text() == "Ann");
    CHECK(users[0].email->text() == "a@b");
    CHECK(users[1].id == number{2});
    CHECK_FALSE(users[1].email);
}

TEST_CASE("structs in namespaces and functions are read") {
    struct local {
        word label;
        number id;
    };
    const table items{{int_id, {"label", oids::text}}, {{"7", "pen"}}};
    CHECK(read<shop::stock::item>(items).at(0).label.text() == "pen");
    CHECK(read<local>(items).at(0).id == number{7});
}

TEST_CASE("constant and move-only fields are read") {
    const auto constants =
        read<constant>({{int_id, {"other", oids::int8}}, {{"7", "8"}, {"9", std::nullopt}}});
    CHECK(constants.at(0).id == number{7});
    CHECK(constants.at(0).other == number{8});
    CHECK_FALSE(constants.at(1).other);
    CHECK(*read<owner>({{int_id, {"value", oids::int4}}, {{"7", "8"}}}).at(0).value == 8);
}

TEST_CASE("tuples and pairs take columns by position") {
    const table two{{{"a", oids::int4}, {"a", oids::text}}, {{"1", "x"}, {"2", std::nullopt}}};
    const auto tuples = read<std::tuple<number, std::optional<word>>>(two);
    CHECK(std::get<0>(tuples.at(0)) == number{1});
    CHECK(std::get<1>(tuples.at(0))->text() == "x");
    CHECK_FALSE(std::get<1>(tuples.at(1)));
    CHECK(read<std::pair<number, std::optional<word>>>(two).at(1).first == number{2});
    CHECK(std::get<0>(read<std::tuple<number>>({{int_id}, {{"5"}}}).at(0)) == number{5});
}

TEST_CASE("a scalar takes the only column, whatever its name") {
    CHECK(read<number>({{{"?column?", oids::int8}}, {{"1"}, {"2"}}}) == std::vector{number{1}, number{2}});
    CHECK_FALSE(read<std::optional<number>>({{int_id}, {{std::nullopt}}}).at(0));
    CHECK(*read<std::unique_ptr<int>>({{int_id}, {{"3"}}}).at(0) == 3);
}

TEST_CASE("mapping renames columns") {
    const auto aliases =
        read<alias>({{{"email", oids::int4}, {"email_address", oids::text}, int_id}, {{"0", "e", "1"}}});
    CHECK(aliases.at(0).email.text() == "e");
    CHECK(plan_error<alias>({int_id, text_email}).diagnostics().message
          == "field 'email' (column 'email_address') of alias has no column; the result has: id, email");
}

TEST_CASE("mapping takes a struct's columns by position") {
    const auto points = read<point>({{{"lon", oids::int4}, {"lat", oids::int8}}, {{"1", "2"}}});
    CHECK(points.at(0).x == number{1});
    CHECK(points.at(0).y == number{2});
    const auto short_of = plan_error<point>({int_id});
    CHECK(short_of.code() == errc::column_missing);
    CHECK(short_of.diagnostics().message == "point takes 2 columns; the result has 1: id");
}

TEST_CASE("a column's format and type reach the codec") {
    CHECK(read<word>({{text_name}, {{"x"}}, wire_format::text}).at(0).text() == "text:x");
}

TEST_CASE("a borrowing row points into the result") {
    CHECK(row_borrows<borrowing>);
    const table names{{text_name}, {{"Ann"}}};
    const auto plan = make_column_plan<borrowing>(names.columns, sql);
    const auto row = decode_row<borrowing>(table_view(names), 0, plan, sql);
    CHECK(row.name.text.data() == names.rows[0][0]->data());
}

TEST_CASE("an empty result gives no rows") {
    CHECK(read<user>({{int_id, text_name, text_email}, {}}).empty());
}

TEST_CASE("a missing column is named with struct, field and the columns there are") {
    const auto e = plan_error<user>({int_id, text_name});
    CHECK(e.code() == errc::column_missing);
    CHECK(e.diagnostics().message == "field 'email' of user has no column; the result has: id, name");
    CHECK(e.diagnostics().sql == sql);
    CHECK(e.execution() == execution_state::not_sent);
}

TEST_CASE("all missing columns are named at once") {
    CHECK(plan_error<user>({text_name}).diagnostics().message
          == "fields 'id', 'email' of user have no columns; the result has: name");
    CHECK(plan_error<shop::stock::item>({}).diagnostics().message
          == "fields 'id', 'label' of shop::stock::item have no columns; the result has none");
}

TEST_CASE("names of columns are compared with case") {
    CHECK(plan_error<shop::stock::item>({{"ID", oids::int4}, {"label", oids::text}}).code()
          == errc::column_missing);
}

TEST_CASE("a field with two columns of its name is refused, other columns may repeat") {
    const auto e = plan_error<user>({int_id, text_name, text_email, int_id});
    CHECK(e.code() == errc::column_missing);
    CHECK(e.diagnostics().message
          == "field 'id' of user has more than one column: give all but one 'id' another name with AS");
    CHECK(make_column_plan<shop::stock::item>(
              column_infos{text_name, int_id, text_name, {"label", oids::text}}, sql)
              .size()
          == 2);
}

TEST_CASE("a column that a field cannot be read from is named with both types") {
    const auto e = plan_error<user>({text_name, {"id", oids::text}, text_email});
    CHECK(e.code() == errc::type_mismatch);
    CHECK(e.diagnostics().message
          == "column 'id' is text, which field 'id' of user (number) cannot be read from");
    CHECK(plan_error<user>({text_name, int_id, {"email", 16999}}).diagnostics().message
          == "column 'email' is type with OID 16999, which field 'email' of user (word or NULL) cannot be "
             "read from");
    CHECK(plan_error<std::tuple<number, number>>({int_id, text_name}).diagnostics().message
          == "column 'name' is text, which element 2 of std::tuple<number, number> (number) cannot be read "
             "from");
    CHECK(plan_error<number>({text_name}).diagnostics().message
          == "column 'name' is text, which number cannot be read from");
}

TEST_CASE("tuples and scalars take exactly as many columns as they have elements") {
    using pair = std::pair<number, word>;
    CHECK(plan_error<pair>({int_id}).code() == errc::column_missing);
    CHECK(plan_error<pair>({int_id}).diagnostics().message
          == "std::pair<number, word> takes 2 columns; the result has 1: id");
    CHECK(plan_error<pair>({int_id, text_name, text_email}).code() == errc::type_mismatch);
    CHECK(plan_error<pair>({int_id, text_name, text_email}).diagnostics().message
          == "std::pair<number, word> takes 2 columns; the result has 3: id, name, email");
    CHECK(plan_error<number>({}).code() == errc::column_missing);
    CHECK(plan_error<number>({}).diagnostics().message == "number takes 1 column; the result has none");
    CHECK(plan_error<number>({int_id, text_name}).code() == errc::type_mismatch);
}

TEST_CASE("NULL where there is no optional names row, column and field") {
    const auto e = thrown_by(
        [] { read<user>({{int_id, text_name, text_email}, {{"1", "a", "b"}, {"2", std::nullopt, "b"}}}); });
    CHECK(e.code() == errc::unexpected_null);
    CHECK(e.diagnostics().message
          == "row 2: column 'name' is NULL, which field 'name' of user cannot hold: make it "
             "std::optional<word>");
    CHECK(e.diagnostics().sql == sql);
    CHECK(e.execution() == execution_state::completed);
    CHECK(thrown_by([] { read<number>({{int_id}, {{std::nullopt}}}); }).diagnostics().message
          == "row 1: column 'id' is NULL, which the row type cannot hold: make it std::optional<number>");
}

TEST_CASE("a value that cannot be read names row, column and field and keeps the codec's code") {
    const auto e =
        thrown_by([] { read<point>({{{"lon", oids::int4}, {"lat", oids::int8}}, {{"1", "12345"}}}); });
    CHECK(e.code() == errc::value_out_of_range);
    CHECK(e.diagnostics().message
          == "row 1, column 'lat' (bigint), field 'y' of point (number): too many digits");
    CHECK(e.diagnostics().sql == sql);
    CHECK(e.execution() == execution_state::completed);
}

TEST_CASE("fields that were read before one that cannot be are destroyed once") {
    const table broken{{{"first", oids::text}, {"second", oids::text}, {"third", oids::int4}},
                       {{"a", "b", "3"}, {"a", "b", std::nullopt}}};
    CHECK_THROWS_AS(read<half_counted>(broken), error);
    CHECK(counted::alive == 0);
}
