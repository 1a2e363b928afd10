// Rows from COPY's binary format.
#pragma once

#include <pgcoro/core/byte_reader.hpp>
#include <pgcoro/core/error.hpp>
#include <pgcoro/mapping/column_plan.hpp>
#include <pgcoro/mapping/decode.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro {

/// Finds rows and fields in what COPY TO STDOUT (FORMAT binary) sends (documentation: COPY, "Binary Format"). Models
/// `result_view` for the row that `next` found. Lifetime: borrows the columns and the bytes.
class binary_copy_rows {
public:
    /// @param columns of the COPY; must outlive this object
    explicit binary_copy_rows(const std::vector<column_info>& columns) : columns_(&columns), fields_(columns.size()) {}

    /// Goes on with bytes that hold whole rows.
    void feed(std::span<const std::byte> bytes) noexcept { rest_ = byte_reader(bytes); }

    /// Finds the next row; false if the bytes hold no more. Throws `conversion_error` (`errc::protocol_error`).
    bool next() {
        if (!begun_) {
            if (rest_.remaining() == 0) return false;
            skip_header();
        }
        if (ended_ || rest_.remaining() == 0) return false;
        const auto count = rest_.read<std::int16_t>();
        if (count == -1) {
            ended_ = true;
            return false;
        }
        if (count < 0 || static_cast<std::size_t>(count) != fields_.size())
            throw conversion_error(errc::protocol_error, "a row of " + std::to_string(count) + " fields where "
                                                             + std::to_string(fields_.size()) + " were announced");
        for (auto& field : fields_) {
            const auto length = rest_.read<std::int32_t>();
            if (length < -1) throw conversion_error(errc::protocol_error, "length " + std::to_string(length));
            field = length == -1 ? std::span<const std::byte>() : rest_.take(static_cast<std::size_t>(length));
        }
        return true;
    }

    std::size_t row_count() const noexcept { return 1; }
    std::size_t column_count() const noexcept { return columns_->size(); }
    std::span<const std::byte> value(std::size_t, std::size_t column) const noexcept { return fields_[column]; }
    oid column_type(std::size_t column) const noexcept { return (*columns_)[column].type; }
    wire_format column_format(std::size_t) const noexcept { return wire_format::binary; }
    std::string_view column_name(std::size_t column) const noexcept { return (*columns_)[column].name; }

private:
    void skip_header() {
        constexpr std::string_view signature("PGCOPY\n\377\r\n\0", 11);
        if (as_chars(rest_.take(signature.size())) != signature)
            throw conversion_error(errc::protocol_error, "the data of the COPY do not begin with its signature");
        rest_.read<std::int32_t>();   // flags
        const auto extension = rest_.read<std::int32_t>();
        if (extension < 0) throw conversion_error(errc::protocol_error, "length " + std::to_string(extension));
        rest_.take(static_cast<std::size_t>(extension));
        begun_ = true;
    }

    const std::vector<column_info>* columns_;
    std::vector<std::span<const std::byte>> fields_;
    byte_reader rest_{std::span<const std::byte>()};
    bool begun_ = false, ended_ = false;
};

} // namespace pgcoro
