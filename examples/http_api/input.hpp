// Reads what clients send, and says which field is wrong with it.
#pragma once

#include <boost/json/object.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http.hpp"

namespace http_api {

/// Which part of a list is wanted: `?limit=` from 1 to 100, 20 if it is not given, and `?offset=` from 0.
struct page {
    std::int64_t limit;
    std::int64_t offset;
};

/// Throws `http_error` 422.
page page_of(const request& from);

/// A parameter of the query; nothing if it is missing or empty.
std::optional<std::string> query_parameter(const request& from, std::string_view name);

/// The fields of a JSON body. All that is wrong with them is gathered and told at once.
class body_reader {
public:
    /// Throws `http_error` 422 for a body that is no JSON object.
    explicit body_reader(const request& from);

    /// A text that has to be there, of `least` to `most` bytes.
    std::string text(std::string_view field, std::size_t least, std::size_t most);

    /// A text that may be missing or null.
    std::optional<std::string> optional_text(std::string_view field, std::size_t most);

    /// A text of exactly `size` characters from `first` to `last`.
    std::string code(std::string_view field, std::size_t size, char first, char last,
                     std::string_view described);

    /// Throws `http_error` 422, naming every wrong field, if there is one.
    void check() const;

private:
    std::optional<std::string> find(std::string_view field, bool required);
    void refuse(std::string_view field, std::string_view reason);

    boost::json::object fields_;
    boost::json::object wrong_;
};

} // namespace http_api
