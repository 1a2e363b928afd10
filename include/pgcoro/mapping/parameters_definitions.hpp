// What grows and checks the memory for parameters.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/mapping/parameters.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace pgcoro {

[[gnu::noinline]] PGCORO_DECL void parameter_buffer::grow(std::size_t count) {
    values_.resize(count);
    lengths_.resize(count);
    formats_.resize(count);
    starts_.resize(count);
    numbers_.resize(count);
}

[[gnu::noinline]] PGCORO_DECL void parameter_buffer::copy_text(std::size_t at, std::span<const std::byte> text) {
    checked(text.size());
    const auto start = bytes_.size();
    bytes_.insert(bytes_.end(), text.begin(), text.end());
    set_written(at, start, wire_format::text);
}

[[gnu::noinline]] PGCORO_DECL void parameter_buffer::terminate_text(std::size_t start) {
    if (std::find(bytes_.begin() + static_cast<std::ptrdiff_t>(start), bytes_.end(), std::byte{0})
        != bytes_.end())
        throw conversion_error(errc::value_out_of_range, "text cannot hold a zero byte");
    bytes_.push_back(std::byte{0});
}

} // namespace pgcoro
