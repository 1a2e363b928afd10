#include <pgcoro/types/codec_as.hpp>
#include <pgcoro/types/enums.hpp>
#include <pgcoro/types/integers.hpp>

#include <cstdint>
#include <doctest/doctest.h>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "types_support.hpp"

namespace types_enums {

using namespace types_test;
namespace oids = pgcoro::oids;
using pgcoro::codec;
using pgcoro::errc;

enum class mood { sad = -128, ok = 0, happy = 255 };
enum unscoped { first, second = 5, third = 77 };
enum class narrow : std::uint8_t { none = 0, most = 255 };
enum class flag : bool { off, on };
enum class wide : std::int64_t { low = 300, high = 599, beyond = 600 };
enum class relabelled { red, green, blue };
enum class aliased { one = 1, uno = 1, two = 2 };
enum class level { low = 1, high = 2 };

template <class First, class Second>
struct holder {
    enum class kind { left, right };
};

namespace {
enum class hidden { here, there };
}
} // namespace types_enums

template <>
struct pgcoro::enum_range<types_enums::wide> {
    static constexpr int min = 300, max = 599;
};

template <>
struct pgcoro::enum_labels<types_enums::relabelled> {
    static constexpr pgcoro::enum_label<types_enums::relabelled> values[] = {
        {types_enums::relabelled::green, "Green"}, {types_enums::relabelled::red, "dark red, (or so)"}};
};

template <>
struct pgcoro::codec<types_enums::level> : pgcoro::codec_as<types_enums::level, std::int32_t> {
    static types_enums::level from(std::int32_t value) { return static_cast<types_enums::level>(value); }
    static std::int32_t to(types_enums::level value) noexcept { return static_cast<std::int32_t>(value); }
};

