// A statement that the library itself runs.
#pragma once

#include <pgcoro/session/target.hpp>

#include <functional>
#include <string>
#include <utility>

namespace pgcoro::session {

/// A parameterless statement of the library's own, such as ROLLBACK or DEALLOCATE: never prepared, never shared with
/// a caller's handler. Made with `new`; ends itself.
class command_request final : public request {
public:
    using callback = std::function<void(request&)>;

    /// @param done called on the home executor with `result` or `failure` set; may be empty
    command_request(std::string sql, callback done) : sql_(std::move(sql)), done_(std::move(done)) {
        kind = request_kind::command;
        internal = true;
        text.text = sql_;
    }

    void encode(parameter_buffer&, const statement_description&) override {}
    const column_plan* make_plan(statement_description&) override { return nullptr; }

    void finish() override {
        const auto done = std::move(done_);
        if (done) done(*this);
        delete this;
    }

    void finish_early(const error&) override {}
    void abandon() noexcept override { delete this; }

private:
    ~command_request() = default;

    std::string sql_;
    callback done_;
};

} // namespace pgcoro::session
