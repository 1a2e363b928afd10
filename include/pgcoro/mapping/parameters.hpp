// Arguments of a query in the form in which libpq takes parameters.
#pragma once

#include <pgcoro/mapping/argument.hpp>
#include <pgcoro/mapping/parameter_errors.hpp>
#include <pgcoro/mapping/row_description.hpp>
#include <pgcoro/types/wire_number.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace pgcoro {

/// The values, lengths and formats of parameters, as `PQsendQueryPrepared` wants them (libpq documentation,
/// "Main Functions" of command execution). Its owner reuses it: once it has grown, encoding small arguments
/// allocates nothing. Thread safety: as an ordinary object.
class parameter_buffer {
public:
    /// The largest value that the server takes ("MaxAllocSize"), in bytes.
    static constexpr std::size_t max_value_size = (std::size_t{1} << 30) - 1;

    /// Replaces the content by the encoded arguments.
    ///
    /// @param arguments a tuple of arguments (or references to them); those whose codecs `borrow` are pointed
    ///                  at and must live until the parameters were handed to libpq
    /// @param types     what the server says that the statement's parameters are
    /// @param sql       the statement, for messages
    ///
    /// Errors (`pgcoro::error`, `execution_state::not_sent`; the content is unspecified then):
    /// `errc::parameter_count` if there are more or fewer arguments than parameters; `errc::type_mismatch` if
    /// an argument's type does not go with its parameter's; `errc::value_out_of_range` for a value that does
    /// not fit, or too many bytes; and what codecs report.
    template <class Arguments>
    void encode(const Arguments& arguments, std::span<const type_ref> types, std::string_view sql) {
        constexpr auto count = std::tuple_size_v<Arguments>;
        if (types.size() != count) row_mapping::throw_argument_count(count, types.size(), sql);
        begin(count);
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            (encode_argument(I, std::get<I>(arguments), types[I], sql), ...);
        }(std::make_index_sequence<count>{});
        finish(sql);
    }

    /// The number of parameters.
    std::size_t size() const noexcept { return count_; }

    /// For each parameter its bytes; null for NULL.
    const char* const* values() const noexcept { return values_.data(); }

    /// For each parameter the number of its bytes.
    const int* lengths() const noexcept { return lengths_.data(); }

    /// For each parameter 1 for binary, 0 for text.
    const int* formats() const noexcept { return formats_.data(); }

    /// The memory held for written values, in bytes.
    std::size_t capacity() const noexcept { return bytes_.capacity(); }

