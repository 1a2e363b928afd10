// How results become what verbs return.
#pragma once

#include <pgcoro/libpq/result.hpp>
#include <pgcoro/mapping/column_plan.hpp>
#include <pgcoro/mapping/decode.hpp>
#include <pgcoro/mapping/row_description.hpp>
#include <pgcoro/mapping/row_shape.hpp>
#include <pgcoro/result.hpp>
#include <pgcoro/session/request.hpp>

#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace pgcoro::readers {

/// The plan for a row type, made on the statement's first use with it.
template <class T>
const column_plan* plan_of(session::statement_description& statement) {
    if constexpr (require_row_type<T>()) return &statement.plan(row_mapping::description_of<T>);
    else return nullptr;
}

[[noreturn]] inline void throw_no_rows(const session::request& r) {
    throw error(make_error_code(errc::no_rows), "one row was asked for, none came", r.text.text,
                execution_state::completed);
}

[[noreturn]] inline void throw_too_many_rows(const session::request& r, std::size_t count) {
    throw error(make_error_code(errc::too_many_rows), "one row was asked for, " + std::to_string(count) + " came",
                r.text.text, execution_state::completed);
}

inline libpq::result_view rows_of(const session::request& r) noexcept { return libpq::result_view(r.result.get()); }

/// Whether rows need their result beside them. A type that cannot be a row is refused here, before its use in other
/// places gives the compiler more to say.
template <class T>
constexpr bool needs_result() {
    if constexpr (require_row_type<T>()) return row_borrows<T>;
    else return false;
}

/// One row, which keeps the result with it if it borrows.
template <class T>
struct single {
    using value_type = std::conditional_t<needs_result<T>(), owned_row<T>, T>;

    static value_type read(session::request& r) {
        auto value = decode_row<T>(rows_of(r), 0, *r.plan, r.text.text);
        if constexpr (needs_result<T>()) return value_type(std::move(r.result), std::move(value));
        else return value;
    }
};

template <class T>
struct in_place {
    using value_type = pgcoro::rows<T>;
    static const column_plan* plan(session::statement_description& statement) { return plan_of<T>(statement); }
    static value_type read(session::request& r) { return value_type(std::move(r.result), *r.plan); }
};

template <class T>
struct all {
    using value_type = std::conditional_t<needs_result<T>(), pgcoro::rows<T>, std::vector<T>>;
    static const column_plan* plan(session::statement_description& statement) { return plan_of<T>(statement); }
    static value_type read(session::request& r) {
        if constexpr (needs_result<T>()) return in_place<T>::read(r);
        else return decode_rows<T>(rows_of(r), *r.plan, r.text.text);
    }
};

template <>
struct all<result> {
    using value_type = result;
    static const column_plan* plan(session::statement_description&) { return nullptr; }
    static value_type read(session::request& r) { return {std::move(r.result), r.description->types_of_columns()}; }
};

template <class T>
struct one {
    using value_type = typename single<T>::value_type;
    static const column_plan* plan(session::statement_description& statement) { return plan_of<T>(statement); }
    static value_type read(session::request& r) {
        const auto count = rows_of(r).row_count();
        if (count == 0) throw_no_rows(r);
        if (count > 1) throw_too_many_rows(r, count);
        return single<T>::read(r);
    }
};

template <class T>
struct optional {
    using value_type = std::optional<typename single<T>::value_type>;
    static const column_plan* plan(session::statement_description& statement) { return plan_of<T>(statement); }
    static value_type read(session::request& r) {
        const auto count = rows_of(r).row_count();
        if (count > 1) throw_too_many_rows(r, count);
        return count == 0 ? value_type() : value_type(single<T>::read(r));
    }
};

struct tag {
    using value_type = command_tag;
    static const column_plan* plan(session::statement_description&) { return nullptr; }
    static value_type read(session::request& r) { return command_tag(rows_of(r)); }
};

struct nothing {
    using value_type = void;
    static const column_plan* plan(session::statement_description&) { return nullptr; }
    static void read(session::request&) {}
};

} // namespace pgcoro::readers
