// Declared statements against descriptions, without a server.
#include <pgcoro/mapping/statement_comparison.hpp>
#include <pgcoro/statement.hpp>
#include <pgcoro/verify.hpp>

#include <cstdint>
#include <doctest/doctest.h>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace oids = pgcoro::oids;
using pgcoro::column_info;
using pgcoro::difference_kind;
using pgcoro::oid;
using pgcoro::statement;
using pgcoro::statement_difference;

enum class compared_mood { sad, ok, happy };

namespace {

struct compared_user {
    std::int64_t id;
    std::string name;
    std::optional<std::string> email;
};

struct compared_point {
    double x;
    double y;
};

struct compared_label {
    std::string text;
};

constexpr statement<compared_user(std::int64_t)> by_id{"select id, name, email from users where id = $1"};
const column_info int_id{"id", oids::int8}, text_name{"name", oids::text}, text_email{"email", oids::text};

template <class Signature>
std::vector<statement_difference> compare(const statement<Signature>& declared, std::vector<pgcoro::type_ref> parameters,
                                          std::vector<column_info> columns,
                                          const pgcoro::row_mapping::catalog_facts& catalog = {}) {
    std::vector<statement_difference> found;
    const pgcoro::described_statement described("", std::move(parameters), std::move(columns));
    pgcoro::compare_statement(pgcoro::verification::declaration_of(declared), described, catalog, found);
    return found;
}

/// The only difference: its kind and its message.
void check_only(const std::vector<statement_difference>& found, difference_kind kind, std::string_view message) {
    REQUIRE(found.size() == 1);
    CHECK(found[0].kind() == kind);
    CHECK(found[0].message() == message);
}

} // namespace

template <>
struct pgcoro::mapping<compared_point> {
    static constexpr bool by_position = true;
};

template <>
struct pgcoro::mapping<compared_label> {
    static constexpr std::array renamed{pgcoro::rename("text", "label")};
};

TEST_CASE("a statement that agrees has no differences, whatever the order of columns") {
    CHECK(compare(by_id, {oids::int8}, {int_id, text_name, text_email}).empty());
    CHECK(compare(by_id, {oids::int4}, {text_email, {"more", oids::bytea}, text_name, int_id}).empty());
}

TEST_CASE("labels that a parameter's enum lacks, and those of a column's enum that its field lacks, are differences") {
    pgcoro::type_info moods, list;
    moods.id = 20001;
    moods.name = "mood";
    moods.kind = pgcoro::type_kind::enumeration;
    list.id = 20002;
    list.name = "_mood";
    list.kind = pgcoro::type_kind::array;
    list.referred = {moods.id, &moods};
    moods.schema = list.schema = "app";
    static constexpr statement<compared_mood(compared_mood)> one{"select $1::mood as mood"};
    static constexpr statement<std::vector<compared_mood>(std::vector<std::optional<compared_mood>>)> several{
        "select $1::mood[] as moods"};
    const auto differences = [&](std::vector<std::string> labels) {
        moods.labels = std::move(labels);
        const pgcoro::type_ref type(moods.id, &moods), array(list.id, &list);
        auto found = compare(one, {type}, {{"mood", type}});
        const auto of_arrays = compare(several, {array}, {{"moods", array}});
        found.insert(found.end(), of_arrays.begin(), of_arrays.end());
        for (const auto& difference : found) CHECK(difference.kind() == difference_kind::enum_labels);
        return pgcoro::to_string(found);
    };
    CHECK(differences({"happy", "ok", "sad"}).empty());
    CHECK(differences({"sad", "angry", "ok", "happy"})
          == "select $1::mood as mood\n"
             "  - column 'mood' is app.mood, of whose labels the row type (compared_mood) lacks angry\n"
             "select $1::mood[] as moods\n"
             "  - column 'moods' is app._mood, of whose labels the row type (std::vector<compared_mood>) lacks angry");
    CHECK(differences({"sad"})
          == "select $1::mood as mood\n"
             "  - parameter $1 is app.mood with the labels sad; compared_mood also has ok, happy\n"
             "select $1::mood[] as moods\n"
             "  - parameter $1 is app._mood with the labels sad; std::vector<std::optional<compared_mood>> also has ok, happy");
    static constexpr statement<compared_mood(compared_mood)> as_text{"select $1::text as mood"};
    CHECK(compare(as_text, {oids::text}, {{"mood", oids::text}}).empty());
}

