// Types of extensions, by their bytes: hstore, ltree and pgvector's.
#include <pgcoro/types/hstore.hpp>
#include <pgcoro/types/pgvector.hpp>
#include <pgcoro/types/text.hpp>

#include <cmath>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>   // which formats ranges, and vectors are
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "types_support.hpp"

namespace types_extensions {

using namespace types_test;
using pgcoro::errc;
using pgcoro::type_info;
using pgcoro::type_ref;

using pairs = std::map<std::string, std::optional<std::string>>;

/// A type of this name, as the catalogs would tell of it.
type_ref named(std::string_view name) {
    static std::map<std::string, type_info, std::less<>> known;
    auto& info = known[std::string(name)];
    info.id = some_user_type;
    info.schema = "public";
    info.name = name;
    return {some_user_type, &info};
}

template <class T>
T read_as(const type_ref& column, std::string_view hex) {
    const auto bytes = bytes_of(hex);
    return pgcoro::codec<T>::read({bytes, column, pgcoro::wire_format::binary});
}

template <class T>
std::string written(const T& value, const type_ref& parameter) {
    std::vector<std::byte> buffer;
    pgcoro::byte_writer out(buffer);
    pgcoro::codec<T>::write(out, value, parameter);
    return pgcoro::codec<T>::format(parameter) == pgcoro::wire_format::text ? std::string(pgcoro::as_chars(buffer)) : hex_of(buffer);
}

/// Every piece of a value that ends too early is refused, as is one byte too many.
TEST_CASE("hstore: pairs, values that are NULL, and text where its type is not known") {
    const auto type = named("hstore");
    const std::string_view bytes = "00000002 00000001 61 ffffffff 00000002 6222 00000000";
    const pairs value{{"a", std::nullopt}, {"b\"", ""}};
    CHECK(read_as<pairs>(type, bytes) == value);
    CHECK(written(value, type) == without_blanks(bytes));
    CHECK(written(value, some_user_type) == R"("a"=>NULL,"b\""=>"")");
    CHECK(written(value, type.as_text()) == R"("a"=>NULL,"b\""=>"")");
    CHECK(read_as<pairs>(type, "00000000").empty());
    CHECK(pgcoro::codec<pairs>::reads(type));
    CHECK(pgcoro::codec<pairs>::reads(some_user_type));
    CHECK_FALSE(pgcoro::codec<pairs>::reads(named("mood")));
    CHECK_FALSE(pgcoro::codec<pairs>::writes(pgcoro::oids::text));
}

TEST_CASE("hstore: bytes that no server sends") {
    const auto type = named("hstore");
    check_cut_at_every_length<pairs>(type, "00000002 00000001 61 ffffffff 00000002 6222 00000000");
    for (const std::string_view bytes : {"ffffffff", "7fffffff", "00000001 ffffffff 00000000", "00000001 00000001 61 fffffffe"})
        CHECK(failure_of([&] { read_as<pairs>(type, bytes); }).code == errc::protocol_error);
    CHECK(failure_of([] { written(pairs{{std::string("\0", 1), std::nullopt}}, some_user_type); }).code == errc::value_out_of_range);
}

TEST_CASE("ltree: text behind a version") {
    CHECK(read_as<std::string>(named("ltree"), "01 612e62") == "a.b");
    CHECK(read_as<std::string>(named("lquery"), "01 2a") == "*");
    CHECK(read_as<std::string>(named("citext"), "612e62") == "a.b");
    CHECK(failure_of([] { read_as<std::string>(named("ltree"), "02 61"); }).code == errc::protocol_error);
    CHECK(failure_of([] { read_as<std::string>(named("ltree"), ""); }).code == errc::protocol_error);
}

TEST_CASE("vector: numbers, in text as the server prints them") {
    const auto type = named("vector");
    const pgcoro::pgvector::vector value{1, 2.5F, -3};
    const std::string_view bytes = "0003 0000 3f800000 40200000 c0400000";
    CHECK(read_as<pgcoro::pgvector::vector>(type, bytes) == value);
    CHECK(written(value, type) == without_blanks(bytes));
    CHECK(written(value, some_user_type) == "[1,2.5,-3]");
    CHECK(fmt::format("{}", value) == "[1,2.5,-3]");
    CHECK(fmt::to_string(pgcoro::pgvector::vector{16777216, 1e6F, 123456, 1234567, 0.1F})
          == "[1.6777216e+07,1e+06,123456,1.234567e+06,0.1]");
    CHECK(pgcoro::pgvector::vector::parse(" [ 1 , 2.5 ,-3 ] ") == value);
    CHECK(pgcoro::pgvector::vector::parse("[]").dimensions() == 0);
    check_cut_at_every_length<pgcoro::pgvector::vector>(type, bytes);
    CHECK(failure_of([&] { read_as<pgcoro::pgvector::vector>(type, "0001 0001 3f800000"); }).code == errc::protocol_error);
    for (const std::string_view text : {"", "[", "[1", "[1,", "[1,]", "1", "[1]]", "[x]", "{1}"}) {
        CAPTURE(text);
        CHECK(failure_of([&] { (void)pgcoro::pgvector::vector::parse(text); }).code == errc::value_out_of_range);
    }
    CHECK_FALSE(pgcoro::codec<pgcoro::pgvector::vector>::reads(named("halfvec")));
}

TEST_CASE("halfvec: every number of half precision comes back as it is") {
    for (unsigned bits = 0; bits <= 0xffff; ++bits) {
        const float number = pgcoro::pgvector::from_half(static_cast<std::uint16_t>(bits));
        if ((bits & 0x7c00) == 0x7c00) continue;   // infinite or NaN, which pgvector refuses
        if (pgcoro::pgvector::to_half(number) != bits) FAIL(bits);
    }
    CHECK(pgcoro::pgvector::from_half(0x3c00) == 1.0F);
    CHECK(pgcoro::pgvector::from_half(0x7bff) == 65504.0F);
    CHECK(pgcoro::pgvector::from_half(0x0001) == std::ldexp(1.0F, -24));
    CHECK(pgcoro::pgvector::to_half(0.1F) == 0x2e66);
    CHECK(pgcoro::pgvector::to_half(65519.0F) == 0x7bff);
    for (const float number : {65520.0F, -1e30F, INFINITY, NAN})
        CHECK(failure_of([&] { pgcoro::pgvector::to_half(number); }).code == errc::value_out_of_range);
    const auto type = named("halfvec");
    CHECK(read_as<pgcoro::pgvector::halfvec>(type, "0002 0000 3c00 c000") == pgcoro::pgvector::halfvec{1, -2});
    CHECK(written(pgcoro::pgvector::halfvec{1, -2}, type) == "000200003c00c000");
    check_cut_at_every_length<pgcoro::pgvector::halfvec>(type, "0002 0000 3c00 c000");
}

TEST_CASE("sparsevec: the elements that are not 0") {
    const auto type = named("sparsevec");
    const pgcoro::pgvector::sparsevec value(5, {{0, 1.5F}, {2, 2}});
    const std::string_view bytes = "00000005 00000002 00000000 00000000 00000002 3fc00000 40000000";
    CHECK(read_as<pgcoro::pgvector::sparsevec>(type, bytes) == value);
    CHECK(written(value, type) == without_blanks(bytes));
    CHECK(written(value, some_user_type) == "{1:1.5,3:2}/5");
    CHECK(pgcoro::pgvector::sparsevec::parse("{1:1.5, 3:2, 4:0}/5") == value);
    CHECK(fmt::format("{}", pgcoro::pgvector::sparsevec::parse("{}/3")) == "{}/3");
    check_cut_at_every_length<pgcoro::pgvector::sparsevec>(type, bytes);
    for (const std::string_view wrong : {"00000005 00000001 00000000 00000005 3fc00000", "00000005 00000001 00000000 ffffffff 3fc00000",
                                         "00000005 00000001 00000000 00000001 00000000", "00000005 7fffffff 00000000",
                                         "00000005 00000002 00000000 00000002 00000002 3fc00000 40000000"})
        CHECK(failure_of([&] { read_as<pgcoro::pgvector::sparsevec>(type, wrong); }).code == errc::protocol_error);
    for (const std::string_view text : {"", "{1:1}", "{0:1}/5", "{6:1}/5", "{2:1,1:1}/5", "{1}/5", "{1:1}/5x"}) {
        CAPTURE(text);
        CHECK(failure_of([&] { (void)pgcoro::pgvector::sparsevec::parse(text); }).code == errc::value_out_of_range);
    }
}

} // namespace types_extensions