namespace types_enums {

TEST_CASE("an enum is read by its enumerators' names") {
    CHECK(read<mood>(some_user_type, "6861707079") == mood::happy);
    CHECK(read<mood>(oids::text, "736164") == mood::sad);
    CHECK(read<mood>(oids::varchar, "6f6b") == mood::ok);
    CHECK(read<mood>(some_user_type, "6f6b", pgcoro::wire_format::text) == mood::ok);
}

TEST_CASE("the blanks that pad character are no part of a label") {
    CHECK(read<mood>(oids::bpchar, "6f6b2020") == mood::ok);
    CHECK(failure_of([] { read<mood>(oids::text, "6f6b2020"); }).code == errc::value_out_of_range);
    CHECK(failure_of([] { read<mood>(oids::bpchar, "2020"); }).code == errc::value_out_of_range);
}

TEST_CASE("an enum is written by its enumerator's name") {
    CHECK(write_text(mood::happy, some_user_type) == "happy");
    CHECK(codec<mood>::format(some_user_type) == pgcoro::wire_format::text);
    CHECK(write_text(mood::sad, oids::text) == "sad");
    CHECK(codec<mood>::format(oids::text) == pgcoro::wire_format::binary);
    CHECK(codec<mood>::borrow(mood::sad, oids::text).size() == 3);
    CHECK(codec<mood>::borrow(mood::sad, some_user_type).data() == nullptr);
}

TEST_CASE("an unknown label is refused with the labels that there are") {
    const auto failure = failure_of([] { read<mood>(some_user_type, "6d6168"); });
    CHECK(failure.code == errc::value_out_of_range);
    CHECK(failure.message == "\"mah\" is no label of types_enums::mood (sad, ok, happy)");
    CHECK(failure_of([] { read<mood>(oids::text, ""); }).code == errc::value_out_of_range);
    CHECK(failure_of([] { read<mood>(oids::text, "6f"); }).code == errc::value_out_of_range);
    std::string endless;
    for (int i = 0; i < 1000; ++i) endless += "61";
    CHECK(failure_of([&] { read<mood>(oids::text, endless); }).message.size() < 150);
}

TEST_CASE("a value without an enumerator is not written") {
    const auto failure = failure_of([] { write(static_cast<mood>(7), some_user_type); });
    CHECK(failure.code == errc::value_out_of_range);
    CHECK(failure.message == "the types_enums::mood value has no label (those are sad, ok, happy)");
    CHECK(failure_of([] { write(static_cast<mood>(7), oids::text); }).code == errc::value_out_of_range);
}

TEST_CASE("a label that the SQL enum lacks is refused with those that it has") {
    pgcoro::type_info moods;
    moods.id = some_user_type;
    moods.schema = "ut";
    moods.name = "mood";
    moods.kind = pgcoro::type_kind::enumeration;
    moods.labels = {"sad", "ok", "angry"};
    pgcoro::type_info domain;
    domain.id = some_user_type + 1;
    domain.kind = pgcoro::type_kind::domain;
    domain.referred = {moods.id, &moods};
    const auto written = [](mood value, const pgcoro::type_ref& parameter) {
        std::vector<std::byte> bytes;
        pgcoro::byte_writer out(bytes);
        codec<mood>::write(out, value, parameter);
        return std::string(pgcoro::as_chars(bytes));
    };
    for (const pgcoro::type_ref& parameter : {pgcoro::type_ref(moods.id, &moods), pgcoro::type_ref(domain.id, &domain),
                                              pgcoro::type_ref(moods.id, &moods).as_text()}) {
        CHECK(written(mood::ok, parameter) == "ok");
        const auto failure = failure_of([&] { written(mood::happy, parameter); });
        CHECK(failure.code == errc::value_out_of_range);
        CHECK(failure.message == "ut.mood has no label for the types_enums::mood value: it has sad, ok, angry, and lacks happy");
    }
    CHECK(written(mood::happy, some_user_type) == "happy");   // nobody asked what it has
}

TEST_CASE("of the types that users made, labels travel in enums and what may be text") {
    pgcoro::type_info made;
    made.id = some_user_type;
    const auto takes = [&](pgcoro::type_kind kind, pgcoro::type_ref referred = {}) {
        made.kind = kind;
        made.referred = referred;
        const pgcoro::type_ref type(made.id, &made);
        return std::pair(codec<mood>::reads(type), codec<mood>::writes(type));
    };
    CHECK(takes(pgcoro::type_kind::enumeration) == std::pair(true, true));
    CHECK(takes(pgcoro::type_kind::base) == std::pair(true, true));   // citext
    CHECK(takes(pgcoro::type_kind::composite) == std::pair(false, false));
    CHECK(takes(pgcoro::type_kind::array) == std::pair(false, false));
    CHECK(takes(pgcoro::type_kind::domain, oids::text).second);
    CHECK_FALSE(takes(pgcoro::type_kind::domain, oids::int4).second);
}

TEST_CASE("enumerators are found whatever the underlying type") {
    using pgcoro::types::enum_table;
    CHECK(enum_table<unscoped>::list() == "first, second, third");
    CHECK(enum_table<narrow>::list() == "none, most");
    CHECK(enum_table<flag>::list() == "off, on");
    CHECK(enum_table<hidden>::list() == "here, there");
    CHECK(enum_table<holder<int, holder<long, std::string>>::kind>::list() == "left, right");
    enum class local { inside };
    CHECK(enum_table<local>::list() == "inside");
    CHECK(write_text(second, oids::text) == "second");
    CHECK(read<unscoped>(oids::text, "7468697264") == third);
}

TEST_CASE("the range of values is the user's to choose") {
    CHECK(write_text(wide::low, oids::text) == "low");
    CHECK(write_text(wide::high, oids::text) == "high");
    CHECK(failure_of([] { write(wide::beyond, oids::text); }).code == errc::value_out_of_range);
}

TEST_CASE("labels may be given instead of names") {
    CHECK(write_text(relabelled::red, oids::text) == "dark red, (or so)");
    CHECK(read<relabelled>(oids::text, "477265656e") == relabelled::green);
    CHECK(failure_of([] { read<relabelled>(oids::text, "677265656e"); }).code == errc::value_out_of_range);
    CHECK(failure_of([] { write(relabelled::blue, oids::text); }).code == errc::value_out_of_range);
}

TEST_CASE("of two enumerators with the same value one is known") {
    CHECK(pgcoro::types::enum_table<aliased>::size == 2);
    CHECK(read<aliased>(oids::text, "74776f") == aliased::two);
}

TEST_CASE("enums do not mix with integers unless their codec says so") {
    CHECK_FALSE(codec<mood>::reads(oids::int4));
    CHECK_FALSE(codec<mood>::writes(oids::int4));
    CHECK_FALSE(codec<mood>::reads(oids::json));
    CHECK(codec<level>::reads(oids::int4));
    CHECK(read<level>(oids::int2, "0002") == level::high);
    CHECK(write(level::low, oids::int8) == "0000000000000001");
    CHECK_FALSE(codec<level>::reads(oids::text));
}

TEST_CASE("std::byte is no enum") {
    CHECK_FALSE(pgcoro::readable<std::byte>);
    CHECK_FALSE(pgcoro::writable<std::byte>);
}

} // namespace types_enums
