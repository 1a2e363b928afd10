// The connection actor: one PostgreSQL connection and the requests on it.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/libpq/connection.hpp>
#include <pgcoro/session/cancel_limiter.hpp>
#include <pgcoro/session/canceller.hpp>
#include <pgcoro/session/command_request.hpp>
#include <pgcoro/session/description_cache.hpp>
#include <pgcoro/session/handlers.hpp>
#include <pgcoro/session/local_settings.hpp>
#include <pgcoro/session/pooler.hpp>
#include <pgcoro/session/plain_task.hpp>
#include <pgcoro/session/preamble.hpp>
#include <pgcoro/session/request.hpp>
#include <pgcoro/session/retry_rules.hpp>
#include <pgcoro/session/row_sink.hpp>
#include <pgcoro/session/runtime.hpp>
#include <pgcoro/session/socket_watch.hpp>
#include <pgcoro/session/spliced_text.hpp>
#include <pgcoro/session/statement_cache.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pgcoro::session {

class session;
class batch_part;
using session_ptr = boost::intrusive_ptr<session>;

/// Who watches a session: a slot of a pool, or a connection that stands alone.
class session_observer {
public:
    /// A request is off the session: answered, failed or taken away.
    virtual void on_request_done(session& of, const request& done) = 0;

    /// A cancel is on its way: nothing new may be given to the session until `on_settled`.
    virtual void on_cancel_started(session& of) = 0;

    /// Nothing is in flight and no cancel is on its way any more, after `on_cancel_started` or after statements of the
    /// session's own.
    virtual void on_settled(session& of) = 0;

    /// A request that our own cancel hit by mistake wants another connection. False: it has to fail.
    virtual bool take_back(session& of, request& hit) = 0;

    /// The connection is gone. What had been sent has failed; `unsent` goes elsewhere or fails by the observer's hand.
    virtual void on_lost(session& of, const error& reason, request_list& unsent) = 0;

protected:
    ~session_observer() = default;
};

