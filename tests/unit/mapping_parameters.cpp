// How arguments are kept and turned into parameters.
#include <pgcoro/mapping/parameters.hpp>
#include <pgcoro/types/text.hpp>

#include <array>
#include <cstddef>
#include <doctest/doctest.h>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include "thrown_error.hpp"

namespace {

/// Written as an integer.
struct number {
    int value;
};

/// Sent from where it lies, unless it is empty; as text to a type of users.
struct blob {
    std::string bytes;
};

/// Claims any number of bytes, without having them.
struct huge {
    std::size_t size;
};

/// Goes to the server as text.
struct spelled {
    std::string text;
};

struct unwritable {};

} // namespace

template <>
struct pgcoro::codec<number> {
    static constexpr std::string_view name = "number";
    static constexpr oid type = oids::int4;
    static bool writes(oid parameter) noexcept { return parameter == oids::int4 || parameter == oids::int2; }
    static void write(byte_writer& out, const number& value, oid parameter) {
        if (parameter == oids::int4) return out.write(value.value);
        if (value.value > 32767) throw conversion_error(errc::value_out_of_range, "too large");
        out.write(static_cast<short>(value.value));
    }
};

template <>
struct pgcoro::codec<blob> {
    static constexpr std::string_view name = "blob";
    static constexpr oid type = oids::bytea;
    static bool writes(oid parameter) noexcept { return parameter == oids::bytea || parameter == 16999; }
    static wire_format format(oid parameter) noexcept {
        return parameter == oids::bytea ? wire_format::binary : wire_format::text;
    }
    static std::span<const std::byte> borrow(const blob& value, oid) noexcept {
        if (value.bytes.empty()) return {};
        return std::as_bytes(std::span(value.bytes));
    }
    static void write(byte_writer&, const blob&, oid) {}
};

template <>
struct pgcoro::codec<huge> {
    static constexpr oid type = 0;
    static bool writes(oid) noexcept { return true; }
    static std::span<const std::byte> borrow(const huge& value, oid) noexcept {
        static constexpr std::byte somewhere{};
        return {&somewhere, value.size};
    }
    static void write(byte_writer&, const huge&, oid) {}
};

template <>
struct pgcoro::codec<spelled> {
    static constexpr std::string_view name = "spelled";
    static bool writes(oid parameter) noexcept { return parameter == oids::numeric; }
    static wire_format format(oid) noexcept { return wire_format::text; }
    static void write(byte_writer& out, const spelled& value, oid) {
        out.write(std::string_view(value.text));
    }
};

namespace {

using namespace pgcoro;
using namespace std::literals;
using parameter_types = std::vector<type_ref>;

constexpr std::string_view sql = "select $1";

/// Text that shows the bytes of a parameter; "NULL" for NULL.
std::string shown(const parameter_buffer& buffer, std::size_t at) {
    if (buffer.values()[at] == nullptr) return "NULL";
    return {buffer.values()[at], static_cast<std::size_t>(buffer.lengths()[at])};
}

template <class... Arguments>
error encode_error(const parameter_types& described, const Arguments&... arguments) {
    parameter_buffer buffer;
    return pgcoro::testing::thrown_by([&] { buffer.encode(std::tie(arguments...), described, sql); });
}

} // namespace

TEST_CASE("written values are kept in binary, in the order of the arguments") {
    parameter_buffer buffer;
    buffer.encode(std::tuple(number{1}, number{258}), parameter_types{oids::int2, oids::int4}, sql);
    REQUIRE(buffer.size() == 2);
    CHECK(shown(buffer, 0) == "\0\1"s);
    CHECK(shown(buffer, 1) == "\0\0\1\2"s);
    CHECK(buffer.formats()[0] == 1);
    CHECK(buffer.formats()[1] == 1);
}

TEST_CASE("a statement without parameters has none") {
    parameter_buffer buffer;
    buffer.encode(std::tuple<>(), parameter_types{}, sql);
    CHECK(buffer.size() == 0);
}

TEST_CASE("pointers are right after the buffer moved while it was written") {
    parameter_buffer buffer;
    std::array<spelled, 20> long_texts;
    for (std::size_t i = 0; i < long_texts.size(); ++i)
        long_texts[i].text.assign(100, static_cast<char>('a' + i));
    buffer.encode(long_texts, parameter_types(20, oids::numeric), sql);
    for (std::size_t i = 0; i < long_texts.size(); ++i) CHECK(shown(buffer, i) == long_texts[i].text);
}

