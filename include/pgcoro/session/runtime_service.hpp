// Tells runtimes that their execution context is being destroyed.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/intrusive/list.hpp>

#include <mutex>

namespace pgcoro::session {

/// A service of the execution context in which runtimes register. When the context is destroyed, each destroys its
/// I/O objects and the handlers it keeps, as Asio asks of services; from then on handles to them are inert.
/// Thread safety: registration may happen from any thread.
class runtime_service final : public boost::asio::execution_context::service {
public:
    using key_type = runtime_service;
    inline static boost::asio::execution_context::id id;

    /// A registered runtime.
    class entry : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::normal_link>> {
    public:
        virtual void shut_down() noexcept = 0;

    protected:
        ~entry() = default;
    };

    explicit runtime_service(boost::asio::execution_context& context)
        : boost::asio::execution_context::service(context) {}

    /// The service of the context that an executor belongs to.
    static runtime_service& of(const boost::asio::any_io_executor& executor);

    void add(entry& added);

    void remove(entry& removed);

private:
    void shutdown() noexcept override;

    std::mutex mutex_;
    boost::intrusive::list<entry> entries_;
};

} // namespace pgcoro::session

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/session/runtime_service_definitions.hpp>
#endif
