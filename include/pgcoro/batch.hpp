// Several statements in one round trip.
#pragma once

#include <pgcoro/core/checked_sql.hpp>
#include <pgcoro/mapping/argument.hpp>
#include <pgcoro/operation.hpp>
#include <pgcoro/readers.hpp>
#include <pgcoro/result.hpp>
#include <pgcoro/session/batch_job.hpp>
#include <pgcoro/session/row_batch_job.hpp>
#include <pgcoro/session/statement_job.hpp>
#include <pgcoro/statement.hpp>
#include <pgcoro/typed_job.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <ranges>
#include <type_traits>
#include <utility>
#include <vector>

namespace pgcoro {

/// A statement with its arguments that has not been given to anybody yet: a part of `batch` or `pipeline`, made by
/// `pgcoro::query` and its kin. Movable. Lifetime: as arguments of operations.
template <class Value, class Job>
class [[nodiscard("a statement does nothing until it is part of a batch")]] batch_statement {
public:
    using value_type = Value;
    using job_type = Job;

    explicit batch_statement(Job job) : job_(std::move(job)) {}

    /// What it consists of, once.
    Job&& release() noexcept { return std::move(job_); }

private:
    Job job_;
};

template <class T>
inline constexpr bool is_batch_statement = false;
template <class Value, class Job>
inline constexpr bool is_batch_statement<batch_statement<Value, Job>> = true;

namespace batches {

template <class Reader, class Text, class... Args>
auto make_statement(const Text& sql, Args&&... args) {
    static_assert((require_query_argument<Args>() && ...));
    using job = session::statement_job<Reader, stored_argument_t<Args>...>;
    return batch_statement<typename Reader::value_type, job>(job(sql, std::forward<Args>(args)...));
}

template <class Reader, class Declared, class... Args>
auto make_declared(const Declared& declared, Args&&... args) {
    auto job = typed::make_job<Reader>(declared, std::forward<Args>(args)...);
    using job_type = decltype(job);
    return batch_statement<typename Reader::value_type, job_type>(std::move(job));
}

/// `Sql` for as many arguments as a row has values.
template <template <class...> class Sql, class Indexes>
struct sql_for_rows;
template <template <class...> class Sql, std::size_t... I>
struct sql_for_rows<Sql, std::index_sequence<I...>> {
    using type = Sql<std::integral_constant<std::size_t, I>...>;
};

template <template <class...> class Sql, class Range>
using row_sql_t = typename sql_for_rows<
    Sql, std::make_index_sequence<session::parameter_rows::count<std::ranges::range_value_t<Range>>()>>::type;

template <class... Statements>
constexpr bool require_statements() {
    static_assert(sizeof...(Statements) != 0, "a batch needs at least one statement");
    static_assert(((is_batch_statement<Statements> || std::is_lvalue_reference_v<Statements>)&&...),
                  "the parts of a batch are made by pgcoro::query, query_one, query_optional, query_rows and execute");
    static_assert((!std::is_lvalue_reference_v<Statements> && ...), "statements are moved into a batch: std::move");
    return true;
}

} // namespace batches

/// Statements to be run by `batch` or `pipeline`: the verbs of `pool` without the pool. `sql` is a literal, checked at
/// compile time, or `runtime_sql`; transaction control and COPY are refused. What the pool or connection that it is given
/// to refuses besides, such as SET on a pool, is `errc::not_shareable` then. Instead of both a text and arguments, a
/// declared `statement` and its arguments.
template <class T = result, class... Args>
auto query(std::type_identity_t<batch_sql<Args...>> sql, Args&&... args) {
    return batches::make_statement<readers::all<T>>(sql, std::forward<Args>(args)...);
}

template <class Row, class... Parameters, class... Args>
auto query(const statement<Row(Parameters...)>& declared, Args&&... args) {
    return batches::make_declared<typed::reader_t<typed::require_rows<Row>(), readers::all, Row>>(
        declared, std::forward<Args>(args)...);
}

/// Exactly one row, else `errc::no_rows` or `errc::too_many_rows`.
template <class T, class... Args>
auto query_one(std::type_identity_t<batch_sql<Args...>> sql, Args&&... args) {
    return batches::make_statement<readers::one<T>>(sql, std::forward<Args>(args)...);
}

template <class Row, class... Parameters, class... Args>
auto query_one(const statement<Row(Parameters...)>& declared, Args&&... args) {
    return batches::make_declared<typed::reader_t<typed::require_declared_rows<Row>(), readers::one, Row>>(
        declared, std::forward<Args>(args)...);
}

/// One row or none, else `errc::too_many_rows`.
template <class T, class... Args>
auto query_optional(std::type_identity_t<batch_sql<Args...>> sql, Args&&... args) {
    return batches::make_statement<readers::optional<T>>(sql, std::forward<Args>(args)...);
}

template <class Row, class... Parameters, class... Args>
auto query_optional(const statement<Row(Parameters...)>& declared, Args&&... args) {
    return batches::make_declared<typed::reader_t<typed::require_declared_rows<Row>(), readers::optional, Row>>(
        declared, std::forward<Args>(args)...);
}

/// All rows as `rows<T>`, decoded on access.
template <class T, class... Args>
auto query_rows(std::type_identity_t<batch_sql<Args...>> sql, Args&&... args) {
    return batches::make_statement<readers::in_place<T>>(sql, std::forward<Args>(args)...);
}

template <class Row, class... Parameters, class... Args>
auto query_rows(const statement<Row(Parameters...)>& declared, Args&&... args) {
    return batches::make_declared<typed::reader_t<typed::require_declared_rows<Row>(), readers::in_place, Row>>(
        declared, std::forward<Args>(args)...);
}

/// The command tag; rows are dropped.
template <class... Args>
auto execute(std::type_identity_t<batch_sql<Args...>> sql, Args&&... args) {
    return batches::make_statement<readers::tag>(sql, std::forward<Args>(args)...);
}

template <class Row, class... Parameters, class... Args>
auto execute(const statement<Row(Parameters...)>& declared, Args&&... args) {
    static_assert(typed::require_no_rows<Row>());
    return batches::make_declared<readers::tag>(declared, std::forward<Args>(args)...);
}

/// A batch whose statements are added one by one, as many as there are. Movable; to be given away with `std::move`.
/// Thread safety: as an ordinary object.
class dynamic_batch {
public:
    /// Adds a statement; see `pgcoro::query`. Its place among the results is its place here.
    template <class... Args>
    void add(std::type_identity_t<batch_sql<Args...>> sql, Args&&... args) {
        static_assert((require_query_argument<Args>() && ...));
        using job = session::statement_job<readers::all<result>, stored_argument_t<Args>...>;
        using part = session::typed_batch_part<result, job>;
        statements_.push_back(std::make_unique<part>(job(sql, std::forward<Args>(args)...)));
    }

