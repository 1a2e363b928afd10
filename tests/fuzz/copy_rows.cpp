// Rows of COPY's binary format.
#include <pgcoro/mapping/copy_decode.hpp>

#include "fuzz.hpp"

#include <tuple>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using row = std::tuple<int, std::optional<std::string>, std::vector<int>>;
    static const std::vector<pgcoro::column_info> columns{
        {"a", pgcoro::oids::int4}, {"b", pgcoro::oids::text}, {"c", pgcoro::oids::int4_array}};
    static const auto plan = pgcoro::make_column_plan<row>(columns, "copy");
    if (size == 0) return 0;
    try {
        pgcoro::binary_copy_rows rows(columns);
        rows.feed(std::as_bytes(std::span(data, size)));
        while (rows.next()) pgcoro::decode_row<row>(rows, 0, plan, "copy");
        return 0;
    } catch (const pgcoro::conversion_error&) {
    } catch (const pgcoro::error&) {
    }
    if (fuzzing::are_seeds()) std::abort();
    return 0;
}
