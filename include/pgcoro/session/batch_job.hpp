// Batches as requests run them.
#pragma once

#include <pgcoro/core/sql_refusals.hpp>
#include <pgcoro/session/batch.hpp>
#include <pgcoro/session/batch_part_reader.hpp>
#include <pgcoro/session/caller_request.hpp>
#include <pgcoro/session/typed_batch_part.hpp>
#include <pgcoro/session/user_code.hpp>

#include <boost/system/result.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace pgcoro::session {

/// Something that is made only once it stays where it is: moving what it is part of leaves it behind.
template <class T>
class settled {
public:
    settled() = default;
    settled(settled&&) noexcept {}
    settled& operator=(settled&&) noexcept { return *this; }

    template <class... Args>
    T& emplace(Args&&... args) {
        return content_.emplace(std::forward<Args>(args)...);
    }
    T& operator*() noexcept { return *content_; }

private:
    std::optional<T> content_;
};

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

    void take() override { this->part(this->answering).read_if_small(*reader_); }

protected:
    ~batch_job_base() = default;
    batch_job_base(batch_job_base&&) = default;
    batch_job_base& operator=(batch_job_base&&) = default;

    /// Makes the request what its parts are.
    void assemble(request& r, std::span<batch_part* const> parts, std::string_view name) {
        auto& reader = reader_.emplace();
        for (auto* const p : parts) p->describe(reader);
        consist_of(parts);
        carried_by = &r;
        r.statements = this;
        r.alone = mode != batch_mode::one_sync;   // what ran cannot be sent again after a cancel for a neighbour
        r.text.text = name;
        r.text.cls = is_shareable() ? statement_class::shareable : statement_class::exclusive;
        for (std::size_t i = 0; i < parts.size() && !r.failure; ++i) refuse(r, *parts[i], i);
    }

    /// The value of a part. Throws what went wrong, saying where.
    template <class Part>
    auto value_of(Part& p, std::size_t index) {
        try {
            return p.take(*reader_);
        } catch (const error& reason) {
            if (!reason.diagnostics().place.empty()) throw;
            throw reason.with_place(place_of(index));
        }
    }

private:
    void refuse(request& r, const batch_part& p, std::size_t index) const {
        r.text.at_run_time = r.text.at_run_time || p.text.at_run_time;
        if (p.refused) r.fail(p.refused->with_place(place_of(index)));
        else if (core::is_refused(p.text.cls, scope_))
            r.fail(error(make_error_code(errc::not_shareable), std::string(core::right_verb(p.text.cls)), p.text.text)
                       .with_place(place_of(index)));
    }

    core::sql_scope scope_;
    settled<batch_part_reader> reader_;
};

/// The parts of a batch that is known when it is compiled, made of statements.
/// @tparam Statements have a `value_type`, a `job_type` and `job_type&& release()`
template <class... Statements>
class fixed_parts {
public:
    explicit fixed_parts(Statements&&... statements) : statements_(std::move(statements)...) {}

    /// To be called once this stays where it is.
    std::span<batch_part* const> settle() {
        std::apply([this](auto&... each) { parts_.emplace(each.release()...); }, statements_);
        std::apply([this](auto&... each) { table_ = {&each...}; }, *parts_);
        return table_;
    }

    template <std::size_t I>
    auto& get() noexcept {
        return std::get<I>(*parts_);
    }

private:
    std::tuple<Statements...> statements_;
    settled<std::tuple<typed_batch_part<typename Statements::value_type, typename Statements::job_type>...>> parts_;
    std::array<batch_part*, sizeof...(Statements)> table_{};
};

/// Statements that happen together or not at all.
template <class... Statements>
class batch_job final : public batch_job_base<batch_job<Statements...>> {
    using base = batch_job_base<batch_job>;

public:
    using value_type = std::tuple<typename Statements::value_type...>;

    batch_job(core::sql_scope scope, Statements&&... statements)
        : base(batch_mode::one_sync, scope), parts_(std::move(statements)...) {}

    void describe(request& r) { this->assemble(r, parts_.settle(), "batch"); }

    value_type read(request&) {
        return [this]<std::size_t... I>(std::index_sequence<I...>) {
            return value_type{this->value_of(parts_.template get<I>(), I)...};
        }(std::index_sequence_for<Statements...>{});
    }

private:
    fixed_parts<Statements...> parts_;
};

/// Statements that travel together and fail each by itself.
template <class... Statements>
class pipeline_job final : public batch_job_base<pipeline_job<Statements...>> {
    using base = batch_job_base<pipeline_job>;

public:
    using value_type = std::tuple<boost::system::result<typename Statements::value_type, error>...>;

    pipeline_job(core::sql_scope scope, Statements&&... statements)
        : base(batch_mode::sync_each, scope), parts_(std::move(statements)...) {}

    void describe(request& r) { this->assemble(r, parts_.settle(), "pipeline"); }

    value_type read(request&) {
        return [this]<std::size_t... I>(std::index_sequence<I...>) {
            return value_type{this->template read_item<I>()...};
        }(std::index_sequence_for<Statements...>{});
    }

private:
    template <std::size_t I>
    std::tuple_element_t<I, value_type> read_item() {
        auto& part = parts_.template get<I>();
        const bool ran = !part.failure;
        try {
            return this->value_of(part, I);
        } catch (...) {
            auto reason = error_of_user_code(part.text.text);
            if (reason.diagnostics().place.empty()) reason = reason.with_place(this->place_of(I));
            return {boost::system::in_place_error, ran ? reason.with_execution(execution_state::completed) : reason};
        }
    }

    fixed_parts<Statements...> parts_;
};

/// A batch whose statements were added one by one.
/// @tparam Value what is made of a result
template <class Value>
class dynamic_batch_job final : public batch_job_base<dynamic_batch_job<Value>> {
    using base = batch_job_base<dynamic_batch_job>;

public:
    using value_type = std::vector<Value>;

    dynamic_batch_job(core::sql_scope scope, std::vector<std::unique_ptr<batch_part>> statements)
        : base(batch_mode::one_sync, scope), statements_(std::move(statements)) {}

    void describe(request& r) {
        table_.reserve(statements_.size());
        for (const auto& each : statements_) table_.push_back(each.get());
        this->assemble(r, table_, "batch");
    }

    void take() override {}   // results are what is wanted

    value_type read(request&) {
        value_type all;
        all.reserve(statements_.size());
        for (const auto& each : statements_)
            all.emplace_back(std::move(each->result), each->description->types_of_columns());
        return all;
    }

private:
    std::vector<std::unique_ptr<batch_part>> statements_;
    std::vector<batch_part*> table_;
};

} // namespace pgcoro::session