    /// Adds a declared statement, whatever its rows are: they come as a `result`.
    template <class Row, class... Parameters, class... Args>
    void add(const statement<Row(Parameters...)>& declared, Args&&... args) {
        auto job = typed::make_job<readers::all<result>>(declared, std::forward<Args>(args)...);
        using part = session::typed_batch_part<result, decltype(job)>;
        statements_.push_back(std::make_unique<part>(std::move(job)));
    }

    /// The number of statements.
    std::size_t size() const noexcept { return statements_.size(); }
    bool empty() const noexcept { return statements_.empty(); }
    void reserve(std::size_t count) { statements_.reserve(count); }

private:
    template <class, template <class...> class>
    friend class batch_verbs;

    std::vector<std::unique_ptr<session::batch_part>> statements_;
};

/// Settings of `execute_many`.
struct execute_many_options {
    /// All rows or none. Else they are stored a thousand at a time, so that locks are held for less long; if one fails,
    /// its thousand and all after them are not stored, those before are.
    bool atomic = true;
};

/// The verbs that run several statements in one round trip, once the server has told the types of their parameters:
/// texts that neither the connection nor its pool knows yet cost one round trip more for all of them together.
///
/// What is sent is bounded, and answers are taken while it is sent, so that there is no limit to the number of statements
/// or the size of their arguments. An error's `diagnostics().place` says which statement failed, "statement 2 of 3" or
/// "row 70000". Cancelled, timed out or dropped half-way, nothing is stored (`execution_state::rejected`), unless the end
/// had already been sent (`execution_state::unknown`).
///
/// Errors, lifetime and thread safety: as `query_verbs`.
/// @tparam Derived has `session::target_ptr target() const`
/// @tparam Sql what the verbs take as text, `pool_sql` or `session_sql`
template <class Derived, template <class...> class Sql>
class batch_verbs {
    static constexpr core::sql_scope allowed = Sql<>::scope;

public:
    /// Runs statements in order, in one implicit transaction (documentation: "Pipelining"): all or nothing. Yields a tuple
    /// of what they yield. A failure fails the batch. Statements may use tables and types that those before them make;
    /// what cannot run inside a transaction block does not belong here.
    ///
    ///     auto [users, total, tag] = co_await pool.batch(pgcoro::query<user>("select …", id),
    ///                                                    pgcoro::query_one<std::int64_t>("select count(*) …"),
    ///                                                    pgcoro::execute("update …", id));
    ///
    /// On a pool it is one request, and shares a connection if all its statements may.
    template <class... Statements>
    auto batch(Statements&&... statements) const {
        static_assert(batches::require_statements<Statements...>());
        using job = session::batch_job<Statements...>;
        return operation<typename job::value_type, job>(target_of_derived(), job(allowed, std::move(statements)...));
    }

