// A statement with its arguments, as a request runs it.
#pragma once

#include <pgcoro/core/error.hpp>
#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/core/statement_text.hpp>
#include <pgcoro/mapping/argument.hpp>
#include <pgcoro/mapping/parameters.hpp>
#include <pgcoro/session/caller_request.hpp>
#include <pgcoro/session/statement_description.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace pgcoro::session {

/// Text that was made at run time: kept with the operation, and refused there if need be.
struct kept_text {
    std::string text;
    std::optional<error> refused;
};

/// A statement's text, with what was made at run time.
class job_text {
public:
    explicit job_text(const statement_text& text) noexcept : text_(text) {}

    /// Puts a text before the statement, which becomes part of it.
    void wrap(std::string_view before);

    const statement_text& statement() const noexcept { return text_; }

    /// Has the statement fail before it is sent.
    void refuse(error reason) { keep(std::move(reason)); }

    void describe(request& r) const {
        r.text = text_;
        if (kept_ && kept_->refused) r.fail(*kept_->refused);
    }

protected:
    /// Text that somebody else may change or destroy.
    void keep(std::optional<error> refused);

private:
    statement_text text_;
    std::unique_ptr<kept_text> kept_;
};

/// The same with its arguments. What does not depend on how the result is read is compiled once for all that have
/// arguments of these types.
template <class... Stored>
class job_with_arguments : public job_text {
public:
    template <class Sql, class... Args>
    explicit job_with_arguments(const Sql& sql, Args&&... arguments)
        : job_text(sql.statement()), arguments_(store_argument(std::forward<Args>(arguments))...) {
        if (statement().at_run_time) keep(sql.check());
    }

    void encode(parameter_buffer& buffer, const statement_description& known) const {
        buffer.encode(arguments_, known.parameter_types(), statement().text);
    }

private:
    std::tuple<Stored...> arguments_;
};

/// @tparam Reader how the result is read:
///
///     static const column_plan* plan(statement_description&);
///     static T read(request&);
template <class Reader, class... Stored>
class statement_job : public job_with_arguments<Stored...> {
public:
    using job_with_arguments<Stored...>::job_with_arguments;

    template <class T, bool AsResult, class Settings, class Handler>
    void begin(target_ptr on, const Settings& settings, Handler&& handler) {
        using typed_request = caller_request<T, AsResult, statement_job, std::decay_t<Handler>>;
        typed_request::begin(std::move(on), settings.time_limit, settings.exclusive, std::move(*this),
                       std::forward<Handler>(handler));
    }

    const column_plan* make_plan(statement_description& statement) const { return Reader::plan(statement); }
    auto read(request& r) const { return Reader::read(r); }
};

#if PGCORO_HAS_DEFINITIONS

PGCORO_DECL void job_text::wrap(std::string_view before) {
    auto refused = kept_ ? std::move(kept_->refused) : std::nullopt;
    kept_ = std::make_unique<kept_text>(kept_text{std::string(before) + std::string(text_.text), std::move(refused)});
    const auto at_run_time = text_.at_run_time;
    text_ = make_statement_text(kept_->text, at_run_time);
}

PGCORO_DECL void job_text::keep(std::optional<error> refused) {
    kept_ = std::make_unique<kept_text>(kept_text{std::string(text_.text), std::move(refused)});
    text_.text = kept_->text;
}

#endif

} // namespace pgcoro::session
