#include <pgcoro/types/types.hpp>

#include <doctest/doctest.h>
#include <string>
#include <vector>

#include "types_support.hpp"

#ifdef PGCORO_TEST_WITH_BOOST_JSON
#include <pgcoro/integration/boost_json.hpp>
#endif

namespace types_boost_json_tests {

using namespace types_test;
namespace oids = pgcoro::oids;

TEST_CASE("json is a string where Boost.JSON is not used") {
    CHECK(read<std::string>(oids::json, "7b7d") == "{}");
    CHECK(write(std::string("{}"), oids::jsonb) == "017b7d");
}

#ifdef PGCORO_TEST_WITH_BOOST_JSON

using pgcoro::codec;
using pgcoro::errc;
namespace json = boost::json;

namespace {
std::string hex_of_text(std::string_view text) {
    return hex_of(std::as_bytes(std::span(text.data(), text.size())));
}
} // namespace

TEST_CASE("JSON values are read from json and jsonb") {
    CHECK(read<json::value>(oids::json, hex_of_text("{\"a\": [1, null]}")).at("a").at(0) == 1);
    CHECK(read<json::value>(oids::jsonb, "01" + hex_of_text("true")) == true);
    CHECK(read<json::object>(oids::jsonb, "01" + hex_of_text("{\"a\": 1}")).at("a") == 1);
    CHECK(read<json::array>(oids::json, hex_of_text("[1, 2]")).size() == 2);
    CHECK_FALSE(codec<json::value>::reads(oids::text));
}

TEST_CASE("JSON values are written with jsonb's version") {
    const json::value value{{"a", 1}};
    CHECK(write(value, oids::json) == hex_of_text("{\"a\":1}"));
    CHECK(write(value, oids::jsonb) == "01" + hex_of_text("{\"a\":1}"));
    CHECK(write(value.as_object(), oids::jsonb) == "01" + hex_of_text("{\"a\":1}"));
    CHECK(write(json::array{1, 2}, oids::json) == hex_of_text("[1,2]"));
    CHECK(write_text(value, some_user_type) == "{\"a\":1}");
    CHECK(codec<json::value>::format(some_user_type) == pgcoro::wire_format::text);
    CHECK_FALSE(codec<json::value>::writes(oids::text));
}

TEST_CASE("a long document is written whole") {
    const json::value value(std::string(100'000, 'x'));
    CHECK(write_bytes(value, oids::json).size() == 100'002);
    CHECK(read<json::value>(oids::jsonb, write(value, oids::jsonb)) == value);
}

TEST_CASE("a document that Boost.JSON cannot hold is refused") {
    const auto failure = failure_of([] { read<json::value>(oids::json, hex_of_text("{\"a\": ")); });
    CHECK(failure.code == errc::value_out_of_range);
    CHECK(failure.message.starts_with("json value cannot be read into boost::json::value: "));
    const std::string nested = std::string(200, '[') + std::string(200, ']');
    CHECK(read<json::value>(oids::json, hex_of_text(nested)).is_array());
    const std::string too_deep = std::string(100'000, '[') + std::string(100'000, ']');
    CHECK(failure_of([&] { read<json::value>(oids::json, hex_of_text(too_deep)); }).code
          == errc::value_out_of_range);
    CHECK(failure_of([] { read<json::value>(oids::jsonb, "02" + hex_of_text("{}")); }).code
          == errc::protocol_error);
}

TEST_CASE("another kind of JSON than asked for is refused") {
    CHECK(failure_of([] { read<json::object>(oids::json, hex_of_text("[]")); }).message
          == "json value is not a JSON object");
    CHECK(failure_of([] { read<json::array>(oids::json, hex_of_text("{}")); }).code
          == errc::value_out_of_range);
}

TEST_CASE("JSON values go into arrays") {
    const std::vector<json::value> values{1, "a"};
    CHECK(read<std::vector<json::value>>(oids::jsonb_array, write(values, oids::jsonb_array)) == values);
}

#endif

} // namespace types_boost_json_tests