private:
    /// Of a buffer that grew beyond this, the memory is given back.
    static constexpr std::size_t kept_bytes = std::size_t{1} << 20;

    static constexpr std::size_t not_written = std::numeric_limits<std::size_t>::max();

    template <class A>
    void encode_argument(std::size_t at, const A& argument, const type_ref& type, std::string_view sql) {
        namespace rules = row_mapping;
        using written = rules::written_type<A>;
        if constexpr (rules::is_null_type<A>) {
            set_null(at);
        } else {
            if (!types::is_number_of_type<written>(type) && !codec<written>::writes(type))
                row_mapping::throw_argument_type(at, type_of<written>(), type, sql);
            if constexpr (rules::is_optional<A>) {
                if (argument)
                    encode_present(at, *argument, type, sql);
                else
                    set_null(at);
            } else
                encode_present(at, argument, type, sql);
        }
    }

    template <class A>
    void encode_present(std::size_t at, const A& argument, const type_ref& type, std::string_view sql) {
        if constexpr (row_mapping::is_c_string<A>) {
            if (argument)
                encode_value<row_mapping::written_type<A>>(at, argument, type, sql);
            else
                set_null(at);
        } else
            encode_value<A>(at, argument, type, sql);
    }

    template <class A>
    void encode_value(std::size_t at, const A& value, const type_ref& type, std::string_view sql) {
        try {
            if constexpr (types::wire_numeric<A>)
                if (types::is_number_of_type<A>(type)) return set_number(at, types::wire_number(value));
            auto format = wire_format::binary;
            if constexpr (requires { codec<A>::format(type); }) format = codec<A>::format(type);
            if constexpr (requires { codec<A>::borrow(value, type); }) {
                const std::span<const std::byte> bytes = codec<A>::borrow(value, type);
                if (bytes.data() != nullptr) {
                    if (format == wire_format::binary)
                        set_borrowed(at, bytes);
                    else
                        copy_text(at, bytes);
                    return;
                }
            }
            const auto start = bytes_.size();
            byte_writer out(bytes_);
            codec<A>::write(out, value, type);
            set_written(at, start, format);
        } catch (const conversion_error& reason) {
            row_mapping::throw_unwritable(reason, at, type, sql);
        }
    }

    void begin(std::size_t count) {
        if (bytes_.capacity() > kept_bytes) std::vector<std::byte>().swap(bytes_);
        bytes_.clear();
        count_ = count;
        if (values_.size() < count) grow(count);
    }

    [[gnu::noinline]] void grow(std::size_t count) {
        values_.resize(count);
        lengths_.resize(count);
        formats_.resize(count);
        starts_.resize(count);
        numbers_.resize(count);
    }

    void set_null(std::size_t at) noexcept { set(at, nullptr, 0, wire_format::binary, not_written); }

    template <std::integral T>
    void set_number(std::size_t at, T number) noexcept {
        types::store(reinterpret_cast<std::byte*>(&numbers_[at]), number);
        set(at, reinterpret_cast<const char*>(&numbers_[at]), sizeof number, wire_format::binary, not_written);
    }

    void set_borrowed(std::size_t at, std::span<const std::byte> bytes) {
        set(at, reinterpret_cast<const char*>(bytes.data()), checked(bytes.size()), wire_format::binary,
            not_written);
    }

    /// libpq takes text up to the first NUL, whatever its length.
    [[gnu::noinline]] void copy_text(std::size_t at, std::span<const std::byte> text) {
        checked(text.size());
        const auto start = bytes_.size();
        bytes_.insert(bytes_.end(), text.begin(), text.end());
        set_written(at, start, wire_format::text);
    }

    void set_written(std::size_t at, std::size_t start, wire_format format) {
        set(at, nullptr, checked(bytes_.size() - start), format, start);
        if (format == wire_format::text) terminate_text(start);
    }

    [[gnu::noinline]] void terminate_text(std::size_t start) {
        if (std::find(bytes_.begin() + static_cast<std::ptrdiff_t>(start), bytes_.end(), std::byte{0})
            != bytes_.end())
            throw conversion_error(errc::value_out_of_range, "text cannot hold a zero byte");
        bytes_.push_back(std::byte{0});
    }

    void set(std::size_t at, const char* value, int length, wire_format format, std::size_t start) noexcept {
        values_[at] = value;
        lengths_[at] = length;
        formats_[at] = static_cast<int>(format);
        starts_[at] = start;
    }

    static int checked(std::size_t size) {
        if (size > max_value_size) row_mapping::throw_value_size(size, max_value_size);
        return static_cast<int>(size);
    }

    /// Points at what was written, now that the buffer no longer moves, and checks the message's size: on one
    /// that is too large the server ends the connection.
    void finish(std::string_view sql) {
        std::size_t total = 0;
        for (std::size_t at = 0; at < count_; ++at) {
            total += static_cast<std::size_t>(lengths_[at]);
            if (starts_[at] == not_written) continue;
            // An empty value is no NULL: its pointer must not be null.
            values_[at] = lengths_[at] == 0 ? "" : reinterpret_cast<const char*>(bytes_.data()) + starts_[at];
        }
        if (total + count_ * bytes_per_parameter > max_message_size)
            row_mapping::throw_message_size(total, max_message_size, sql);
    }

    /// Length and format code of a parameter in the Bind message.
    static constexpr std::size_t bytes_per_parameter = 6;

    /// What a Bind message may hold, less room for the names and the formats of results.
    static constexpr std::size_t max_message_size = max_value_size - 1024;

    template <class A>
    static constexpr row_mapping::argument_type type_of() {
        if constexpr (requires { codec<A>::type; })
            return {row_mapping::cpp_name<A>(), codec<A>::type};
        else
            return {row_mapping::cpp_name<A>(), 0};
    }

    std::size_t count_ = 0;
    std::vector<const char*> values_;
    std::vector<int> lengths_;
    std::vector<int> formats_;
    std::vector<std::size_t> starts_; ///< where in `bytes_` a value was written
    std::vector<std::uint64_t> numbers_; ///< values that are numbers, in network order
    std::vector<std::byte> bytes_;
};

} // namespace pgcoro
