// One statement that runs once for each row of a range.
#pragma once

#include <pgcoro/mapping/argument.hpp>
#include <pgcoro/mapping/parameters.hpp>
#include <pgcoro/mapping/row_shape.hpp>
#include <pgcoro/session/batch_job.hpp>
#include <pgcoro/session/statement_job.hpp>

#include <boost/pfr/core.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace pgcoro::session {

namespace parameter_rows {

/// How many parameters a row gives values for: the elements of a tuple, the fields of a struct, a single value itself.
template <class Row>
constexpr std::size_t count() {
    if constexpr (row_mapping::stored_query_argument<Row>) return 1;
    else if constexpr (row_mapping::is_tuple<Row>) return std::tuple_size_v<Row>;
    else if constexpr (std::is_aggregate_v<Row>) return boost::pfr::tuple_size_v<Row>;
    else return 0;
}

/// A row as a tuple of the values of $1, $2, …
template <class Row>
decltype(auto) values(const Row& row) {
    if constexpr (row_mapping::stored_query_argument<Row>) return std::tuple<const Row&>(row);
    else if constexpr (row_mapping::is_tuple<Row>) return (row);
    else return boost::pfr::structure_tie(row);
}

template <class Field>
constexpr bool require_parameter() {
    static_assert(row_mapping::stored_query_argument<Field>,
                  "this field of a row cannot be given as a parameter: give pgcoro::codec<Field> a writes() and a "
                  "write(), include the header of its codec, or use another type");
    return row_mapping::stored_query_argument<Field>;
}

template <class Row, std::size_t I>
constexpr auto field() {
    if constexpr (row_mapping::stored_query_argument<Row>) return std::type_identity<Row>();
    else if constexpr (row_mapping::is_tuple<Row>) return std::type_identity<std::tuple_element_t<I, Row>>();
    else return std::type_identity<boost::pfr::tuple_element_t<I, Row>>();
}

template <class Row>
constexpr bool require_parameters() {
    static_assert(count<Row>() != 0,
                  "a row of parameters is a tuple, a pair, an aggregate, or a single value with a pgcoro::codec");
    if constexpr (count<Row>() == 0) return false;
    else
        return []<std::size_t... I>(std::index_sequence<I...>) {
            return (require_parameter<std::remove_cvref_t<typename decltype(field<Row, I>())::type>>() && ...);
        }(std::make_index_sequence<count<Row>()>{});
}

} // namespace parameter_rows

/// @tparam View a view of the caller's rows: owning, or referring to a range that outlives the operation
template <class View>
class row_batch_job final : public batch_job_base<row_batch_job<View>> {
    using base = batch_job_base<row_batch_job>;
    using row = std::ranges::range_value_t<View>;

public:
    template <class Sql>
    row_batch_job(core::sql_scope scope, batch_mode how, const Sql& sql, View rows)
        : base(how, scope), text_(sql), rows_(std::move(rows)) {}

    void describe(request& r) {
        at_.emplace(std::ranges::begin(rows_));
        table_ = {&statement_.emplace(text_)};
        this->assemble(r, table_, "");
        r.alone = true;   // its rows may be many
        r.text = (*statement_).text;
    }

    std::uint64_t read(request&) const noexcept { return affected_; }

    bool is_empty() override { return *at_ == std::ranges::end(rows_); }
    bool has_more() override { return *at_ != std::ranges::end(rows_); }

    void encode(parameter_buffer& buffer, const statement_description& description) override {
        using reference = std::ranges::range_reference_t<View>;
        if constexpr (std::is_lvalue_reference_v<reference> && std::is_same_v<std::remove_cvref_t<reference>, row>) {
            write(buffer, **at_, description);
        } else {   // kept until it is sent: what is written may point into it
            if (!made_) made_.emplace(**at_);
            write(buffer, *made_, description);
        }
    }

    void advance() override {
        ++this->next;
        made_.reset();
        ++*at_;
    }

    void take() override {
        auto& result = (*statement_).result;
        affected_ += libpq::result_view(result.get()).rows_affected();
        result.reset();
    }

    bool is_repeatable() const noexcept override { return std::ranges::forward_range<View> || this->next == 0; }

    std::string place_of(std::size_t index) const override { return "row " + std::to_string(index + 1); }

    void restart() override {
        if (this->next != 0) at_.emplace(std::ranges::begin(rows_));
        affected_ = 0;
        base::restart();
    }

private:
    /// The statement; its arguments are the rows'.
    class part final : public batch_part {
    public:
        explicit part(const statement_job<void>& of) : text_(&of) {}

        void describe(batch_part_reader& reader) override { reader.describe(*this, *text_); }
        void encode(parameter_buffer&, const statement_description&) override {}
        const column_plan* make_plan(statement_description&) override { return nullptr; }

    private:
        const statement_job<void>* text_;
    };

    void write(parameter_buffer& buffer, const row& values, const statement_description& description) {
        buffer.encode(parameter_rows::values(values), description.parameter_types(), (*statement_).text.text);
    }

    statement_job<void> text_;
    settled<part> statement_;
    View rows_;
    std::optional<std::ranges::iterator_t<View>> at_;
    std::optional<row> made_;
    std::array<batch_part*, 1> table_{};
    std::uint64_t affected_ = 0;
};

} // namespace pgcoro::session