/// A connection in pipeline mode with a FIFO of requests, each ended by a Sync of its own, so that the failure of one
/// touches no other (documentation: "Pipeline Mode"). Confined to its runtime's home executor; no locks.
///
/// A statement counts as done at its Sync, not at its CommandComplete: an autocommit statement commits there, and may
/// still fail there (documentation: "Extended Query").
class session final : public request_sink,
                      public turn_participant,
                      private cancel_limiter::applicant,
                      public boost::intrusive_ref_counter<session, boost::thread_unsafe_counter> {
public:
    /// @param connected an established connection, not yet in pipeline mode
    session(runtime_ptr on, libpq::connection connected, std::shared_ptr<description_cache> descriptions,
            statement_cache statements);
    ~session();

    /// Begins to serve. The observer must outlive the session's use of it; null to have none.
    void open(session_observer* observer);

    /// Takes a request. It is sent at the end of this turn.
    void accept(request& added) override;
    void interrupt(request& r, const error& reason) override;

    /// Runs a statement of the library's own.
    void run_command(std::string sql, command_request::callback done) {
        accept(*new command_request(std::move(sql), std::move(done)));
    }

    /// A statement of the library's own has ended that nobody counts. It may have been all that the observer waits for.
    void own_statement_done() {
        const bool settled = !closed_ && !unsettled_ && is_idle();
        if (settled && observer_ != nullptr) observer_->on_settled(*this);
    }

    /// Whether the requests belong to one caller who expects them in order, and may be inside a transaction.
    void set_leased(bool leased) noexcept { leased_ = leased; }
    bool is_leased() const noexcept { return leased_; }

    /// A sink that was full has room again.
    void resume_rows();

    /// Closes at once. What is unanswered fails with `reason`.
    void close(const error& reason);

    /// Closes and destroys all requests without answering them: the execution context is going away.
    void abandon() noexcept;

    bool is_closed() const noexcept { return closed_; }
    bool is_idle() const noexcept { return queue_.empty() && in_flight_.empty() && parked_ == 0 && !plain_; }
    /// From `on_cancel_started` to `on_settled`.
    bool is_being_cancelled() const noexcept { return unsettled_; }

    /// The transaction status; meaningful only while `is_idle()`.
    libpq::transaction_status transaction() const noexcept { return conn_.transaction(); }

    /// What was run since the last `clear_effects` may have changed the session's state.
    bool has_effects() const noexcept { return has_effects_; }
    void mark_effects() noexcept { has_effects_ = true; }
    void clear_effects() noexcept { has_effects_ = false; }

    /// The connection pooler in between; never `automatic`.
    pooler_mode pooler() const noexcept { return pooler_; }
    void set_pooler(pooler_mode mode) noexcept { pooler_ = mode; }

    /// Has parameters set for each transaction.
    void set_local_settings(local_settings settings) { local_settings_ = std::move(settings); }

    /// Leaves the server's messages out of what errors say.
    void withhold_server_messages() noexcept { withholds_messages_ = true; }

    /// After DISCARD ALL: the server forgot all prepared statements.
    void forget_statements() noexcept { statements_.clear(); }

    /// A script or COPY under way, for which nobody holds the connection any more, is to end.
    void withdraw_plain() {
        if (const plain_task_ptr task = plain_) task->withdraw();
    }

    /// The same unless it does something at the moment.
    void withdraw_idle_plain() {
        if (in_flight_.empty() && plain_ && plain_->awaiting() == nullptr) withdraw_plain();
    }

    // For the script or COPY that has the connection.
    void flush_plain() { flush(); }
    void await_room_for_plain() { arm_write(); }
    bool is_flushing() const noexcept { return write_armed_; }
    void watch_plain();
    void take_plain_results();
    void lose_plain(const std::string& reason);
    void stop_plain(clock::duration after);

    libpq::connection& connection() noexcept { return conn_; }
    const libpq::connection& connection() const noexcept { return conn_; }
    runtime& runtime_of() noexcept { return *runtime_; }
    const runtime_ptr& runtime_handle() const noexcept { return runtime_; }
    void on_notice(notice_handler handler) { on_notice_ = std::move(handler); }
    /// Without a handler notifications are dropped. An empty one removes it.
    void on_notification(notification_handler handler) {
        on_notification_ = handler ? std::make_shared<notification_handler>(std::move(handler)) : nullptr;
    }

private:
    // Sending
    void end_turn() override;
    void send_queued();
    void put_back(request& r);
    void send(request& r);
    void send_known(request& r, const prepared_statement& statement);
    void send_with_parse(request& r, description_ptr description);
    void send_command(request& r);
    void send_own(request& command);
    void send_local_settings(request& r);
    void send_special(request& r);
    void send_preamble(request& r);
    bool has_to_wait(const request& r) const noexcept;
    static bool must_go_alone(const request& r) noexcept;
    void execute(request& r, const prepared_statement& statement);
    bool prepare_request(request& r, const description_ptr& description);
    void close_evicted_statements();
    void flush();
    void require(bool sent) const;

    // Outside of pipeline mode
    bool must_wait_for_plain(const request& r) const noexcept;
    spliced_text plain_text_of(request& r);
    void refuse_during_copy(request& r);
    void begin_plain(request& r);
    void on_plain_readable();
    void take_plain_input();
    void take_plain_success(const PGresult* result);
    void take_plain_error(const PGresult* result);
    void begin_copy(libpq::copy_direction which);
    bool skip_copy();
    void end_plain();

    // Receiving
    void arm_read();
    void arm_write();
    void on_socket_readable(const boost::system::error_code& failed);
    void on_socket_writable(const boost::system::error_code& failed);
    libpq::input_state read() noexcept;
    void on_readable();
    void arm_read_behind_send();
    void arm_read_behind_drained();
    bool waits_for_sink() const noexcept;
    void receive_in_parts();
    void drain();
    void drain_and_come_back();
    void take_notifications();
    void take_result(request& head, libpq::result_ptr result);
    void take_success(request& head, libpq::result_ptr result);
    void take_preamble_answer(request& head, const PGresult* result);
    void complete_head();
    void adopt_columns(request& r);
    bool try_again(request& r);
    bool give_away(request& r);
    bool may_run_again_here(const request& r) const noexcept;
    void count_off(request& r);
    void finish(request& r);
    void settle();

    // Descriptions: session_descriptions.hpp
    void wait_for_description(request& r, const statement_text& about);
    void ask_for_description(request& r);
    void send_description_request(request& r);
    void end_question(const statement_text& about, const std::optional<error>& failure);
    description_ptr answered_description(const request& r, bool anew);
    void complete_description(request& r);
    void send_description(request& r);
    void send_fresh_description(request& r);
    void complete_columns(request& r);
    bool learn_types(request& r, description_ptr known);
    void ask_for_types(request& r, const statement_text& of, description_ptr known, const std::vector<oid>& types);
    void take_types(const statement_text& about, const statement_description& known, request& answer);
    description_ptr describe_anew(const statement_text& text, const statement_description& of);

    // Batches: session_batches.hpp, session_batch_answers.hpp
    void begin_batch(request& r);
    bool may_be_in_transaction(const request& r) const noexcept;
    void look_up(batch& b);
    bool learn_types(request& r, batch& b);
    description_ptr known_description(const batch& b, const statement_text& text);
    bool fit(batch& b, batch_part& p);
    bool continue_batch();
    bool has_more(batch& b);
    void give_up(batch& b, const error& reason);
    void ask(batch& b);
    bool send_question(batch& b, batch_part& p);
    static bool has_to_wait_for_begin(const request& r) noexcept;
    bool open_batch_flight(batch& b);
    void send_statement(batch& b);
    static void skip_statement(batch& b);
    void find_prepared(batch& b, const statement_text& text);
    bool adopt_description(batch& b, batch_part& p, description_ptr description);
    void ask_now(batch& b, batch_part& p);
    void prepare(batch& b, batch_part& p);
    bool encode(batch& b, batch_part& p);
    void fail_here(batch& b, batch_part& p, const error& reason);
    static std::size_t bytes_of(const parameter_buffer& parameters, std::size_t text) noexcept;
    void take_batch_result(request& head, libpq::result_ptr result);
    static batch_part& answering_part(batch& b) noexcept;
    void take_batch_answer(batch& b, libpq::result_ptr result);
    void learn(batch& b, batch_part& p, const PGresult* answer);
    void check_columns(batch_part& p);
    description_ptr refreshed(const statement_text& text, const description_ptr& known, const PGresult* result);
    void take_batch_failure(batch& b, const PGresult* result, bool after_the_last);
    static execution_state execution_of_failure(const batch& b, std::size_t index, const error& failure);
    void fail_item(batch& b, std::size_t index, const error& failure);
    void end_batch_flight(batch& b);
    void end_batch(batch& b);
    void end_questions(batch& b);
    void send_again(request& r);
    bool repeat_batch(batch& b);
    void forget_statement(batch_part& p, const boost::system::error_code& reason);
    void abandon_batch(batch& b);
    static void lose_batch(request& r, const error& reason, execution_state execution, bool in_order);

    // Cancelling
    bool wants_cancel() const noexcept;
    /// Nothing may be sent, which a cancel that comes late would hit.
    bool is_cancelling() const noexcept { return cancel_outstanding_ || wants_cancel(); }
    void consider_cancel();
    void cancel_now() override;
    void on_cancel_closed();

    // Ending
    bool may_go_elsewhere(const request& r) const noexcept;
    void cut_off();
    void hear_out();
    void take_what_has_arrived();
    void lose(const error& reason, bool in_order);
    error loss(const error& reason, const request& r, execution_state execution) const;
    void release_socket() noexcept;
    static void receive_notice(void* self, const PGresult* notice);

    struct draining_scope {
        explicit draining_scope(session& of) : self(&of) { self->draining_ = true; }
        ~draining_scope() { self->draining_ = false; }
        session_ptr self;
    };

    runtime_ptr runtime_;
    libpq::connection conn_;
    socket_watch<session> socket_{*this, &session::on_socket_readable, &session::on_socket_writable};
    std::shared_ptr<description_cache> descriptions_;
    statement_cache statements_;
    session_observer* observer_ = nullptr;
    notice_handler on_notice_;
    std::shared_ptr<const notification_handler> on_notification_;

    request_list queue_;       // not sent, by their places
    std::uint64_t next_place_ = 0;
    request_list in_flight_;   // sent, in the order of their Syncs
    std::size_t parked_ = 0;   // waiting in descriptions_ for another request's answer
    batch* sending_ = nullptr;  // of which statements remain to be sent; nothing else is sent meanwhile
    parameter_buffer parameters_;
    std::deque<std::string> names_being_described_;
    std::optional<boost::asio::steady_timer> cancel_again_;
    plain_task_ptr plain_;     // has the connection, which is not in pipeline mode

    bool leased_ = false;
    bool closed_ = false;
    bool cut_off_ = false;             // nothing can be sent
    bool unheard_ = false;             // and what has arrived by then is taken by a turn that is on its way
    bool draining_ = false;            // results are being taken: callers may be resumed at once
    bool write_armed_ = false;
    bool read_armed_ = false;
    bool arms_behind_send_ = false;    // the end of the turn arms it
    bool server_ended_ = false;        // a FATAL error said so: nothing is sent any more
    bool describing_ = false;          // a leased session's request waits for its description
    bool cancel_outstanding_ = false;
    bool unsettled_ = false;           // on_cancel_started was called, on_settled not yet
    bool has_effects_ = false;
    bool withholds_messages_ = false;
    pooler_mode pooler_ = pooler_mode::none;
    local_settings local_settings_;
    bool skipping_copy_ = false;
    spliced_text plain_text_;          // of plain_, as it was sent
    bool stands_alone_ = false;        // plain_ is one statement, but for the settings before it
};

} // namespace pgcoro::session

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/session/session_plain.hpp>
#include <pgcoro/session/session_batch_answers.hpp>
#include <pgcoro/session/session_batches.hpp>
#include <pgcoro/session/session_cancelling.hpp>
#include <pgcoro/session/session_descriptions.hpp>
#include <pgcoro/session/session_ending.hpp>
#include <pgcoro/session/session_receiving.hpp>
#include <pgcoro/session/session_sending.hpp>
#endif