TEST_CASE("borrowed values are pointed at") {
    parameter_buffer buffer;
    const blob long_value{std::string(1000, 'x')};
    buffer.encode(std::tie(long_value), parameter_types{oids::bytea}, sql);
    CHECK(static_cast<const void*>(buffer.values()[0]) == long_value.bytes.data());
    CHECK(buffer.lengths()[0] == 1000);
    CHECK(buffer.formats()[0] == 1);
}

TEST_CASE("an empty value is not NULL") {
    parameter_buffer buffer;
    buffer.encode(std::tuple(blob{}, ""sv, std::string_view(), ""),
                  parameter_types{oids::bytea, oids::text, oids::text, oids::text}, sql);
    for (std::size_t i = 0; i < 4; ++i) CHECK(shown(buffer, i).empty());
}

TEST_CASE("text values end with a zero byte, since libpq reads up to it") {
    parameter_buffer buffer;
    const blob borrowed{"abc"};
    buffer.encode(std::tuple(spelled{"12.5"}, std::ref(borrowed).get(), spelled{""}),
                  parameter_types{oids::numeric, 16999, oids::numeric}, sql);
    CHECK(buffer.formats()[0] == 0);
    CHECK(std::string_view(buffer.values()[0]) == "12.5");
    CHECK(buffer.formats()[1] == 0);
    CHECK(std::string_view(buffer.values()[1]) == "abc");
    CHECK(std::string_view(buffer.values()[2]).empty());
}

TEST_CASE("text with a zero byte is refused, not cut") {
    const auto written = encode_error({oids::numeric}, spelled{"1\0002"s});
    CHECK(written.code() == errc::value_out_of_range);
    CHECK(written.diagnostics().message == "parameter $1 (numeric): text cannot hold a zero byte");
    CHECK(encode_error({16999}, blob{"a\0b"s}).code() == errc::value_out_of_range);
}

TEST_CASE("NULL is nullopt, nullptr, an empty optional and a null C string") {
    parameter_buffer buffer;
    const char* const none = nullptr;
    char* const writable_none = nullptr;
    buffer.encode(std::tuple(std::nullopt, nullptr, std::optional<number>(), none, writable_none,
                             std::optional<const char*>(none)),
                  parameter_types{oids::uuid, oids::jsonb, oids::int4, oids::text, oids::text, oids::text},
                  sql);
    for (std::size_t i = 0; i < 6; ++i) {
        CHECK(shown(buffer, i) == "NULL");
        CHECK(buffer.lengths()[i] == 0);
    }
}

TEST_CASE("a filled optional and a C string are written as what they hold") {
    parameter_buffer buffer;
    char array[] = "cd";
    buffer.encode(std::tuple(std::optional<number>(number{1}), static_cast<const char*>("ab"),
                             static_cast<char*>(array), std::optional("ef"sv)),
                  parameter_types{oids::int2, oids::text, oids::text, oids::text}, sql);
    CHECK(shown(buffer, 0) == "\0\1"s);
    CHECK(shown(buffer, 1) == "ab");
    CHECK(shown(buffer, 2) == "cd");
    CHECK(shown(buffer, 3) == "ef");
}

TEST_CASE("a reused buffer holds the last arguments alone") {
    parameter_buffer buffer;
    buffer.encode(std::tuple(number{1}, blob{"x"}, std::nullopt),
                  parameter_types{oids::int4, oids::bytea, oids::int4}, sql);
    buffer.encode(std::tuple(number{2}), parameter_types{oids::int2}, sql);
    CHECK(buffer.size() == 1);
    CHECK(shown(buffer, 0) == "\0\2"s);
    const std::tuple none_then_one(std::nullopt, number{3});
    buffer.encode(none_then_one, parameter_types{oids::int4, oids::int2}, sql);
    CHECK(shown(buffer, 0) == "NULL");
    CHECK(shown(buffer, 1) == "\0\3"s);
}

