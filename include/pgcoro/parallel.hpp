// `&&` and `||` between operations and awaitables.
#pragma once

#include <pgcoro/operation.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>

#include <array>
#include <cstddef>
#include <exception>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace pgcoro {

namespace parallel {

/// What a branch of `&&` or `||` yields. Plain values stand for themselves, void for nothing.
template <class T>
struct branch;
template <class T, class Start, reporting Reporting>
struct branch<operation<T, Start, Reporting>> {
    using type = std::conditional_t<Reporting == reporting::as_result, boost::system::result<T, error>, T>;
};
template <class T, class Executor>
struct branch<boost::asio::awaitable<T, Executor>> {
    using type = T;
};
template <class B>
using branch_value = typename branch<std::remove_cvref_t<B>>::type;

template <class T>
inline constexpr bool is_awaitable = false;
template <class T, class Executor>
inline constexpr bool is_awaitable<boost::asio::awaitable<T, Executor>> = true;

/// An operation of this library, or a coroutine beside one.
template <class A, class B>
concept branches = (is_operation<std::remove_cvref_t<A>> && !std::is_lvalue_reference_v<A>
                    && (is_operation<std::remove_cvref_t<B>> || is_awaitable<std::remove_cvref_t<B>>))
                   || (is_awaitable<std::remove_cvref_t<A>> && is_operation<std::remove_cvref_t<B>>);

struct nothing {};
template <class T>
using stored = std::conditional_t<std::is_void_v<T>, nothing, T>;

template <class T>
struct is_tuple : std::false_type {};
template <class... T>
struct is_tuple<std::tuple<T...>> : std::true_type {};

/// A branch's value as the part of the tuple that `&&` yields: nothing for void; the elements of a further `&&`, so
/// that `a && b && c` yields a flat tuple.
template <bool Flatten, class T>
auto part(std::optional<stored<T>>&& value) {
    if constexpr (std::is_void_v<T>) return std::tuple<>();
    else if constexpr (Flatten && is_tuple<T>::value) return std::move(*value);
    else return std::tuple<T>(std::move(*value));
}

/// What `&&` yields: a flat tuple; a single value itself; nothing if both are void.
template <bool FlattenFirst, class A, class B>
auto combine(std::optional<stored<A>>&& first, std::optional<stored<B>>&& second) {
    auto all = std::tuple_cat(part<FlattenFirst, A>(std::move(first)), part<false, B>(std::move(second)));
    if constexpr (std::tuple_size_v<decltype(all)> == 0) return;
    else if constexpr (std::tuple_size_v<decltype(all)> == 1) return std::get<0>(std::move(all));
    else return all;
}

template <class T>
using alternative = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

template <class T>
alternative<T> to_alternative(stored<T>&& value) {
    if constexpr (std::is_void_v<T>) return {};
    else return std::move(value);
}

/// Runs a branch as a coroutine and keeps its value; a failure travels as an exception.
template <class B>
boost::asio::awaitable<void> run(B branch, std::optional<stored<branch_value<B>>>& value) {
    if constexpr (std::is_void_v<branch_value<B>>) {
        co_await std::move(branch);
        value.emplace();
    } else {
        value.emplace(co_await std::move(branch));
    }
}

template <class Condition>
boost::asio::awaitable<std::array<std::exception_ptr, 2>> race(boost::asio::awaitable<void> one,
                                                               boost::asio::awaitable<void> two, Condition condition) {
    namespace asio = boost::asio;
    const auto executor = co_await asio::this_coro::executor;
    auto group = asio::experimental::make_parallel_group(asio::co_spawn(executor, std::move(one), asio::deferred),
                                                         asio::co_spawn(executor, std::move(two), asio::deferred));
    auto [order, failed_first, failed_second] = co_await group.async_wait(condition, asio::deferred);
    std::array<std::exception_ptr, 2> failures{};
    failures[0] = failed_first;
    failures[1] = failed_second;
    // What failed first is what went wrong; the other was cancelled because of it.
    if (failed_first && failed_second && order[0] == 1) failures[0] = failed_second;
    co_return failures;
}

} // namespace parallel

/// Both at once: yields a tuple of both values (those of a further `&&` inlined, void left out), the value itself if
/// only one is not void. If one fails the other is cancelled, and the first failure is thrown.
/// Cancelling the whole cancels both.
template <class A, class B>
    requires parallel::branches<A, B>
auto operator&&(A&& a, B&& b) {
    using namespace parallel;
    using first_type = branch_value<A>;
    using second_type = branch_value<B>;
    return [](std::remove_cvref_t<A> first_branch, std::remove_cvref_t<B> second_branch)
               -> boost::asio::awaitable<decltype(combine<is_awaitable<std::remove_cvref_t<A>>, first_type, second_type>(
                   std::declval<std::optional<stored<first_type>>>(),
                   std::declval<std::optional<stored<second_type>>>()))> {
        std::optional<stored<first_type>> first;
        std::optional<stored<second_type>> second;
        auto one = parallel::run(std::move(first_branch), first);
        auto two = parallel::run(std::move(second_branch), second);
        const auto failures =
            co_await race(std::move(one), std::move(two), boost::asio::experimental::wait_for_one_error());
        if (failures[0]) std::rethrow_exception(failures[0]);
        if (failures[1]) std::rethrow_exception(failures[1]);
        co_return combine<is_awaitable<std::remove_cvref_t<A>>, first_type, second_type>(std::move(first),
                                                                                         std::move(second));
    }(std::move(a), std::move(b));
}

/// Whichever succeeds first: yields a `std::variant` of both values, with `std::monostate` for void. The other is
/// cancelled. If both fail, the first failure is thrown.
template <class A, class B>
    requires parallel::branches<A, B>
auto operator||(A&& a, B&& b) {
    using namespace parallel;
    using first_type = branch_value<A>;
    using second_type = branch_value<B>;
    using either = std::variant<alternative<first_type>, alternative<second_type>>;
    return [](std::remove_cvref_t<A> first_branch,
              std::remove_cvref_t<B> second_branch) -> boost::asio::awaitable<either> {
        std::optional<stored<first_type>> first;
        std::optional<stored<second_type>> second;
        auto one = parallel::run(std::move(first_branch), first);
        auto two = parallel::run(std::move(second_branch), second);
        const auto failures =
            co_await race(std::move(one), std::move(two), boost::asio::experimental::wait_for_one_success());
        if (first) co_return either(std::in_place_index<0>, to_alternative<first_type>(std::move(*first)));
        if (second) co_return either(std::in_place_index<1>, to_alternative<second_type>(std::move(*second)));
        std::rethrow_exception(failures[0] ? failures[0] : failures[1]);
    }(std::move(a), std::move(b));
}

} // namespace pgcoro
