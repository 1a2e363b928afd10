// A statement with its arguments, as a request runs it.
#pragma once

#include <pgcoro/core/error.hpp>
#include <pgcoro/core/statement_text.hpp>
#include <pgcoro/mapping/argument.hpp>
#include <pgcoro/mapping/parameters.hpp>
#include <pgcoro/session/caller_request.hpp>
#include <pgcoro/session/statement_description.hpp>

#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

namespace pgcoro::session {

/// Text that was made at run time: kept with the operation, and refused there if need be.
struct kept_text {
    std::string text;
    std::optional<error> refused;
};

/// @tparam Reader how the result is read:
///
///     static const column_plan* plan(statement_description&);
///     static T read(request&);
template <class Reader, class... Stored>
class statement_job {
public:
    template <class Sql, class... Args>
    explicit statement_job(const Sql& sql, Args&&... arguments)
        : text_(sql.statement()), arguments_(store_argument(std::forward<Args>(arguments))...) {
        if (!text_.at_run_time) return;
        kept_ = std::make_unique<kept_text>(kept_text{std::string(text_.text), sql.check()});
        text_.text = kept_->text;
    }

    /// Puts a text before the statement, which becomes part of it.
    void wrap(std::string_view before) {
        auto refused = kept_ ? std::move(kept_->refused) : std::nullopt;
        kept_ = std::make_unique<kept_text>(kept_text{std::string(before) + std::string(text_.text), std::move(refused)});
        const auto at_run_time = text_.at_run_time;
        text_ = make_statement_text(kept_->text, at_run_time);
    }

    const statement_text& statement() const noexcept { return text_; }

    template <class T, bool AsResult, class Settings, class Handler>
    void begin(target_ptr on, const Settings& settings, Handler&& handler) {
        using typed_request = caller_request<T, AsResult, statement_job, std::decay_t<Handler>>;
        typed_request::begin(std::move(on), settings.time_limit, settings.exclusive, std::move(*this),
                       std::forward<Handler>(handler));
    }

    /// Has the statement fail before it is sent.
    void refuse(error reason) {
        kept_ = std::make_unique<kept_text>(kept_text{std::string(text_.text), std::move(reason)});
        text_.text = kept_->text;
    }

    void describe(request& r) const {
        r.text = text_;
        if (kept_ && kept_->refused) r.fail(*kept_->refused);
    }

    void encode(parameter_buffer& buffer, const statement_description& statement) const {
        buffer.encode(arguments_, statement.parameter_types(), text_.text);
    }

    const column_plan* make_plan(statement_description& statement) const { return Reader::plan(statement); }
    auto read(request& r) const { return Reader::read(r); }

private:
    statement_text text_;
    std::unique_ptr<kept_text> kept_;
    std::tuple<Stored...> arguments_;
};

} // namespace pgcoro::session
