#include <pgcoro/types/types.hpp>

#include <cstdint>
#include <doctest/doctest.h>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "types_support.hpp"

using namespace types_test;
namespace oids = pgcoro::oids;
using pgcoro::codec;
using pgcoro::errc;

namespace types_codec_as {
struct user_id {
    std::int64_t value;
    bool operator==(const user_id&) const = default;
};

struct email {
    std::string text;
};

struct word {
    std::string_view text;
};

struct title {
    std::string text;
};

struct secret {
    std::string text;
};
} // namespace types_codec_as

using namespace types_codec_as;

template <>
struct pgcoro::codec<user_id> : pgcoro::codec_as<user_id, std::int64_t> {
    static user_id from(std::int64_t value) {
        if (value < 0) throw conversion_error(errc::value_out_of_range, "negative user_id");
        return user_id{value};
    }
    static std::int64_t to(const user_id& id) noexcept { return id.value; }
};

template <>
struct pgcoro::codec<email> : pgcoro::codec_as<email, std::string> {
    static email from(std::string text) { return email{std::move(text)}; }
    static const std::string& to(const email& value) noexcept { return value.text; }
};

template <>
struct pgcoro::codec<word> : pgcoro::codec_as<word, std::string_view> {
    static word from(std::string_view text) { return word{text}; }
    static std::string_view to(const word& value) noexcept { return value.text; }
};

template <>
struct pgcoro::codec<title> : pgcoro::codec_as<title, std::string_view> {
    static constexpr bool borrows = false;
    static constexpr std::string_view name = "title";
    static title from(std::string_view text) { return title{std::string(text)}; }
};

template <>
struct pgcoro::codec<secret> : pgcoro::codec_as<secret, std::string> {
    static std::string to(const secret& value) noexcept { return value.text; }
};

TEST_CASE("a type travels as the one that it stands for") {
    CHECK(codec<user_id>::type == oids::int8);
    CHECK(codec<user_id>::name == "types_codec_as::user_id");
    CHECK(codec<user_id>::reads(oids::int4));
    CHECK_FALSE(codec<user_id>::reads(oids::text));
    CHECK(read<user_id>(oids::int4, "0000002a").value == 42);
    CHECK(write(user_id{42}, oids::int8) == "000000000000002a");
    CHECK(write_text(user_id{42}, some_user_type) == "42");
    CHECK(codec<user_id>::format(some_user_type) == pgcoro::wire_format::text);
    CHECK(failure_of([] { write(user_id{40000}, oids::int2); }).code == errc::value_out_of_range);
}

TEST_CASE("a conversion may refuse a value") {
    CHECK(failure_of([] { read<user_id>(oids::int8, "ffffffffffffffff"); }).message == "negative user_id");
}

TEST_CASE("a type that stands for a string is sent without a copy if its conversion allows") {
    const email address{"someone@example.org, with a long address"};
    CHECK(static_cast<const void*>(codec<email>::borrow(address, oids::text).data()) == address.text.data());
    CHECK(codec<email>::borrow(address, oids::jsonb).data() == nullptr);
    CHECK(read<email>(oids::text, "4142").text == "AB");
    const secret copied{"a secret that comes as a temporary"};
    CHECK(codec<secret>::borrow(copied, oids::text).data() == nullptr);
    CHECK(write_text(copied, oids::text) == copied.text);
}

TEST_CASE("a type borrows if the one that it stands for does, unless it says otherwise") {
    CHECK(pgcoro::borrows<word>);
    CHECK_FALSE(pgcoro::borrows<title>);
    CHECK_FALSE(pgcoro::borrows<email>);
    const auto bytes = bytes_of("4142");
    CHECK(static_cast<const void*>(codec<word>::read({bytes, oids::text}).text.data()) == bytes.data());
    const word value{"some text"};
    CHECK(static_cast<const void*>(codec<word>::borrow(value, oids::text).data()) == value.text.data());
}

TEST_CASE("a type may travel one way") {
    CHECK(pgcoro::readable<title>);
    CHECK_FALSE(pgcoro::writable<title>);
    CHECK_FALSE(pgcoro::readable<secret>);
    CHECK(pgcoro::writable<secret>);
}

TEST_CASE("a user's type goes into arrays") {
    const std::vector<std::optional<user_id>> ids{user_id{1}, std::nullopt};
    const auto hex = write(ids, oids::int8_array);
    CHECK(read<std::vector<std::optional<user_id>>>(oids::int8_array, hex) == ids);
    CHECK(codec<std::vector<std::optional<user_id>>>::name
          == "std::vector<std::optional<types_codec_as::user_id>>");
    CHECK(pgcoro::borrows<std::vector<word>>);
    CHECK_FALSE(pgcoro::borrows<std::vector<title>>);
}