TEST_CASE("each field without a column is a difference of its own") {
    const auto found = compare(by_id, {oids::int8}, {int_id, {"full_name", oids::text}, {"e_mail", oids::text}});
    REQUIRE(found.size() == 2);
    CHECK(found[0].message()
          == "field 'name' of compared_user has no column; did you mean 'full_name'? (the result has id, full_name, "
             "e_mail)");
    CHECK(found[1].message()
          == "field 'email' of compared_user has no column; did you mean 'e_mail'? (the result has id, full_name, e_mail)");
    CHECK(found[1].sql() == by_id.sql());
}

TEST_CASE("a column that another field takes is not suggested") {
    const auto found = compare(by_id, {oids::int8}, {int_id, text_email});
    check_only(found, difference_kind::column_missing, "field 'name' of compared_user has no column (the result has id, email)");
}

TEST_CASE("a field that is read from a column of another name says so") {
    static constexpr statement<compared_label()> labels{"select label from labels"};
    CHECK(compare(labels, {}, {{"label", oids::text}}).empty());
    check_only(compare(labels, {}, {{"labels", oids::text}}), difference_kind::column_missing,
               "field 'text' of compared_label has no column 'label'; did you mean 'labels'? (the result has labels)");
    check_only(compare(labels, {}, {}), difference_kind::column_missing,
               "field 'text' of compared_label has no column 'label' (the statement returns none)");
}

TEST_CASE("a field with two columns is a difference") {
    check_only(compare(by_id, {oids::int8}, {int_id, text_name, text_email, text_name}), difference_kind::column_ambiguous,
               "field 'name' of compared_user has more than one column: give all but one 'name' another name with AS");
}

TEST_CASE("types that do not go together are differences, for parameters and columns at once") {
    const auto found = compare(by_id, {oids::uuid}, {{"id", oids::uuid}, text_name, {"email", oids::int4}});
    REQUIRE(found.size() == 3);
    CHECK(found[0].kind() == difference_kind::parameter_type);
    CHECK(found[0].message()
          == "parameter $1 is uuid, declared as std::int64_t: write a cast ($1::bigint) or declare another type");
    CHECK(found[1].kind() == difference_kind::column_type);
    CHECK(found[1].message() == "column 'id' is uuid, which field 'id' of compared_user (std::int64_t) cannot be read from");
    CHECK(found[2].message()
          == "column 'email' is integer, which field 'email' of compared_user (std::string or NULL) cannot be read from");
}

TEST_CASE("types that users made have the names that the catalog gives them") {
    pgcoro::row_mapping::catalog_facts catalog;
    catalog.type_names[20000] = "shop.money";
    static constexpr statement<std::vector<std::byte>()> bytes{"select price from prices"};
    check_only(compare(bytes, {}, {{"price", 20000}}, catalog), difference_kind::column_type,
               "column 'price' is shop.money, which std::vector<std::byte> cannot be read from");
    check_only(compare(bytes, {}, {{"price", 20001}}, catalog), difference_kind::column_type,
               "column 'price' is type with OID 20001, which std::vector<std::byte> cannot be read from");
}

TEST_CASE("another number of parameters is a difference of its own") {
    check_only(compare(by_id, {}, {int_id, text_name, text_email}), difference_kind::parameter_count,
               "the server sees 0 parameters, the statement declares 1");
}

