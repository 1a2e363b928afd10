// Where operations send their requests.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/session/runtime.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <utility>

namespace pgcoro::session {

/// A pool, a lease or a connection, as operations hold on to it: they may outlive the handle that made them.
/// Thread safety: counting references; everything else on the home executor.
class target : public request_sink, public boost::intrusive_ref_counter<target, boost::thread_safe_counter> {
public:
    explicit target(runtime_ptr on) : runtime_(std::move(on)) {}
    virtual ~target() = default;

    target(const target&) = delete;
    target& operator=(const target&) = delete;

    runtime& runtime_of() const noexcept { return *runtime_; }
    const runtime_ptr& runtime_handle() const noexcept { return runtime_; }

    /// The limit for statements that have none of their own.
    virtual clock::duration default_time_limit() const noexcept { return clock::duration::max(); }

    /// It was granted, and whoever asked for it is gone. Thread-safe.
    virtual void release_later() noexcept {}

protected:
    /// Begins to count a statement's time.
    void start_time_limit(request& r) { start_time_limit(r, default_time_limit()); }

    /// Begins to count a request's time: its own limit, or `longest` if that is shorter.
    void start_time_limit(request& r, clock::duration longest) {
        const auto limit = r.time_limit < longest ? r.time_limit : longest;
        if (limit == clock::duration::max()) return;
        r.statement_deadline = clock::now() + limit;
        runtime_->set_deadline(r, r.statement_deadline);
    }

private:
    runtime_ptr runtime_;
};

using target_ptr = boost::intrusive_ptr<target>;

/// What handlers without an executor of their own are called on. The target may be null.
boost::asio::any_io_executor executor_of(const target* on);

#if PGCORO_HAS_DEFINITIONS
PGCORO_DECL boost::asio::any_io_executor executor_of(const target* on) {
    if (on == nullptr) return boost::asio::system_executor();
    return on->runtime_of().inner_executor();
}
#endif

inline request::request() = default;
inline request::~request() = default;

} // namespace pgcoro::session
