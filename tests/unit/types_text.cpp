#include <pgcoro/types/bytea.hpp>
#include <pgcoro/types/text.hpp>
#include <pgcoro/types/uuid.hpp>

#include <cstddef>
#include <doctest/doctest.h>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "types_support.hpp"

namespace types_text_tests {

using namespace types_test;
namespace oids = pgcoro::oids;
using pgcoro::codec;
using pgcoro::errc;

TEST_CASE("strings are read from text-like types and from types that users made") {
    for (const auto column : {oids::text, oids::varchar, oids::bpchar, oids::name, oids::unknown, oids::xml,
                              oids::json, oids::refcursor, oids::char_, some_user_type}) {
        CHECK(codec<std::string>::reads(column));
        CHECK(read<std::string>(column, "41") == "A");
    }
    CHECK(read<std::string>(oids::text, "") == "");
    CHECK(read<std::string>(oids::text, "41 00 42") == std::string("A\0B", 3));
    CHECK(read<std::string>(oids::text, "41", pgcoro::wire_format::text) == "A");
}

TEST_CASE("what cannot be text, of a type that nothing is known of, is refused") {
    for (const auto hex : {"01 612e62", "00000001 00000001 61 ffffffff", "6100"}) {
        CAPTURE(hex);
        const auto failure = failure_of([&] { read<std::string>(some_user_type, hex); });
        CHECK(failure.code == errc::type_mismatch);
        CHECK(failure.message
              == "a value of type with OID 16385, which the server does not send as text; cast it to text in the SQL");
    }
    CHECK(read<std::string>(some_user_type, "0161", pgcoro::wire_format::text) == "\x01" "a");
}

TEST_CASE("strings do not mix with types that have a binary form of their own") {
    for (const auto type : {oids::date, oids::numeric, oids::inet, oids::interval, oids::int4, oids::boolean,
                            oids::uuid, oids::bytea, oids::timestamptz, oids::text_array}) {
        CHECK_FALSE(codec<std::string>::reads(type));
        CHECK_FALSE(codec<std::string>::writes(type));
        CHECK_FALSE(codec<const char*>::writes(type));
    }
}

TEST_CASE("a string_view points into the result") {
    const auto bytes = bytes_of("01 7b7d");
    const auto view = codec<std::string_view>::read({bytes, oids::jsonb});
    CHECK(view == "{}");
    CHECK(static_cast<const void*>(view.data()) == bytes.data() + 1);
    CHECK(pgcoro::borrows<std::string_view>);
    CHECK_FALSE(pgcoro::borrows<std::string>);
}

TEST_CASE("jsonb carries a version before its text in binary alone") {
    CHECK(read<std::string>(oids::jsonb, "01 7b2261223a20317d") == "{\"a\": 1}");
    CHECK(read<std::string>(oids::jsonb, "7b7d", pgcoro::wire_format::text) == "{}");
    CHECK(write(std::string("{}"), oids::jsonb) == "017b7d");
    CHECK(write(std::string("{}"), oids::json) == "7b7d");
    CHECK(failure_of([] { read<std::string>(oids::jsonb, "02 7b7d"); }).code == errc::protocol_error);
    CHECK(failure_of([] { read<std::string>(oids::jsonb, ""); }).code == errc::protocol_error);
}

TEST_CASE("text is sent from where it lies unless something has to be added or checked") {
    const std::string text = "a string that is too long for the small buffer";
    for (const auto parameter :
         {oids::text, oids::varchar, oids::bpchar, oids::name, oids::json, oids::xml}) {
        const auto borrowed = codec<std::string>::borrow(text, parameter);
        CHECK(static_cast<const void*>(borrowed.data()) == text.data());
        CHECK(borrowed.size() == text.size());
        CHECK(codec<std::string>::format(parameter) == pgcoro::wire_format::binary);
    }
    for (const auto parameter : {oids::jsonb, oids::char_, some_user_type})
        CHECK(codec<std::string>::borrow(text, parameter).data() == nullptr);
}

TEST_CASE("strings of every kind are given for the same types") {
    const char literal[] = "abc";
    char buffer[8] = "abc";
    CHECK(write(std::string_view("abc"), oids::text) == "616263");
    CHECK(write<const char*>("abc", oids::text) == "616263");
    CHECK(write<char*>(buffer, oids::varchar) == "616263");
    CHECK(write<char[4]>(literal, oids::text) == "616263");
    CHECK(write<char[8]>(buffer, oids::text) == "616263");
    CHECK(write<char[4]>(literal, oids::jsonb) == "01616263");
    CHECK(write(std::string(), oids::text) == "");
    CHECK(write(std::string_view(), oids::text) == "");
    const char unterminated[3] = {'a', 'b', 'c'};
    CHECK(write<char[3]>(unterminated, oids::text) == "616263");
    CHECK_FALSE(pgcoro::readable<const char*>);
    CHECK_FALSE(pgcoro::readable<char[4]>);
}

TEST_CASE("types that users made take strings as text without NUL bytes") {
    CHECK(codec<std::string>::format(some_user_type) == pgcoro::wire_format::text);
    CHECK(write_text(std::string("happy"), some_user_type) == "happy");
    CHECK(failure_of([] { write(std::string("a\0b", 3), some_user_type); }).code == errc::value_out_of_range);
}

TEST_CASE("a null C string is refused") {
    CHECK(failure_of([] { write<const char*>(nullptr, oids::text); }).code == errc::unexpected_null);
    CHECK(codec<const char*>::borrow(nullptr, oids::text).data() == nullptr);
}

TEST_CASE("\"char\" holds one byte") {
    CHECK(read<char>(oids::char_, "41") == 'A');
    CHECK(write('A', oids::char_) == "41");
    CHECK_FALSE(codec<char>::reads(oids::text));
    CHECK_FALSE(codec<char>::writes(oids::bpchar));
    CHECK(failure_of([] { read<char>(oids::char_, "4142"); }).code == errc::protocol_error);
    CHECK(read<std::string>(oids::char_, "00") == "");
    CHECK(write(std::string("A"), oids::char_) == "41");
    CHECK(write(std::string(), oids::char_) == "00");
    CHECK(failure_of([] { write(std::string("AB"), oids::char_); }).code == errc::value_out_of_range);
}

TEST_CASE("bytes travel to and from bytea") {
    const auto bytes = bytes_of("00 ff 5c");
    CHECK(read<std::vector<std::byte>>(oids::bytea, "00ff5c") == bytes);
    CHECK(read<std::vector<std::byte>>(oids::bytea, "").empty());
    CHECK(write(bytes, oids::bytea) == "00ff5c");
    CHECK(static_cast<const void*>(codec<std::vector<std::byte>>::borrow(bytes, oids::bytea).data())
          == bytes.data());
    CHECK_FALSE(codec<std::vector<std::byte>>::reads(oids::text));
    CHECK_FALSE(codec<std::vector<std::byte>>::writes(oids::text));
    CHECK(
        failure_of([] { read<std::vector<std::byte>>(oids::bytea, "5c78", pgcoro::wire_format::text); }).code
        == errc::type_mismatch);
}

TEST_CASE("a span of bytes points into the result") {
    const auto bytes = bytes_of("0102");
    const auto view = codec<std::span<const std::byte>>::read({bytes, oids::bytea});
    CHECK(view.data() == bytes.data());
    CHECK(view.size() == 2);
    CHECK(pgcoro::borrows<std::span<const std::byte>>);
    CHECK(pgcoro::writable<std::span<std::byte>>);
    CHECK(pgcoro::writable<std::span<const std::byte, 2>>);
    CHECK_FALSE(pgcoro::readable<std::span<std::byte>>);
}

TEST_CASE("bytes are hexadecimal text for types that users made") {
    CHECK(write_text(bytes_of("00ff5c"), some_user_type) == "\\x00ff5c");
    CHECK(write_text(std::vector<std::byte>(), some_user_type) == "\\x");
    CHECK(codec<std::vector<std::byte>>::format(some_user_type) == pgcoro::wire_format::text);
}

TEST_CASE("uuids travel as sixteen bytes") {
    const auto hex = "00112233445566778899aabbccddeeff";
    const auto value = read<boost::uuids::uuid>(oids::uuid, hex);
    CHECK(*value.begin() == 0);
    CHECK(*(value.begin() + 15) == 0xff);
    CHECK(write(value, oids::uuid) == hex);
    CHECK(write_text(value, some_user_type) == "00112233-4455-6677-8899-aabbccddeeff");
    CHECK(codec<boost::uuids::uuid>::format(some_user_type) == pgcoro::wire_format::text);
    CHECK_FALSE(codec<boost::uuids::uuid>::reads(oids::text));
    CHECK_FALSE(codec<boost::uuids::uuid>::writes(oids::bytea));
    CHECK(failure_of([] { read<boost::uuids::uuid>(oids::uuid, "0011"); }).code == errc::protocol_error);
    CHECK(failure_of([&] { read<boost::uuids::uuid>(oids::uuid, std::string(hex) + "00"); }).code
          == errc::protocol_error);
}

} // namespace types_text_tests
