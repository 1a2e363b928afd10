// What statements return: command tags, untyped results, rows that stay in their result.
#pragma once

#include <pgcoro/core/error.hpp>
#include <pgcoro/libpq/result.hpp>
#include <pgcoro/mapping/column_plan.hpp>
#include <pgcoro/mapping/decode.hpp>
#include <pgcoro/session/statement_description.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace pgcoro {

/// What the server says about a completed command (documentation: "Message Formats", CommandComplete).
class command_tag {
public:
    command_tag() = default;
    explicit command_tag(libpq::result_view of) : text_(of.command_status()), rows_affected_(of.rows_affected()) {}

    /// The number of rows inserted, updated, deleted, merged or returned; 0 for commands without rows.
    std::uint64_t rows_affected() const noexcept { return rows_affected_; }

    /// The tag itself, such as "UPDATE 3".
    const std::string& text() const noexcept { return text_; }

private:
    std::string text_;
    std::uint64_t rows_affected_ = 0;
};

/// One value of an untyped result. Lifetime: borrows the result.
class field {
public:
    field(const libpq::result_view& rows, std::size_t row, std::size_t column,
          const session::type_catalog* types = nullptr) noexcept
        : rows_(rows), row_(row), column_(column), types_(types) {}

    bool is_null() const noexcept { return bytes().data() == nullptr; }
    oid type() const noexcept { return rows_.column_type(column_); }
    std::string_view name() const noexcept { return rows_.column_name(column_); }

    /// Binary, but for rows that have a column without a binary form (`aclitem`), and those of scripts.
    wire_format format() const noexcept { return rows_.column_format(column_); }

    /// The bytes as the server sent them, in the type's form of this format; from a null pointer if the value is NULL.
    std::span<const std::byte> bytes() const noexcept { return rows_.value(row_, column_); }

    /// The value as a C++ type with a codec, or as `std::optional` of one.
    /// Throws `errc::type_mismatch`, `errc::unexpected_null` or what the codec says.
    template <class T>
    T as() const {
        const column_info column[] = {described()};
        const single_column value{rows_, column_};
        // The value of a composite type is read as a field: as a row, its struct is one of several columns.
        if constexpr (row_mapping::is_composite<T>) {
            using alone = std::tuple<T>;
            return std::get<0>(decode_row<alone>(value, row_, make_column_plan<alone>(column, {}), {}));
        } else {
            return decode_row<T>(value, row_, make_column_plan<T>(column, {}), {});
        }
    }

private:
    /// The column, with what is known of its type.
    column_info described() const;

    /// The view of a result that has this column alone.
    struct single_column {
        libpq::result_view rows;
        std::size_t column;
        std::size_t row_count() const noexcept { return rows.row_count(); }
        std::size_t column_count() const noexcept { return 1; }
        std::span<const std::byte> value(std::size_t row, std::size_t) const noexcept { return rows.value(row, column); }
        oid column_type(std::size_t) const noexcept { return rows.column_type(column); }
        wire_format column_format(std::size_t) const noexcept { return rows.column_format(column); }
        std::string_view column_name(std::size_t) const noexcept { return rows.column_name(column); }
    };

    libpq::result_view rows_;
    std::size_t row_, column_;
    const session::type_catalog* types_;
};

/// One row of an untyped result. Lifetime: borrows the result.
class row {
public:
    row(const libpq::result_view& rows, std::size_t index, const session::type_catalog* types = nullptr) noexcept
        : rows_(rows), index_(index), types_(types) {}

    std::size_t size() const noexcept { return rows_.column_count(); }

    /// The value of a column by position from 0, which must be below `size()`.
    field operator[](std::size_t column) const noexcept { return {rows_, index_, column, types_}; }

    /// The value of the first column of a name. Throws `errc::column_missing`.
    field operator[](std::string_view name) const;

private:
    libpq::result_view rows_;
    std::size_t index_;
    const session::type_catalog* types_;
};

/// Random access to what a container of rows yields by index; elements are made on access.
template <class Container>
class row_iterator {
public:
    using value_type = typename Container::value_type;
    using reference = value_type;
    using difference_type = std::ptrdiff_t;
    using iterator_concept = std::random_access_iterator_tag;
    using iterator_category = std::input_iterator_tag;

    row_iterator() = default;
    row_iterator(const Container& of, std::size_t index) noexcept
        : of_(&of), index_(static_cast<difference_type>(index)) {}

