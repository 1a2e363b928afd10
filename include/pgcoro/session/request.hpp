// What travels on a connection on behalf of a caller.
#pragma once

#include <pgcoro/core/error.hpp>
#include <pgcoro/core/statement_text.hpp>
#include <pgcoro/libpq/result.hpp>
#include <pgcoro/mapping/parameters.hpp>
#include <pgcoro/session/statement_description.hpp>

#include <boost/intrusive/list.hpp>
#include <boost/intrusive/set_hook.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <source_location>
#include <vector>

namespace pgcoro::session {

class session;
class batch;
class request_sink;
class row_sink;
struct listener_call;
class target;
struct copy_step;
struct preamble;

using clock = std::chrono::steady_clock;

/// What is asked for.
enum class request_kind : std::uint8_t {
    statement,
    description, ///< Parse and Describe alone
    command,     ///< a parameterless statement of the library's own, sent without being prepared
    columns,     ///< of a statement, asked for anew
    plain,       ///< a script or a COPY, outside of pipeline mode: `granted` is its `plain_task`
    copy_step,   ///< of a COPY that has begun
    connection,  ///< a lease
    begin,       ///< of a transaction on a connection that one has already: nothing is sent for it
    stream_step, ///< rows of a stream
    commit,      ///< of a transaction or savepoint
    rollback,    ///< of a transaction or savepoint
    start,       ///< of a pool: some connection stands
    close,       ///< of a pool or connection: nothing is left running
    listener     ///< what `listener_call` says
};

/// Where a request is on its way.
enum class stage : std::uint8_t {
    created,             ///< not yet in the hands of the pool or session
    waiting,             ///< in the pool's line
    queued,              ///< given to a session, not yet encoded
    awaiting_description,///< another request asks the server about the same statement
    describing,          ///< Parse, Describe and Sync were sent
    preparing,           ///< Parse, Bind, Execute and Sync were sent
    executing,           ///< Bind, Execute and Sync were sent
    finished             ///< the caller has, or is about to get, its answer
};

/// The part of a request that does not depend on the caller's types. An intrusive node: it is in at most one list
/// at a time. Lives in a block of the runtime's `block_pool`, is made by an operation's initiation and ends
/// itself in `finish` or `abandon`. Everything here happens on the runtime's home executor but for `finish`'s
/// second half, which runs on the executor of the caller's handler.
class request : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::normal_link>>,
                public boost::intrusive::set_base_hook<boost::intrusive::link_mode<boost::intrusive::normal_link>> {
public:
    request(const request&) = delete;
    request& operator=(const request&) = delete;

    // What the caller asked for
    statement_text text;
    request_kind kind = request_kind::statement;
    bool exclusive = false;                        ///< must not share its connection
    bool alone = false;                            ///< nor this one, though it leaves no traces on it
    bool slow = false;                             ///< others are not to wait behind it
    batch* statements = nullptr;                   ///< what it consists of, if it is more than one statement
    clock::duration time_limit = clock::duration::max();

    // Where it is
    stage at = stage::created;
    bool has_deadline = false;                     ///< is in the runtime's set of deadlines
    bool tombstone = false;                        ///< the caller has been answered; results are swallowed
    bool ask_server = false;                       ///< for a description, even if one is known
    bool described_here = false;                   ///< the description was asked for by this very request
    bool retried = false;                          ///< prepared again after the server had forgotten or changed it
    bool resent = false;                           ///< sent again after a stray cancel, or after its connection was lost
    bool parse_answered = false;                   ///< in `describing` and `preparing`
    clock::time_point deadline{};                  ///< the next one: of waiting or of the statement
    clock::time_point statement_deadline = clock::time_point::max();
    clock::time_point waiting_since{};
    request_sink* sink = nullptr;                  ///< who it was delivered to
    session* carrier = nullptr;                    ///< the connection that it was given to
    std::uint32_t refusals = 0;                    ///< of a lease: connections that before_acquire refused
    std::uint64_t place = 0;                       ///< among the requests that its carrier was given
    preamble* before = nullptr;                    ///< of its transaction: what travels before it
    bool carries_preamble = false;                 ///< a command that travels before it has not been answered yet
    bool internal = false;                         ///< the library's own: nobody counts it
    std::source_location where;                    ///< of a lease: the place that asked for it
    listener_call* call = nullptr;                 ///< of a listener: what is asked of it

    // What came of it
    description_ptr description;
    const column_plan* plan = nullptr;
    libpq::result_ptr result;
    std::optional<error> failure;
    row_sink* rows = nullptr;                      ///< takes the rows as they come, if there is one
    std::vector<libpq::result_ptr>* parts = nullptr; ///< of a stream's step: where its rows go
    boost::intrusive_ptr<target> granted;          ///< the connection or COPY that was asked for
    copy_step* step = nullptr;                     ///< of a COPY's request: its data

    /// Writes the arguments as the server described its parameters. Throws `pgcoro::error`.
    virtual void encode(parameter_buffer& buffer, const statement_description& statement) = 0;

    /// The plan by which the rows will be read; null if they are not read through one. Throws `pgcoro::error`.
    virtual const column_plan* make_plan(statement_description& statement) = 0;

    bool is_command() const noexcept { return kind == request_kind::command; }
    bool wants_exclusive() const noexcept { return exclusive || alone; }
    bool is_slow() const noexcept { return slow; }

    /// Answers the caller with what `result` or `failure` says and ends the request.
    virtual void finish() noexcept(false) = 0;

    /// Answers the caller with an error at once; the request lives on as a tombstone until its results have come.
    virtual void finish_early(const error& reason) = 0;

    /// Ends the request and destroys the caller's handler without calling it (documentation of Asio:
    /// `execution_context::service::shutdown`).
    virtual void abandon() noexcept = 0;

    /// Its answer is about to be read on another executor than the home executor.
    void leave_home() const noexcept;

    bool is_sent() const noexcept { return at >= stage::describing && at <= stage::executing; }

    void fail(const error& reason) {
        failure.emplace(reason);
        result.reset();
    }

protected:
    inline request();    // in target.hpp, where `target` is complete
    inline ~request();
};

using request_list = boost::intrusive::list<request>;

struct by_deadline {
    bool operator()(const request& a, const request& b) const noexcept { return a.deadline < b.deadline; }
};

/// Who a request is delivered to: a pool, or a connection that stands alone or is leased.
class request_sink {
public:
    /// Takes a request over. Called on the home executor. Never completes it before returning.
    virtual void accept(request& added) = 0;

    /// The request's caller gave up or its deadline passed. Called on the home executor for a request that is
    /// not finished.
    virtual void interrupt(request& r, const error& reason) = 0;

    /// The request's deadline passed. Called on the home executor for a request that is not finished.
    virtual void expire(request& r) {
        interrupt(r, error(make_error_code(errc::query_timeout), "no result within the time limit", r.text.text));
    }

protected:
    ~request_sink() = default;
};

} // namespace pgcoro::session
