// The request for a statement's description.
#pragma once

#include <pgcoro/core/statement_text.hpp>
#include <pgcoro/mapping/described_statement.hpp>
#include <pgcoro/session/caller_request.hpp>
#include <pgcoro/session/statement_job.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace pgcoro::session {

/// Whether what is known about a statement will do.
enum class description_source : bool { known_or_server, server };

/// Prepares a statement on a connection and yields its description, without running it.
class description_job {
public:
    explicit description_job(const statement_text& text, description_source from = description_source::known_or_server)
        : text_(text), from_(from) {}

    /// For text that was made at run time, which is kept, and refused here if need be.
    description_job(const statement_text& text, std::optional<error> refused) : text_(text) {
        kept_ = std::make_unique<kept_text>(kept_text{std::string(text_.text), std::move(refused)});
        text_.text = kept_->text;
    }

    template <class T, bool AsResult, class Settings, class Handler>
    void begin(target_ptr on, const Settings& settings, Handler&& handler) {
        using typed_request = caller_request<T, AsResult, description_job, std::decay_t<Handler>>;
        typed_request::begin(std::move(on), settings.time_limit, settings.exclusive, std::move(*this),
                             std::forward<Handler>(handler));
    }

    void describe(request& r) const {
        r.kind = request_kind::description;
        r.text = text_;
        r.ask_server = from_ == description_source::server;
        if (kept_ && kept_->refused) r.fail(*kept_->refused);
    }

    void encode(parameter_buffer&, const statement_description&) const {}
    const column_plan* make_plan(statement_description&) const { return nullptr; }

    static described_statement read(const request& r) {
        return described(*r.description);
    }

private:
    statement_text text_;
    description_source from_ = description_source::known_or_server;
    std::unique_ptr<kept_text> kept_;
};

} // namespace pgcoro::session