    value_type operator*() const { return (*of_)[static_cast<std::size_t>(index_)]; }
    value_type operator[](difference_type n) const { return *(*this + n); }

    row_iterator& operator++() noexcept { return *this += 1; }
    row_iterator& operator--() noexcept { return *this -= 1; }
    row_iterator operator++(int) noexcept { return std::exchange(*this, *this + 1); }
    row_iterator operator--(int) noexcept { return std::exchange(*this, *this - 1); }
    row_iterator& operator+=(difference_type n) noexcept { return index_ += n, *this; }
    row_iterator& operator-=(difference_type n) noexcept { return index_ -= n, *this; }
    friend row_iterator operator+(row_iterator it, difference_type n) noexcept { return it += n; }
    friend row_iterator operator+(difference_type n, row_iterator it) noexcept { return it += n; }
    friend row_iterator operator-(row_iterator it, difference_type n) noexcept { return it -= n; }
    friend difference_type operator-(const row_iterator& a, const row_iterator& b) noexcept { return a.index_ - b.index_; }
    bool operator==(const row_iterator& other) const noexcept { return index_ == other.index_; }
    auto operator<=>(const row_iterator& other) const noexcept { return index_ <=> other.index_; }

private:
    const Container* of_ = nullptr;
    difference_type index_ = 0;
};

/// An untyped result: rows and columns as they came. Movable; an empty one has no rows and no columns.
/// Thread safety: reading is safe from several threads at once.
class result {
public:
    using value_type = row;
    using const_iterator = row_iterator<result>;

    result() = default;
    result(libpq::result_ptr owned, session::type_catalog_ptr types) noexcept
        : owned_(std::move(owned)), types_(std::move(types)) {}

    std::size_t size() const noexcept { return view().row_count(); }
    bool empty() const noexcept { return size() == 0; }
    std::size_t column_count() const noexcept { return view().column_count(); }
    std::string_view column_name(std::size_t column) const noexcept { return view().column_name(column); }
    oid column_type(std::size_t column) const noexcept { return view().column_type(column); }

    /// The row at an index from 0, which must be below `size()`.
    row operator[](std::size_t index) const noexcept { return {view(), index, types_.get()}; }

    const_iterator begin() const noexcept { return {*this, 0}; }
    const_iterator end() const noexcept { return {*this, size()}; }

    pgcoro::command_tag tag() const { return owned_ ? pgcoro::command_tag(view()) : pgcoro::command_tag(); }
    std::uint64_t rows_affected() const noexcept { return owned_ ? view().rows_affected() : 0; }

private:
    libpq::result_view view() const noexcept { return libpq::result_view(owned_.get()); }

    libpq::result_ptr owned_;
    session::type_catalog_ptr types_;   // of the columns; null if they are the server's own
};

/// Rows that are decoded on access and may therefore borrow from the result, which this range owns. Movable;
/// what its elements borrow lives as long as the range, or the one it is moved to, does.
/// Access throws `errc::unexpected_null`, `errc::value_out_of_range` and what codecs say.
template <class T>
class rows {
public:
    using value_type = T;
    using const_iterator = row_iterator<rows>;

    rows() = default;
    rows(libpq::result_ptr owned, column_plan plan) : owned_(std::move(owned)), plan_(std::move(plan)) {}

    std::size_t size() const noexcept { return libpq::result_view(owned_.get()).row_count(); }
    bool empty() const noexcept { return size() == 0; }

    /// The row at an index from 0, which must be below `size()`.
    T operator[](std::size_t index) const {
        return decode_row<T>(libpq::result_view(owned_.get()), index, plan_, {});
    }

    T front() const { return (*this)[0]; }
    T back() const { return (*this)[size() - 1]; }
    const_iterator begin() const noexcept { return {*this, 0}; }
    const_iterator end() const noexcept { return {*this, size()}; }

private:
    libpq::result_ptr owned_;
    column_plan plan_;
};

/// One row with borrowed fields, together with the result they borrow from. Empty if default-constructed or moved
/// from.
template <class T>
class owned_row {
public:
    owned_row() = default;
    owned_row(libpq::result_ptr owned, T value) : owned_(std::move(owned)), value_(std::move(value)) {}

    const T& operator*() const noexcept { return *value_; }
    const T* operator->() const noexcept { return &*value_; }
    explicit operator bool() const noexcept { return value_.has_value(); }

private:
    libpq::result_ptr owned_;
    std::optional<T> value_;
};

} // namespace pgcoro

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/impl/result.hpp>
#endif
