#include "loading.hpp"

#include <pgcoro/pgcoro.hpp>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "statements.hpp"

namespace http_api {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

/// The list in a file such as iso_3166-1.json, which is the value of "3166-1".
json::array read_list(const std::filesystem::path& folder, const std::string& standard) {
    const auto path = folder / ("iso_" + standard + ".json");
    std::ifstream file(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    if (!file) throw std::runtime_error(path.string() + " cannot be read; Debian's package iso-codes has it");
    try {
        return json::parse(text).as_object().at(standard).as_array();
    } catch (const std::exception& e) {
        throw std::runtime_error(path.string() + " is not what was expected: " + e.what());
    }
}

std::string text(const json::value& entry, std::string_view key) {
    return std::string(entry.as_object().at(key).as_string());
}

optional_text text_if_any(const json::value& entry, std::string_view key) {
    const auto* const value = entry.as_object().if_contains(key);
    return value == nullptr ? std::nullopt : optional_text(value->as_string());
}

language_type type_of(const json::value& entry) {
    switch (text(entry, "type").front()) {
    case 'A':
        return language_type::ancient;
    case 'C':
        return language_type::constructed;
    case 'E':
        return language_type::extinct;
    case 'H':
        return language_type::historical;
    case 'L':
        return language_type::living;
    default:
        return language_type::special;
    }
}

asio::awaitable<std::uint64_t> load_countries(pgcoro::pool& pool, const std::filesystem::path& folder) {
    texts alpha_2, alpha_3, numeric, name;
    optional_texts official_name, flag;
    for (const auto& entry : read_list(folder, "3166-1")) {
        alpha_2.push_back(text(entry, "alpha_2"));
        alpha_3.push_back(text(entry, "alpha_3"));
        numeric.push_back(text(entry, "numeric"));
        name.push_back(text(entry, "name"));
        official_name.push_back(text_if_any(entry, "official_name"));
        flag.push_back(text_if_any(entry, "flag"));
    }
    const auto tag = co_await pool.execute(countries::load, alpha_2, alpha_3, numeric, name, official_name, flag);
    co_return tag.rows_affected();
}

asio::awaitable<std::uint64_t> load_subdivisions(pgcoro::pool& pool, const std::filesystem::path& folder) {
    texts code, country, name, type;
    optional_texts parent;
    for (const auto& entry : read_list(folder, "3166-2")) {
        code.push_back(text(entry, "code"));
        country.push_back(code.back().substr(0, 2));
        name.push_back(text(entry, "name"));
        type.push_back(text(entry, "type"));
        parent.push_back(text_if_any(entry, "parent"));
    }
    const auto tag = co_await pool.execute(subdivisions::load, code, country, name, type, parent);
    co_return tag.rows_affected();
}

asio::awaitable<std::uint64_t> load_languages(pgcoro::pool& pool, const std::filesystem::path& folder) {
    texts alpha_3, name;
    optional_texts alpha_2;
    std::vector<language_type> type;
    for (const auto& entry : read_list(folder, "639-3")) {
        alpha_3.push_back(text(entry, "alpha_3"));
        alpha_2.push_back(text_if_any(entry, "alpha_2"));
        name.push_back(text(entry, "name"));
        type.push_back(type_of(entry));
    }
    const auto tag = co_await pool.execute(languages::load, alpha_3, alpha_2, name, type);
    co_return tag.rows_affected();
}

} // namespace

asio::awaitable<loaded> load_iso_codes(pgcoro::pool& pool, std::filesystem::path folder) {
    loaded all;
    all.countries = co_await load_countries(pool, folder); // before the subdivisions, which refer to them
    all.subdivisions = co_await load_subdivisions(pool, folder);
    all.languages = co_await load_languages(pool, folder);
    co_return all;
}

} // namespace http_api