    /// The same for statements that were added one by one. Yields `std::vector<result>` in their order.
    auto batch(dynamic_batch statements) const {
        using job = session::dynamic_batch_job<result>;
        return operation<typename job::value_type, job>(target_of_derived(), job(allowed, std::move(statements.statements_)));
    }

    /// Runs independent statements in order, each of which commits and fails by itself. Yields a tuple of
    /// `boost::system::result<T, error>`. Fails as a whole only if nothing was sent, or if it is cancelled, which leaves
    /// open which statements ran. On a pool it has a connection to itself.
    template <class... Statements>
    auto pipeline(Statements&&... statements) const {
        static_assert(batches::require_statements<Statements...>());
        using job = session::pipeline_job<Statements...>;
        return operation<typename job::value_type, job>(target_of_derived(), job(allowed, std::move(statements)...));
    }

    /// Runs one statement for each row of a range and yields the number of rows affected by all of them. The elements of a
    /// row, a tuple, pair or struct, are the values of $1, $2, … in order; a row may be a single value, too.
    ///
    ///     co_await pool.execute_many("insert into t(id, name) values ($1, $2)", rows);
    ///
    /// Nothing is kept of the rows but those that are on their way. On a pool it has a connection to itself.
    /// Lifetime: a temporary range is moved into the operation; one with a name is referred to and must outlive it. It is
    /// read on the executor of the pool or connection.
    /// Errors: besides those of `batch`, what the range throws, as `errc::type_mismatch`; `execution_state::unknown` where
    /// rows were stored before one failed, without `options.atomic`.
    template <std::ranges::input_range Range>
        requires std::ranges::viewable_range<Range>
    auto execute_many(batches::row_sql_t<Sql, Range> sql, Range&& rows, execute_many_options options = {}) const {
        static_assert(session::parameter_rows::require_parameters<std::ranges::range_value_t<Range>>());
        using job = session::row_batch_job<std::views::all_t<Range>>;
        const auto mode = options.atomic ? session::batch_mode::one_sync : session::batch_mode::flights;
        return operation<std::uint64_t, job>(target_of_derived(),
                                             job(allowed, mode, sql, std::views::all(std::forward<Range>(rows))));
    }

protected:
    batch_verbs() = default;

private:
    session::target_ptr target_of_derived() const { return static_cast<const Derived&>(*this).target(); }
};

} // namespace pgcoro
