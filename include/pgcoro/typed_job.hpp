// A declared statement with its arguments, ready to run.
#pragma once

#include <pgcoro/mapping/declared_argument.hpp>
#include <pgcoro/mapping/row_description.hpp>
#include <pgcoro/readers.hpp>
#include <pgcoro/session/statement_job.hpp>
#include <pgcoro/statement.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace pgcoro::typed {

/// What `statement_job` takes as text. Nothing of a declared statement is left to check.
struct declared_text {
    const statement_text& statement() const noexcept { return text; }
    std::optional<error> check() const { return std::nullopt; }

    const statement_text& text;
};

/// Why an argument was refused, and for which parameter.
struct refused_argument {
    argument_refusal reason = argument_refusal::none;
    std::size_t number = 0; ///< of the parameter, from 1
    std::string_view declared;
};

inline error error_of(const refused_argument& refused, std::string_view sql) {
    const auto parameter = "the argument for $" + std::to_string(refused.number);
    if (refused.reason == argument_refusal::null)
        return error(errc::unexpected_null,
                     parameter + " is a null pointer: declare std::optional<" + std::string(refused.declared)
                         + "> to give NULL",
                     sql);
    return error(errc::value_out_of_range,
                 parameter + " has a value that does not fit " + std::string(refused.declared) + ", its declared type",
                 sql);
}

template <class Declared>
constexpr std::string_view declared_name() {
    using namespace row_mapping;
    if constexpr (is_null_type<Declared>) return "NULL";
    else return cpp_name<written_type<Declared>>();
}

template <bool Fits, class Reader, class Parameters, class... Args>
struct job_type {
    using type = session::statement_job<Reader>;
};
template <class Reader, class... Declared, class... Args>
struct job_type<true, Reader, std::tuple<Declared...>, Args...> {
    using type = session::statement_job<Reader, kept_argument_t<Declared, Args>...>;
};

template <class Parameters, class... Args, std::size_t... I>
constexpr bool require_arguments(std::index_sequence<I...>) {
    return (require_declared_argument<I + 1, std::tuple_element_t<I, Parameters>, Args>() && ...);
}

/// True if the arguments go with a statement's parameters; else it does not compile, and says why.
template <class Parameters, class... Args>
constexpr bool require_call() {
    constexpr bool same_number = sizeof...(Args) == std::tuple_size_v<Parameters>;
    static_assert(same_number, "wrong number of arguments: a statement takes as many as its signature has parameters");
    if constexpr (same_number) return require_arguments<Parameters, Args...>(std::index_sequence_for<Args...>{});
    else return false;
}

template <class Reader, class Job, class Parameters, std::size_t... I, class... Args>
Job convert_and_keep(const statement_text& text, std::index_sequence<I...>, Args&&... args) {
    std::array<argument_refusal, sizeof...(Args)> refusals{};
    std::tuple<kept_argument_t<std::tuple_element_t<I, Parameters>, Args>...> kept{
        keep_argument<std::tuple_element_t<I, Parameters>, Args>(std::forward<Args>(args), refusals[I])...};
    Job made(declared_text{text}, std::get<I>(std::move(kept))...);
    refused_argument refused;
    const auto look_at = [&](std::size_t at, std::string_view declared) {
        if (refused.reason == argument_refusal::none && refusals[at] != argument_refusal::none)
            refused = {refusals[at], at + 1, declared};
    };
    (look_at(I, declared_name<std::tuple_element_t<I, Parameters>>()), ...);
    if (refused.reason != argument_refusal::none) [[unlikely]]
        made.refuse(error_of(refused, text.text));
    return made;
}

/// The job that runs a declared statement with these arguments, converted to its parameters' types. A value that the
/// declared type cannot hold makes a job that fails before it is sent.
template <class Reader, class Row, class... Parameters, class... Args>
auto make_job(const statement<Row(Parameters...)>& declared, Args&&... args) {
    using parameters = typename statement<Row(Parameters...)>::parameters;
    constexpr bool fits = require_call<parameters, Args...>();
    using job = typename job_type<fits, Reader, parameters, Args...>::type;
    if constexpr (fits && sizeof...(Args) > 0)
        return convert_and_keep<Reader, job, parameters>(declared.text(), std::index_sequence_for<Args...>{},
                                                         std::forward<Args>(args)...);
    else
        return job(declared_text{declared.text()});
}

// Which rows a verb takes. Each is true, or does not compile and names the verb to use.
template <class Row>
constexpr bool require_rows() {
    static_assert(!std::is_void_v<Row>, "a statement<void(...)> has no rows to read: run it with execute");
    return !std::is_void_v<Row>;
}

template <class Row>
constexpr bool require_declared_rows() {
    static_assert(!std::is_same_v<Row, result>, "rows of a statement<result(...)> have no declared type: run it with query");
    return require_rows<Row>() && !std::is_same_v<Row, result>;
}

template <class Row>
constexpr bool require_no_rows() {
    static_assert(std::is_void_v<Row>,
                  "execute drops rows and takes a statement<void(...)>: this one declares rows, so run it with query, "
                  "query_one, query_optional or query_rows");
    return std::is_void_v<Row>;
}

template <bool Valid, template <class> class Reader, class Row>
struct reader_type {
    using type = readers::nothing;
};
template <template <class> class Reader, class Row>
struct reader_type<true, Reader, Row> {
    using type = Reader<Row>;
};

/// What reads the rows; something harmless where the row type was refused, so that nothing else is complained of.
template <bool Valid, template <class> class Reader, class Row>
using reader_t = typename reader_type<Valid, Reader, Row>::type;

} // namespace pgcoro::typed
