// The rows that the handlers read, and how they become JSON.
#pragma once

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace http_api {

// pgcoro takes the columns by the names of the members; Boost.Describe is for Boost.JSON alone.

/// ISO 3166-1.
struct country {
    std::string alpha_2;
    std::string alpha_3;
    std::string numeric;
    std::string name;
    std::optional<std::string> official_name;
    std::optional<std::string> flag;
};
BOOST_DESCRIBE_STRUCT(country, (), (alpha_2, alpha_3, numeric, name, official_name, flag))

/// ISO 3166-2.
struct subdivision {
    std::string code;
    std::string country;
    std::string name;
    std::string type; ///< "Province", "Parish", …
    std::optional<std::string> parent;
};
BOOST_DESCRIBE_STRUCT(subdivision, (), (code, country, name, type, parent))

/// How many subdivisions of a type there are.
struct subdivision_count {
    std::string type;
    std::int64_t number;
};
BOOST_DESCRIBE_STRUCT(subdivision_count, (), (type, number))

/// The SQL enum of the same name; ISO 639-3 has the initials.
BOOST_DEFINE_ENUM_CLASS(language_type, ancient, constructed, extinct, historical, living, special)

/// ISO 639-3.
struct language {
    std::string alpha_3;
    std::optional<std::string> alpha_2;
    std::string name;
    language_type type;
};
BOOST_DESCRIBE_STRUCT(language, (), (alpha_3, alpha_2, name, type))

} // namespace http_api