TEST_CASE("scalars, tuples and structs by position take all columns") {
    static constexpr statement<int()> scalar{"select 1"};
    static constexpr statement<std::tuple<int, std::string>()> tuple{"select 1, 'a'"};
    static constexpr statement<compared_point()> point{"select 1, 2"};
    const column_info number{"n", oids::int4}, real{"r", oids::float8};
    CHECK(compare(scalar, {}, {number}).empty());
    CHECK(compare(tuple, {}, {number, text_name}).empty());
    CHECK(compare(point, {}, {real, real}).empty());
    check_only(compare(scalar, {}, {number, real}), difference_kind::column_count,
               "std::int32_t takes 1 column; the result has 2: n, r");
    check_only(compare(tuple, {}, {number}), difference_kind::column_count,
               "std::tuple<std::int32_t, std::string> takes 2 columns; the result has 1: n");
    check_only(compare(point, {}, {real, real, real}), difference_kind::column_count,
               "compared_point takes 2 columns; the result has 3: r, r, r");
    check_only(compare(tuple, {}, {number, number}), difference_kind::column_type,
               "column 'n' is integer, which element 2 of std::tuple<std::int32_t, std::string> (std::string) cannot be "
               "read from");
}

TEST_CASE("a column of a table that may hold NULL wants an optional field") {
    pgcoro::row_mapping::catalog_facts catalog;
    catalog.nullable[{16400, std::int16_t{2}}] = "users.name";
    const column_info nullable{"name", oids::text, 16400, 2}, required{"name", oids::text, 16400, 3};
    const column_info computed{"name", oids::text};
    check_only(compare(by_id, {oids::int8}, {int_id, nullable, text_email}, catalog), difference_kind::column_nullable,
               "column 'name' may be NULL (users.name is not declared NOT NULL), which field 'name' of compared_user "
               "cannot hold: make it std::optional<std::string>");
    CHECK(compare(by_id, {oids::int8}, {int_id, required, text_email}, catalog).empty());
    CHECK(compare(by_id, {oids::int8}, {int_id, computed, text_email}, catalog).empty());
    const column_info nullable_email{"email", oids::text, 16400, 2};
    CHECK(compare(by_id, {oids::int8}, {int_id, text_name, nullable_email}, catalog).empty());
}

TEST_CASE("rows without a declared type are not compared") {
    static constexpr statement<void()> executed{"select 1"};
    static constexpr statement<pgcoro::result()> untyped{"select 1"};
    CHECK(compare(executed, {}, {text_name}).empty());
    CHECK(compare(untyped, {}, {text_name, text_name}).empty());
}

TEST_CASE("differences are listed by statement, each statement on one line") {
    const std::vector<statement_difference> list{{difference_kind::sql, "select\n    1,\r\n\t2", "first"},
                                                 {difference_kind::sql, "select\n    1,\r\n\t2", "second"},
                                                 {difference_kind::sql, "\n  select 3", "third"}};
    CHECK(pgcoro::to_string(list) == "select 1, 2\n  - first\n  - second\nselect 3\n  - third");
    CHECK(pgcoro::count_statements(list) == 2);
    CHECK(pgcoro::to_string(std::vector<statement_difference>{}).empty());
}

TEST_CASE("which errors are a statement's own") {
    using pgcoro::verification::is_of_statement;
    const auto of = [](auto code) { return pgcoro::error(make_error_code(code)); };
    for (const auto code : {pgcoro::sqlstate::syntax_error, pgcoro::sqlstate::undefined_table,
                            pgcoro::sqlstate::invalid_schema_name, pgcoro::sqlstate::invalid_text_representation,
                            pgcoro::sqlstate::insufficient_privilege, pgcoro::sqlstate::feature_not_supported})
        CHECK(is_of_statement(of(code)));
    for (const auto code : {pgcoro::sqlstate::query_canceled, pgcoro::sqlstate::in_failed_sql_transaction,
                            pgcoro::sqlstate::admin_shutdown, pgcoro::sqlstate::lock_not_available,
                            pgcoro::sqlstate::out_of_memory})
        CHECK_FALSE(is_of_statement(of(code)));
    CHECK_FALSE(is_of_statement(of(pgcoro::errc::connection_lost)));
    CHECK_FALSE(is_of_statement(of(pgcoro::errc::operation_cancelled)));
}
