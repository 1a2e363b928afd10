#include <pgcoro/types/as_text.hpp>

#include <cstddef>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "types_support.hpp"

using namespace types_test;
namespace oids = pgcoro::oids;
using pgcoro::as_text;
using pgcoro::codec;
using pgcoro::errc;
using pgcoro::type_info;
using pgcoro::type_kind;
using pgcoro::type_ref;

namespace types_as_text {

std::string text_of(const type_ref& type, std::string_view hex) {
    const auto bytes = bytes_of(hex);
    return codec<as_text>::read({bytes, type}).text;
}

errc code_of(const type_ref& type, std::string_view hex) {
    return failure_of([&] { text_of(type, hex); }).code;
}

type_info made(pgcoro::oid id, std::string name, type_kind kind) {
    type_info info;
    info.id = id;
    info.schema = "app";
    info.name = std::move(name);
    info.kind = kind;
    return info;
}

/// A record that holds a record that holds … an integer.
std::string nested(int levels) {
    constexpr int bytes_of_a_level = 12, bytes_of_the_integer = 4;
    std::string value;
    for (int within = levels - 1; within >= 0; --within)
        value += fmt::format("00000001{:08x}{:08x}", within == 0 ? oids::int4 : oids::record,
                             within * bytes_of_a_level + bytes_of_the_integer);
    return value + "00000001";
}

TEST_CASE("values within values are printed as the server quotes them") {
    CHECK(text_of(oids::text_array, "00000001 00000001 00000019 00000002 00000001 00000003 612262 ffffffff") == "{\"a\\\"b\",NULL}");
    CHECK(text_of(oids::record, "00000003 00000019 00000001 22 00000017 ffffffff 00000019 00000000") == "(\"\"\"\",,\"\")");
    for (const char special : std::string_view("\"\\(), \t\n\r\v\f"))
        CHECK(text_of(oids::record, fmt::format("00000001 00000019 00000002 61{:02x}", static_cast<unsigned>(special))).starts_with("(\"a"));
    for (const char plain : std::string_view("[]{}'=;"))
        CHECK(text_of(oids::record, fmt::format("00000001 00000019 00000002 61{:02x}", static_cast<unsigned>(plain)))
              == std::string("(a") + plain + ')');
    CHECK(text_of(oids::int4range, "02 00000004 00000001 00000004 00000005") == "[1,5)");
    CHECK(text_of(oids::int4multirange, "00000000") == "{}");
    CHECK(text_of(oids::oidvector, "00000001 00000000 0000001a 00000002 00000000 00000004 00000001 00000004 00000002") == "1 2");
    CHECK(text_of(oids::bytea, "00ff") == "\\x00ff");
}

TEST_CASE("types that users made are printed by what is known of them") {
    const auto label = made(20001, "mood", type_kind::enumeration);
    CHECK(text_of({20001, &label}, "6f6b") == "ok");
    auto composite = made(20002, "pair", type_kind::composite);
    composite.attributes = {{"number", oids::int4}, {"mood", {20001, &label}}};
    CHECK(text_of({20002, &composite}, "00000002 00000017 00000004 00000007 00004e21 00000002 6f6b") == "(7,ok)");
    const auto pairs = made(20003, "hstore", type_kind::base);
    CHECK(text_of({20003, &pairs}, "00000002 00000001 62 00000001 31 00000002 6161 ffffffff") == "\"b\"=>\"1\", \"aa\"=>NULL");
    auto domain = made(20004, "positive", type_kind::domain);
    domain.referred = oids::int4;
    auto array = made(20005, "_positive", type_kind::array);
    array.referred = {20004, &domain};
    CHECK(text_of({20005, &array}, "00000001 00000000 00004e24 00000001 00000001 00000004 00000005") == "{5}");
}

TEST_CASE("what has no text here is refused before it is read") {
    CHECK_FALSE(codec<as_text>::reads(oids::money));
    CHECK_FALSE(codec<as_text>::reads(791));    // money[]
    const auto money = codec<as_text>::reads(oids::record);
    CHECK(money);   // what is in it is seen when it is read
    CHECK(code_of(oids::record, "00000001 00000316 00000008 0000000000000001") == errc::type_mismatch);
}

TEST_CASE("types that have no binary form are their text") {
    CHECK(codec<as_text>::reads(oids::aclitem));
    CHECK(codec<as_text>::reads(oids::aclitem_array));
    CHECK(read<as_text>(oids::aclitem, "3d722f61", pgcoro::wire_format::text).text == "=r/a");
    auto isbn = made(20006, "isbn", type_kind::base);
    isbn.has_binary_form = false;
    CHECK(codec<as_text>::reads({20006, &isbn}));
}

TEST_CASE("hostile bytes are protocol errors, however deep they are nested") {
    CHECK(text_of(oids::record, nested(3)) == "(\"(\"\"(1)\"\")\")");
    CHECK(code_of(oids::record, nested(16)) == errc{});
    CHECK(code_of(oids::record, nested(17)) == errc::protocol_error);
    CHECK(code_of(oids::record, nested(100'000)) == errc::protocol_error);
    check_cut_at_every_length<as_text>(oids::record, nested(2));
    check_cut_at_every_length<as_text>(oids::int4_array, "00000001 00000000 00000017 00000001 00000001 00000004 00000007");
    check_cut_at_every_length<as_text>(oids::int4multirange, "00000001 0000000d 02 00000004 00000001 00000004 00000005");
    CHECK(code_of(oids::record, "7fffffff") == errc::protocol_error);
    CHECK(code_of(oids::int4range, "20") == errc::protocol_error);
}

TEST_CASE("as a parameter it is text for whatever type") {
    for (const pgcoro::oid type : {oids::int4, oids::interval, oids::money, some_user_type}) {
        CHECK(codec<as_text>::writes(type));
        CHECK(codec<as_text>::format(type) == pgcoro::wire_format::text);
        CHECK(write_text(as_text{"1"}, type) == "1");
    }
    CHECK(failure_of([] { write(as_text{std::string(1, '\0')}, oids::int4); }).code == errc::value_out_of_range);
    CHECK(read<as_text>(oids::int4, "31", pgcoro::wire_format::text).text == "1");
}

} // namespace types_as_text
