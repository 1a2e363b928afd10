// The text forms of the library's value types. The first byte of an input chooses the type.
#include "fuzz.hpp"

#include <utility>

namespace {

template <class T>
bool check_parsing(std::string_view text) {
    std::optional<T> value;
    try {
        value.emplace(T::parse(text));
    } catch (const pgcoro::conversion_error&) {
        return false;
    }
    fuzzing::check_printing(*value, {std::as_bytes(std::span(text)), pgcoro::oids::text, pgcoro::wire_format::text});
    return true;
}

template <class... Ts>
int parse_one_of(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    static constexpr bool (*parsers[])(std::string_view) = {check_parsing<Ts>...};
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    const bool read = parsers[data[0] % std::size(parsers)](text);
    if (fuzzing::are_seeds() && !read)
        fuzzing::fail("it is from a server, and is refused", {std::as_bytes(std::span(text)), pgcoro::oids::text}, std::string(text));
    return 0;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return parse_one_of<pgcoro::numeric, pgcoro::interval, pgcoro::time_of_day, pgcoro::timetz, pgcoro::inet, pgcoro::cidr,
                        pgcoro::macaddr, pgcoro::macaddr8, pgcoro::bit_string, pgcoro::geometry::point, pgcoro::geometry::line,
                        pgcoro::geometry::lseg, pgcoro::geometry::box, pgcoro::geometry::path, pgcoro::geometry::polygon,
                        pgcoro::geometry::circle, pgcoro::tsvector, pgcoro::tsquery, pgcoro::tid, pgcoro::pg_lsn,
                        pgcoro::pg_snapshot, pgcoro::range<int>, pgcoro::range<pgcoro::numeric>, pgcoro::multirange<int>,
                        pgcoro::md_array<std::optional<int>>, pgcoro::md_array<std::optional<std::string>>,
                        pgcoro::pgvector::vector, pgcoro::pgvector::sparsevec>(data, size);
}
