// A text of several statements.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/session/caller_request.hpp>
#include <pgcoro/session/plain_task.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace pgcoro::session {

/// Statements that run one after the other until one fails. Their rows are dropped.
class script_task final : public plain_task {
public:
    /// @param text outlives the request
    script_task(runtime_ptr on, std::string_view text) : plain_task(std::move(on)), text_(text) {}

    void accept(request&) override {}
    void interrupt(request&, const error&) override {}
    bool on_copy(session&, libpq::copy_direction) override { return false; }

    void on_complete(const libpq::result_view& of) override {
        const auto tag = of.command_status();
        if (tag == "COMMIT" || tag == "PREPARE TRANSACTION") committed_ = true;
    }

    /// The statements are one transaction, unless the text itself ends one on its way
    /// (documentation: "Multiple Statements in a Simple Query").
    execution_state after(const error& failure) const override;

private:
    std::string_view text_;
    bool committed_ = false;
};

class script_job {
public:
    explicit script_job(std::string text) : text_(std::make_unique<std::string>(std::move(text))) {}

    template <class T, bool AsResult, class Settings, class Handler>
    void begin(target_ptr on, const Settings& settings, Handler&& handler) {
        using typed_request = caller_request<T, AsResult, script_job, std::decay_t<Handler>>;
        if (on != nullptr) task_.reset(new script_task(on->runtime_handle(), *text_));
        typed_request::begin(std::move(on), settings.time_limit, true, std::move(*this), std::forward<Handler>(handler));
    }

    void describe(request& r) const {
        r.kind = request_kind::plain;
        r.granted = task_;
        r.text.text = *text_;
        r.text.at_run_time = true;
        r.text.cls = statement_class::exclusive;
        if (text_->find('\0') != text_->npos)
            r.fail(error(make_error_code(errc::invalid_sql), "the text contains a NUL byte"));
    }

    void encode(parameter_buffer&, const statement_description&) const {}
    const column_plan* make_plan(statement_description&) const { return nullptr; }
    void read(request&) const {}

private:
    std::unique_ptr<std::string> text_;   // requests refer to it
    boost::intrusive_ptr<script_task> task_;
};

} // namespace pgcoro::session

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/session/script_job_definitions.hpp>
#endif
