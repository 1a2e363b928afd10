// Completion signatures, and what Asio's coroutines need to await them on old Boost.
#pragma once

#include <pgcoro/core/error.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/version.hpp>
#include <boost/system/result.hpp>

#include <exception>
#include <type_traits>
#include <utility>

namespace pgcoro::session {

template <class T, bool AsResult>
struct signature_for {
    using type = void(std::exception_ptr, T);
};
template <>
struct signature_for<void, false> {
    using type = void(std::exception_ptr);
};
template <class T>
struct signature_for<T, true> {
    using type = void(boost::system::result<T, error>);
};

/// The completion signature of an operation that yields a `T`.
template <class T, bool AsResult>
using signature_of = typename signature_for<T, AsResult>::type;

} // namespace pgcoro::session

#if BOOST_ASIO_VERSION < 102800
// Boost 1.81 cannot await void(std::exception_ptr, T): its handler tests a struct of two pointers as if it were one.
// This specialisation is more special than Boost's and does what Boost 1.82 does.
namespace boost::asio::detail {

template <class T, class Executor>
class awaitable_async_op_handler<void(std::exception_ptr, T), Executor> : public awaitable_thread<Executor> {
public:
    struct result_type {
        std::exception_ptr* failure;
        T* value;
    };

    awaitable_async_op_handler(awaitable_thread<Executor>* from, result_type& result)
        : awaitable_thread<Executor>(std::move(*from)), result_(result) {}

    void operator()(std::exception_ptr failure, T value) {
        result_.failure = &failure;
        result_.value = &value;
        this->entry_point()->top_of_stack_->attach_thread(this);
        this->entry_point()->top_of_stack_->clear_cancellation_slot();
        this->pump();
    }

    static T resume(result_type& result) {
        if (*result.failure) std::rethrow_exception(std::exchange(*result.failure, nullptr));
        return std::move(*result.value);
    }

private:
    result_type& result_;
};

} // namespace boost::asio::detail
#endif
