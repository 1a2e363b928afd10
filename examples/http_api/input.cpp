#include "input.hpp"

#include <boost/json/parse.hpp>
#include <boost/system/error_code.hpp>

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

namespace http_api {
namespace {

[[noreturn]] void refuse_input(boost::json::object fields) {
    throw http_error(422, {{"error", "invalid input"}, {"fields", std::move(fields)}});
}

std::int64_t number(const request& from, std::string_view name, std::int64_t least, std::int64_t most,
                    std::int64_t otherwise) {
    const auto found = from.query.find(name);
    if (found == from.query.end()) return otherwise;
    const auto& text = found->second;
    std::int64_t value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure == std::errc() && end == text.data() + text.size() && value >= least && value <= most)
        return value;
    refuse_input(
        {{name,
          "must be a number from " + std::to_string(least)
              + (most < std::numeric_limits<std::int32_t>::max() ? " to " + std::to_string(most) : "")}});
}

} // namespace

page page_of(const request& from) {
    constexpr std::int64_t any = std::numeric_limits<std::int32_t>::max();
    return {number(from, "limit", 1, 100, 20), number(from, "offset", 0, any, 0)};
}

std::optional<std::string> query_parameter(const request& from, std::string_view name) {
    const auto found = from.query.find(name);
    if (found == from.query.end() || found->second.empty()) return std::nullopt;
    return found->second;
}

body_reader::body_reader(const request& from) {
    boost::system::error_code failure;
    const auto parsed = boost::json::parse(from.body, failure);
    if (failure) throw http_error(422, "the body is not JSON: " + failure.message());
    if (!parsed.is_object()) throw http_error(422, "the body is not a JSON object");
    fields_ = parsed.get_object();
}

std::optional<std::string> body_reader::find(std::string_view field, bool required) {
    const auto* const value = fields_.if_contains(field);
    if (value == nullptr || value->is_null()) {
        if (required) refuse(field, "is required");
        return std::nullopt;
    }
    // The parser has seen to UTF-8; a NUL, which JSON may hold as \u0000, is nothing that SQL's text can
    // hold.
    if (!value->is_string() || value->get_string().find('\0') != boost::json::string::npos) {
        refuse(field, "must be a text");
        return std::nullopt;
    }
    return std::string(value->get_string());
}

void body_reader::refuse(std::string_view field, std::string_view reason) { wrong_.emplace(field, reason); }

std::string body_reader::text(std::string_view field, std::size_t least, std::size_t most) {
    auto value = find(field, true);
    if (value && (value->size() < least || value->size() > most))
        refuse(field, "must have " + std::to_string(least) + " to " + std::to_string(most) + " bytes");
    return std::move(value).value_or("");
}

std::optional<std::string> body_reader::optional_text(std::string_view field, std::size_t most) {
    auto value = find(field, false);
    if (value && value->size() > most) refuse(field, "must have at most " + std::to_string(most) + " bytes");
    return value;
}

std::string body_reader::code(std::string_view field, std::size_t size, char first, char last,
                              std::string_view described) {
    auto value = find(field, true);
    const auto in_range = [&](char c) { return c >= first && c <= last; };
    if (value && (value->size() != size || !std::ranges::all_of(*value, in_range))) refuse(field, described);
    return std::move(value).value_or("");
}

void body_reader::check() const {
    if (!wrong_.empty()) refuse_input(wrong_);
}

} // namespace http_api
