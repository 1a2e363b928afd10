// The query verbs that pools, leases and connections share.
#pragma once

#include <pgcoro/core/checked_sql.hpp>
#include <pgcoro/mapping/argument.hpp>
#include <pgcoro/mapping/row_shape.hpp>
#include <pgcoro/operation.hpp>
#include <pgcoro/readers.hpp>
#include <pgcoro/result.hpp>
#include <pgcoro/session/statement_job.hpp>
#include <pgcoro/statement.hpp>
#include <pgcoro/typed_job.hpp>

#include <string>
#include <type_traits>
#include <utility>

namespace pgcoro {

/// The verbs that run one statement. `sql` is a literal, checked at compile time, or `runtime_sql`; arguments are the
/// values of `$1`, `$2`, … in order, never part of the text. Instead of both, a declared `statement` and its arguments,
/// which are converted to the types of its parameters; integers whose value the declared type cannot hold are
/// `errc::value_out_of_range`.
///
/// Lifetime: arguments are copied or moved into the operation; what views and pointers among them refer to must live
/// until completion. Errors, besides what `operation` says: `errc::acquire_timeout`, `errc::pool_overloaded`,
/// `errc::connection_lost`, `errc::parameter_count`, `errc::type_mismatch`, `errc::value_out_of_range`,
/// `errc::column_missing`, `errc::unexpected_null`, `errc::query_timeout`, `errc::not_shareable`, and every `sqlstate`.
/// @tparam Derived has `session::target_ptr target() const`
/// @tparam Sql what the verbs take as text, `pool_sql` or `session_sql`
template <class Derived, template <class...> class Sql>
class query_verbs {
public:
    /// All rows: `std::vector<T>`; `rows<T>` if `T` borrows from the result; `result` if no row type is given.
    template <class T = result, class... Args>
    auto query(std::type_identity_t<Sql<Args...>> sql, Args&&... args) const {
        return start<readers::all<T>>(sql, std::forward<Args>(args)...);
    }

    template <class Row, class... Parameters, class... Args>
    auto query(const statement<Row(Parameters...)>& declared, Args&&... args) const {
        return start_declared<typed::reader_t<typed::require_rows<Row>(), readers::all, Row>>(
            declared, std::forward<Args>(args)...);
    }

    /// Exactly one row, else `errc::no_rows` or `errc::too_many_rows`. `owned_row<T>` if `T` borrows.
    template <class T, class... Args>
    auto query_one(std::type_identity_t<Sql<Args...>> sql, Args&&... args) const {
        return start<readers::one<T>>(sql, std::forward<Args>(args)...);
    }

    template <class Row, class... Parameters, class... Args>
    auto query_one(const statement<Row(Parameters...)>& declared, Args&&... args) const {
        return start_declared<typed::reader_t<typed::require_declared_rows<Row>(), readers::one, Row>>(
            declared, std::forward<Args>(args)...);
    }

    /// One row or none, else `errc::too_many_rows`. `std::optional<owned_row<T>>` if `T` borrows.
    template <class T, class... Args>
    auto query_optional(std::type_identity_t<Sql<Args...>> sql, Args&&... args) const {
        return start<readers::optional<T>>(sql, std::forward<Args>(args)...);
    }

    template <class Row, class... Parameters, class... Args>
    auto query_optional(const statement<Row(Parameters...)>& declared, Args&&... args) const {
        return start_declared<typed::reader_t<typed::require_declared_rows<Row>(), readers::optional, Row>>(
            declared, std::forward<Args>(args)...);
    }

    /// All rows as `rows<T>`, decoded on access.
    template <class T, class... Args>
    auto query_rows(std::type_identity_t<Sql<Args...>> sql, Args&&... args) const {
        return start<readers::in_place<T>>(sql, std::forward<Args>(args)...);
    }

    template <class Row, class... Parameters, class... Args>
    auto query_rows(const statement<Row(Parameters...)>& declared, Args&&... args) const {
        return start_declared<typed::reader_t<typed::require_declared_rows<Row>(), readers::in_place, Row>>(
            declared, std::forward<Args>(args)...);
    }

    /// The command tag; rows are dropped.
    template <class... Args>
    auto execute(std::type_identity_t<Sql<Args...>> sql, Args&&... args) const {
        return start<readers::tag>(sql, std::forward<Args>(args)...);
    }

    template <class Row, class... Parameters, class... Args>
    auto execute(const statement<Row(Parameters...)>& declared, Args&&... args) const {
        static_assert(typed::require_no_rows<Row>());
        return start_declared<readers::tag>(declared, std::forward<Args>(args)...);
    }

    /// Makes sure that a server answers.
    auto ping() const {
        using job = session::statement_job<readers::nothing>;
        return operation<void, job>(static_cast<const Derived&>(*this).target(), job(Sql<>("select 1")));
    }

    /// Sends a notification to whoever listens to `channel`, once the transaction around it commits (documentation:
    /// NOTIFY). The channel is taken as it stands, up to 63 bytes, the payload up to 7999 bytes: the server refuses
    /// longer ones (`sqlstate::invalid_parameter_value`). Lifetime: both texts are the operation's own.
    auto notify(std::string channel, std::string payload = {}) const {
        return start<readers::nothing>(Sql<std::string, std::string>("select pg_notify($1, $2)"), std::move(channel),
                                       std::move(payload));
    }

protected:
    query_verbs() = default;

private:
    template <class Reader, class Text, class... Args>
    auto start(const Text& sql, Args&&... args) const {
        static_assert((require_query_argument<Args>() && ...));
        using job = session::statement_job<Reader, stored_argument_t<Args>...>;
        return operation<typename Reader::value_type, job>(static_cast<const Derived&>(*this).target(),
                                                           job(sql, std::forward<Args>(args)...));
    }

    template <class Reader, class Statement, class... Args>
    auto start_declared(const Statement& declared, Args&&... args) const {
        auto job = typed::make_job<Reader>(declared, std::forward<Args>(args)...);
        using job_type = decltype(job);
        return operation<typename Reader::value_type, job_type>(static_cast<const Derived&>(*this).target(),
                                                                std::move(job));
    }
};

} // namespace pgcoro