TEST_CASE("a failed encoding does not spoil the next") {
    parameter_buffer buffer;
    CHECK_THROWS_AS(
        buffer.encode(std::tuple(number{1}, number{40000}), parameter_types{oids::int4, oids::int2}, sql),
        error);
    buffer.encode(std::tuple(number{5}), parameter_types{oids::int2}, sql);
    CHECK(shown(buffer, 0) == "\0\5"s);
}

TEST_CASE("encoding again needs no more memory") {
    parameter_buffer buffer;
    const std::tuple arguments(number{1}, number{2}, spelled{"a text of some length"});
    const parameter_types described{oids::int4, oids::int4, oids::numeric};
    buffer.encode(arguments, described, sql);
    const auto* const values = buffer.values();
    const auto* const first = buffer.values()[0];
    buffer.encode(arguments, described, sql);
    CHECK(buffer.values() == values);
    CHECK(static_cast<const void*>(buffer.values()[0]) == first);
}

TEST_CASE("memory of a very large value is given back by the next") {
    parameter_buffer buffer;
    const std::string text(std::size_t{3} << 20, 'x');
    buffer.encode(std::tuple(spelled{text}), parameter_types{oids::numeric}, sql);
    CHECK(shown(buffer, 0) == text);
    CHECK(buffer.capacity() > text.size());
    buffer.encode(std::tuple(number{5}), parameter_types{oids::int2}, sql);
    CHECK(shown(buffer, 0) == "\0\5"s);
    CHECK(buffer.capacity() < 1000);
}

TEST_CASE("the number of arguments has to be that of the parameters") {
    const auto too_few = encode_error({oids::int4, oids::int4}, number{1});
    CHECK(too_few.code() == errc::parameter_count);
    CHECK(too_few.diagnostics().message == "the statement has 2 parameters, the call 1 argument");
    CHECK(too_few.diagnostics().sql == sql);
    CHECK(too_few.execution() == execution_state::not_sent);
    CHECK(encode_error({oids::int4}, number{1}, number{2}).diagnostics().message
          == "the statement has 1 parameter, the call 2 arguments");
    CHECK(encode_error({oids::int4}).diagnostics().message
          == "the statement has 1 parameter, the call 0 arguments");
}

TEST_CASE("an argument whose type does not go with the parameter's is named with both types") {
    const auto e = encode_error({oids::int4, oids::text}, number{1}, number{2});
    CHECK(e.code() == errc::type_mismatch);
    CHECK(e.diagnostics().message
          == "parameter $2 is text, the argument number: write a cast ($2::integer) or pass another type");
    CHECK(e.diagnostics().sql == sql);
    CHECK(e.execution() == execution_state::not_sent);
    CHECK(encode_error({oids::text}, spelled{}).diagnostics().message
          == "parameter $1 is text, the argument spelled");
}

TEST_CASE("the type of an optional argument is checked even if it is empty") {
    CHECK(encode_error({oids::text}, std::optional<number>()).code() == errc::type_mismatch);
}

TEST_CASE("a value that cannot be written is named by its parameter and keeps the codec's code") {
    const auto e = encode_error({oids::int2, oids::int2}, number{1}, number{40000});
    CHECK(e.code() == errc::value_out_of_range);
    CHECK(e.diagnostics().message == "parameter $2 (smallint): too large");
    CHECK(e.execution() == execution_state::not_sent);
}

TEST_CASE("a value and a message beyond the server's limit are refused before they are sent") {
    constexpr auto limit = parameter_buffer::max_value_size;
    const auto one = encode_error({oids::bytea}, huge{limit + 1});
    CHECK(one.code() == errc::value_out_of_range);
    CHECK(one.diagnostics().message
          == "parameter $1 (bytea): value of 1073741824 bytes exceeds the server's limit of 1073741823");
    CHECK(encode_error({oids::bytea}, huge{std::size_t{1} << 40}).code() == errc::value_out_of_range);
    const auto together = encode_error({oids::bytea, oids::bytea}, huge{limit / 2}, huge{limit / 2});
    CHECK(together.code() == errc::value_out_of_range);
    CHECK(together.diagnostics().message
          == "the parameters' 1073741822 bytes together exceed the server's limit of 1073740799 for one "
             "statement");
    parameter_buffer buffer;
    buffer.encode(std::tuple(huge{limit / 2}), parameter_types{oids::bytea}, sql);
    CHECK(buffer.lengths()[0] == static_cast<int>(limit / 2));
}

