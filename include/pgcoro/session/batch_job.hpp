// Batches as requests run them.
#pragma once

#include <pgcoro/core/sql_refusals.hpp>
#include <pgcoro/session/batch.hpp>
#include <pgcoro/session/batch_part_reader.hpp>
#include <pgcoro/session/caller_request.hpp>

#include <boost/system/result.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace pgcoro::session {

/// What all batches have in common. Derived classes have `T read(request&)`.
template <class Derived>
class batch_job_base : public batch {
public:
    /// @param scope what may be sent to whoever it is given to
    batch_job_base(batch_mode how, core::sql_scope scope) noexcept : batch(how), scope_(scope) {}

    template <class T, bool AsResult, class Settings, class Handler>
    void begin(target_ptr on, const Settings& settings, Handler&& handler) {
        using typed_request = caller_request<T, AsResult, Derived, std::decay_t<Handler>>;
        typed_request::begin(std::move(on), settings.time_limit, settings.exclusive,
                             std::move(static_cast<Derived&>(*this)), std::forward<Handler>(handler));
    }

    static const column_plan* make_plan(statement_description&) { return nullptr; }

protected:
    ~batch_job_base() = default;
    batch_job_base(batch_job_base&&) = default;
    batch_job_base& operator=(batch_job_base&&) = default;

    /// Makes the request what its parts are.
    void assemble(request& r, std::span<batch_part* const> parts, std::string_view name) {
        for (auto* const p : parts) p->describe();
        consist_of(parts);
        carried_by = &r;
        r.statements = this;
        r.alone = mode != batch_mode::one_sync;   // what ran cannot be sent again after a cancel for a neighbour
        r.text.text = name;
        r.text.cls = is_shareable() ? statement_class::shareable : statement_class::exclusive;
        for (std::size_t i = 0; i < parts.size() && !r.failure; ++i) refuse(r, *parts[i], i);
    }

private:
    void refuse(request& r, const batch_part& p, std::size_t index) const {
        r.text.at_run_time = r.text.at_run_time || p.text.at_run_time;
        if (p.refused) r.fail(located(*p.refused, place_of(index)));
        else if (core::is_refused(p.text.cls, scope_))
            r.fail(located(error(make_error_code(errc::not_shareable), std::string(core::right_verb(p.text.cls)),
                                 p.text.text),
                           place_of(index)));
    }

    core::sql_scope scope_;
};

/// A batch of statements that are known when it is compiled.
/// @tparam Statements parts with a `value_type` and `value_type read(request&)`
template <class... Statements>
class batch_job final : public batch_job_base<batch_job<Statements...>> {
    using base = batch_job_base<batch_job>;

public:
    using value_type = std::tuple<typename Statements::value_type...>;

    batch_job(core::sql_scope scope, Statements&&... statements)
        : base(batch_mode::one_sync, scope), statements_(std::move(statements)...) {}

    void describe(request& r) {
        std::apply([this](auto&... each) { table_ = {&each...}; }, statements_);
        this->assemble(r, table_, "batch");
    }

    value_type read(request&) {
        batch_part_reader reader;
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            return value_type{reader.read(*this, I, [&](request& r) { return std::get<I>(statements_).read(r); })...};
        }(std::index_sequence_for<Statements...>{});
    }

private:
    std::tuple<Statements...> statements_;
    std::array<batch_part*, sizeof...(Statements)> table_{};
};

/// Statements that travel together and fail each by itself.
template <class... Statements>
class pipeline_job final : public batch_job_base<pipeline_job<Statements...>> {
    using base = batch_job_base<pipeline_job>;

public:
    using value_type = std::tuple<boost::system::result<typename Statements::value_type, error>...>;

    pipeline_job(core::sql_scope scope, Statements&&... statements)
        : base(batch_mode::sync_each, scope), statements_(std::move(statements)...) {}

    void describe(request& r) {
        std::apply([this](auto&... each) { table_ = {&each...}; }, statements_);
        this->assemble(r, table_, "pipeline");
    }

    value_type read(request&) {
        batch_part_reader reader;
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            return value_type{read_item<I>(reader)...};
        }(std::index_sequence_for<Statements...>{});
    }

private:
    template <std::size_t I>
    std::tuple_element_t<I, value_type> read_item(batch_part_reader& reader) {
        auto& statement = std::get<I>(statements_);
        const bool ran = !statement.failure;
        try {
            return reader.read(*this, I, [&](request& r) { return statement.read(r); });
        } catch (const error& reason) {
            return {boost::system::in_place_error, ran ? reason.with_execution(execution_state::completed) : reason};
        } catch (...) {   // of a codec of the user's
            return {boost::system::in_place_error,
                    located(error_of_user_code(statement.text.text), this->place_of(I))
                        .with_execution(execution_state::completed)};
        }
    }

    std::tuple<Statements...> statements_;
    std::array<batch_part*, sizeof...(Statements)> table_{};
};

/// A batch whose statements were added one by one.
/// @tparam Reader of the untyped results: `static T read(request&)`
template <class Reader>
class dynamic_batch_job final : public batch_job_base<dynamic_batch_job<Reader>> {
    using base = batch_job_base<dynamic_batch_job>;

public:
    using value_type = std::vector<typename Reader::value_type>;

    dynamic_batch_job(core::sql_scope scope, std::vector<std::unique_ptr<batch_part>> statements)
        : base(batch_mode::one_sync, scope), statements_(std::move(statements)) {}

    void describe(request& r) {
        table_.reserve(statements_.size());
        for (const auto& each : statements_) table_.push_back(each.get());
        this->assemble(r, table_, "batch");
    }

    value_type read(request&) {
        batch_part_reader reader;
        value_type all;
        all.reserve(statements_.size());
        for (std::size_t i = 0; i < statements_.size(); ++i)
            all.push_back(reader.read(*this, i, [](request& r) { return Reader::read(r); }));
        return all;
    }

private:
    std::vector<std::unique_ptr<batch_part>> statements_;
    std::vector<batch_part*> table_;
};

} // namespace pgcoro::session
