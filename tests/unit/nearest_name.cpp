// Which name somebody may have meant.
#include <pgcoro/mapping/nearest_name.hpp>

#include <doctest/doctest.h>
#include <string_view>
#include <vector>

namespace nearest_name_tests {

using pgcoro::row_mapping::edit_distance;
using pgcoro::row_mapping::nearest_name;

TEST_CASE("the distance of two texts is the number of letters to change") {
    CHECK(edit_distance("", "") == 0);
    CHECK(edit_distance("abc", "") == 3);
    CHECK(edit_distance("", "abc") == 3);
    CHECK(edit_distance("email", "e_mail") == 1);
    CHECK(edit_distance("created", "creatde") == 2);
    CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("the nearest name is the one that is misspelt least") {
    const std::vector<std::string_view> names{"id", "e_mail", "emial", "mail_at"};
    CHECK(nearest_name("email", names) == "e_mail");
    CHECK(nearest_name("emial", names) == "emial");
}

TEST_CASE("a name that is part of the other is suggested, behind those that are misspelt") {
    CHECK(nearest_name("name", std::vector<std::string_view>{"full_name", "id"}) == "full_name");
    CHECK(nearest_name("full_name", std::vector<std::string_view>{"name", "id"}) == "name");
    CHECK(nearest_name("name", std::vector<std::string_view>{"full_name", "nane"}) == "nane");
}

TEST_CASE("nothing is suggested where nothing is alike") {
    CHECK(nearest_name("email", std::vector<std::string_view>{"id", "created_at"}).empty());
    CHECK(nearest_name("email", {}).empty());
    CHECK(nearest_name("email", std::vector<std::string_view>{""}).empty());
}

} // namespace nearest_name_tests