TEST_CASE("arguments are kept by value, literals and views as views") {
    CHECK(std::is_same_v<stored_argument_t<int>, int>);
    CHECK(std::is_same_v<stored_argument_t<const std::string&>, std::string>);
    CHECK(std::is_same_v<stored_argument_t<std::string>, std::string>);
    CHECK(std::is_same_v<stored_argument_t<std::vector<int>&>, std::vector<int>>);
    CHECK(std::is_same_v<stored_argument_t<std::string_view&>, std::string_view>);
    CHECK(std::is_same_v<stored_argument_t<std::span<const std::byte>>, std::span<const std::byte>>);
    CHECK(std::is_same_v<stored_argument_t<const char(&)[3]>, std::string_view>);
    CHECK(std::is_same_v<stored_argument_t<char(&)[3]>, std::string>);
    CHECK(std::is_same_v<stored_argument_t<char(&&)[3]>, std::string>);
    CHECK(std::is_same_v<stored_argument_t<const char*&>, const char*>);
    CHECK(std::is_same_v<stored_argument_t<std::nullopt_t const&>, std::nullopt_t>);
}

TEST_CASE("what is kept does not change with an array of the caller's") {
    char array[8] = "before";
    const auto kept = store_argument(array);
    array[0] = 'X';
    CHECK(kept == "before");
    char unterminated[2] = {'a', 'b'};
    CHECK(store_argument(unterminated) == "ab");
    static constexpr char literal[] = "literal";
    CHECK(store_argument(literal).data() == literal);
    CHECK(store_argument(literal) == "literal");
    std::string text = "moved";
    CHECK(store_argument(text) == text);
    CHECK(store_argument(std::move(text)) == "moved");
}

TEST_CASE("arguments are what codecs write, optionals of it, NULLs and C strings") {
    CHECK(query_argument<number&>);
    CHECK(query_argument<number>);
    CHECK(query_argument<const std::optional<number>&>);
    CHECK(query_argument<std::nullopt_t>);
    CHECK(query_argument<std::nullptr_t>);
    CHECK(query_argument<const char(&)[4]>);
    CHECK(query_argument<const char*>);
    CHECK(query_argument<char*&>);
    CHECK_FALSE(query_argument<unwritable>);
    CHECK_FALSE(query_argument<std::optional<unwritable>>);
    CHECK_FALSE(query_argument<std::optional<std::optional<number>>>);
    CHECK_FALSE(query_argument<std::initializer_list<number>>);
    CHECK_FALSE(query_argument<std::reference_wrapper<number>>);
    CHECK_FALSE(query_argument<number*>);
    CHECK_FALSE(query_argument<number(&)[3]>);
}

TEST_CASE("temporaries that GCC 12 would destroy twice are recognised") {
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
    constexpr bool affected = true;
#else
    constexpr bool affected = false;
#endif
    const auto trivial = [&] { return affected; };
    const auto capturing = [text = std::string()] { return text.size(); };
    struct functor {
        explicit functor(std::string of) : text(std::move(of)) {}
        std::string text;
    };
    CHECK(unsafe_in_await_v<spelled> == affected);
    CHECK(unsafe_in_await_v<std::array<std::string, 2>> == affected);
    CHECK(unsafe_in_await_v<std::remove_const_t<decltype(capturing)>> == affected);
    CHECK_FALSE(unsafe_in_await_v<spelled&>);
    CHECK_FALSE(unsafe_in_await_v<number>);
    CHECK_FALSE(unsafe_in_await_v<std::string>);
    CHECK_FALSE(unsafe_in_await_v<std::vector<int>>);
    CHECK_FALSE(unsafe_in_await_v<std::remove_const_t<decltype(trivial)>>);
    CHECK_FALSE(unsafe_in_await_v<std::remove_const_t<decltype(capturing)>&>);
    CHECK_FALSE(unsafe_in_await_v<functor>);
    CHECK_FALSE(unsafe_in_await_v<std::unique_ptr<int, std::remove_const_t<decltype(trivial)>>>);
    CHECK_FALSE(unsafe_in_await_v<int>);
}
