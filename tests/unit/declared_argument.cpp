// Which arguments go with declared parameters, and what becomes of them.
#include <pgcoro/mapping/declared_argument.hpp>
#include <pgcoro/statement.hpp>
#include <pgcoro/types/types.hpp>

#include <cstddef>
#include <cstdint>
#include <doctest/doctest.h>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace declared_argument_tests {

using pgcoro::argument_refusal;
using pgcoro::keep_argument;
using pgcoro::kept_argument_t;
using pgcoro::row_mapping::converts_argument;

namespace {

template <class Declared, class A>
auto kept(A&& argument) {
    auto refusal = argument_refusal::none;
    auto value = keep_argument<Declared, A>(std::forward<A>(argument), refusal);
    return std::pair(std::move(value), refusal);
}

enum declared_colour { red, green };
enum class declared_fruit { apple };

struct declared_as_string {
    operator std::string() const { return "converted"; }
};

} // namespace

// Numbers
static_assert(converts_argument<std::int64_t, int>());
static_assert(converts_argument<std::int16_t, std::uint64_t>());
static_assert(converts_argument<double, int>() && converts_argument<double, float>() && converts_argument<float, short>());
static_assert(!converts_argument<double, std::int64_t>(), "2^53 + 1 would change");
static_assert(!converts_argument<float, double>() && !converts_argument<float, int>());
static_assert(!converts_argument<int, double>() && !converts_argument<int, float>());
static_assert(!converts_argument<int, bool>() && !converts_argument<int, char>() && !converts_argument<bool, int>());
static_assert(!converts_argument<bool, const char (&)[2]>() && !converts_argument<bool, void*>());
static_assert(!converts_argument<int, declared_colour>() && !converts_argument<int, declared_fruit>());
static_assert(!converts_argument<int, const char (&)[2]>() && !converts_argument<int, std::nullptr_t>());
static_assert(converts_argument<std::int64_t, std::integral_constant<int, 3>>());

// Text
static_assert(converts_argument<std::string, const char (&)[4]>() && converts_argument<std::string, std::string_view>());
static_assert(converts_argument<std::string_view, std::string&>() && converts_argument<std::string, declared_as_string>());
static_assert(!converts_argument<std::string, int>() && !converts_argument<std::string, char>());

// NULL
static_assert(converts_argument<std::optional<int>, std::nullopt_t>());
static_assert(converts_argument<std::optional<std::string>, std::nullptr_t>());
static_assert(!converts_argument<std::string, std::nullptr_t>() && !converts_argument<std::string_view, std::nullptr_t>());
static_assert(!converts_argument<std::string, std::nullopt_t>() && !converts_argument<int, std::optional<int>&>());
static_assert(converts_argument<std::optional<std::int64_t>, std::optional<int>&>());
static_assert(!converts_argument<std::optional<int>, std::optional<double>>());
static_assert(!converts_argument<std::optional<int>, double>());

// Enums, arrays
static_assert(converts_argument<declared_fruit, declared_fruit>() && !converts_argument<declared_fruit, int>());
static_assert(converts_argument<std::vector<int>, const std::vector<int>&>());
static_assert(!converts_argument<std::vector<std::int64_t>, std::vector<int>&>());
static_assert(converts_argument<std::span<const int>, const std::vector<int>&>());

// What is kept
static_assert(std::is_same_v<kept_argument_t<std::int64_t, int>, std::int64_t>);
static_assert(std::is_same_v<kept_argument_t<std::string, const char (&)[4]>, std::string>);
static_assert(std::is_same_v<kept_argument_t<std::string_view, std::string&>, std::string_view>);
static_assert(std::is_same_v<kept_argument_t<std::string_view, std::string>, std::string>);
static_assert(std::is_same_v<kept_argument_t<std::string_view, const std::string>, std::string>);
static_assert(std::is_same_v<kept_argument_t<std::optional<std::string_view>, std::string>, std::string>);
static_assert(std::is_same_v<kept_argument_t<std::span<const int>, std::vector<int>>, std::vector<int>>);
static_assert(std::is_same_v<kept_argument_t<std::string_view, std::string_view>, std::string_view>);

// Signatures
static_assert(std::is_same_v<pgcoro::statement<void(const std::string&, const int, std::vector<int>&&)>::parameters,
                             std::tuple<std::string, int, std::vector<int>>>);

TEST_CASE("an integer becomes another one if its value fits, and is refused otherwise") {
    CHECK(kept<std::int64_t>(42) == std::pair(std::int64_t{42}, argument_refusal::none));
    CHECK(kept<std::int16_t>(std::size_t{32767}).first == 32767);
    CHECK(kept<std::int16_t>(32768).second == argument_refusal::out_of_range);
    CHECK(kept<std::uint32_t>(-1).second == argument_refusal::out_of_range);
    CHECK(kept<std::int64_t>(std::numeric_limits<std::uint64_t>::max()).second == argument_refusal::out_of_range);
    CHECK(kept<std::optional<std::int16_t>>(40000).second == argument_refusal::out_of_range);
    const std::optional<std::int64_t> large(std::int64_t{1} << 40);
    CHECK(kept<std::optional<int>>(large).second == argument_refusal::out_of_range);
}

TEST_CASE("text of any kind becomes the declared one") {
    CHECK(kept<std::string>("literal").first == "literal");
    char buffer[8] = "buf";
    CHECK(kept<std::string>(buffer).first == "buf");
    const char full[3] = {'a', 'b', 'c'};
    CHECK(kept<std::string>(full).first == "abc");
    const char* const pointer = "pointer";
    CHECK(kept<std::string_view>(pointer).first == "pointer");
    CHECK(kept<std::string>(std::string_view("view")).first == "view");
    CHECK(kept<std::string>(declared_as_string{}).first == "converted");
    CHECK(kept<std::optional<std::string>>(std::string_view("view")).first == "view");
}

TEST_CASE("NULL is for parameters that are optional") {
    CHECK_FALSE(kept<std::optional<int>>(std::nullopt).first.has_value());
    CHECK_FALSE(kept<std::optional<std::string>>(nullptr).first.has_value());
    const char* const null = nullptr;
    CHECK_FALSE(kept<std::optional<std::string>>(null).first.has_value());
    CHECK(kept<std::optional<std::string>>(null).second == argument_refusal::none);
    CHECK(kept<std::string>(null).second == argument_refusal::null);
    CHECK(kept<std::string_view>(null).second == argument_refusal::null);
    CHECK_FALSE(kept<std::optional<std::string>>(std::optional<std::string_view>()).first.has_value());
}

TEST_CASE("a view of a temporary is left with its owner, one of an object refers to it") {
    auto owner = kept<std::string_view>(std::string(100, 'x'));
    CHECK(owner.first == std::string(100, 'x'));
    const std::string object(100, 'y');
    CHECK(kept<std::string_view>(object).first.data() == object.data());
}

} // namespace declared_argument_tests
