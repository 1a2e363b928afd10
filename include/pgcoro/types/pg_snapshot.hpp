// pgcoro::pg_snapshot: which transactions a snapshot sees, to and from pg_snapshot and txid_snapshot.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/types/text_cursor.hpp>
#include <pgcoro/types/text_form.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro {

/// The transactions that were in progress at a moment (documentation: "Snapshot Components"), printed as
/// "10:20:10,14,15".
struct pg_snapshot {
    std::uint64_t xmin = 1;                 ///< the first transaction in progress; not 0
    std::uint64_t xmax = 1;                 ///< the first one that had not begun; not less than `xmin`
    std::vector<std::uint64_t> in_progress; ///< ascending, from `xmin` and below `xmax`

    /// The snapshot "1:1:", before the first transaction.
    pg_snapshot() = default;

    pg_snapshot(std::uint64_t first_in_progress, std::uint64_t first_to_come,
                std::vector<std::uint64_t> running)
        : xmin(first_in_progress), xmax(first_to_come), in_progress(std::move(running)) {}

    /// Reads "10:20:10,14,15" and "10:20:". Throws `conversion_error` (`errc::value_out_of_range`) for
    /// anything else, and for numbers that are no snapshot.
    static pg_snapshot parse(std::string_view text);

    /// Whether the numbers are as the members' comments say; what is not is not written.
    bool valid() const noexcept;

    std::string to_string() const;

    friend bool operator==(const pg_snapshot&, const pg_snapshot&) = default;
};

namespace types {

/// The binary form (`pg_snapshot_send` in the server's `xid8funcs.c`): the number of transactions in
/// progress, xmin, xmax, those transactions.
pg_snapshot read_snapshot(const field_view& field);

} // namespace types

/// Reads and writes `pg_snapshot` and its older name, `txid_snapshot`. A value that is not `valid()` is
/// `errc::value_out_of_range`.
template <>
struct codec<pg_snapshot> {
    static constexpr std::string_view name = "pgcoro::pg_snapshot";
    static constexpr oid type = oids::pg_snapshot;

    static bool reads(oid column) noexcept {
        return column == oids::pg_snapshot || column == oids::txid_snapshot;
    }

    static pg_snapshot read(const field_view& field) {
        types::expect_binary(field, name);
        return types::read_snapshot(field);
    }

    static bool writes(oid parameter) noexcept { return reads(parameter) || types::user_defined(parameter); }
    static wire_format format(oid parameter) noexcept { return types::text_if_user_defined(parameter); }

    static void write(byte_writer& out, const pg_snapshot& value, oid parameter) {
        if (!value.valid())
            throw conversion_error(errc::value_out_of_range,
                                   "the pgcoro::pg_snapshot value has transactions out of order");
        if (types::user_defined(parameter)) return out.write(std::string_view(value.to_string()));
        out.write(byte_writer::narrow(value.in_progress.size()));
        out.write(value.xmin);
        out.write(value.xmax);
        for (const auto transaction : value.in_progress) out.write(transaction);
    }
};

#if PGCORO_HAS_DEFINITIONS

PGCORO_DECL bool pg_snapshot::valid() const noexcept {
    if (xmin == 0 || xmax < xmin) return false;
    std::uint64_t least = xmin;
    for (const auto transaction : in_progress) {
        if (transaction < least || transaction >= xmax) return false;
        least = transaction + 1;
    }
    return true;
}

PGCORO_DECL pg_snapshot pg_snapshot::parse(std::string_view text) {
    pg_snapshot value;
    types::text_cursor in(text);
    const auto take = [&](std::uint64_t& number) {
        const auto found = in.integer<std::uint64_t>();
        if (found) number = *found;
        return found.has_value();
    };
    bool good = take(value.xmin) && in.accept(':') && take(value.xmax) && in.accept(':');
    if (good && !in.at_end()) {
        do good = take(value.in_progress.emplace_back());
        while (good && in.accept(','));
    }
    if (!good || !in.at_end() || !value.valid())
        types::refuse_text_form(text, "pg_snapshot", "transactions in order, such as 10:20:10,14,15,");
    return value;
}

PGCORO_DECL std::string pg_snapshot::to_string() const {
    auto text = std::to_string(xmin) + ':' + std::to_string(xmax) + ':';
    for (std::size_t i = 0; i < in_progress.size(); ++i) {
        if (i != 0) text += ',';
        text += std::to_string(in_progress[i]);
    }
    return text;
}

namespace types {

PGCORO_DECL pg_snapshot read_snapshot(const field_view& field) {
    byte_reader in(field.bytes);
    const auto count = in.read<std::int32_t>();
    pg_snapshot value;
    value.xmin = in.read<std::uint64_t>();
    value.xmax = in.read<std::uint64_t>();
    if (count < 0 || static_cast<std::size_t>(count) > in.remaining() / sizeof(std::uint64_t))
        refuse_bytes(field,
                     std::to_string(count) + " transactions in " + std::to_string(in.remaining()) + " bytes");
    value.in_progress.resize(static_cast<std::size_t>(count));
    for (auto& transaction : value.in_progress) transaction = in.read<std::uint64_t>();
    in.expect_end();
    if (!value.valid()) refuse_bytes(field, "transactions out of order");
    return value;
}

} // namespace types
#endif

} // namespace pgcoro

template <>
struct fmt::formatter<pgcoro::pg_snapshot> : pgcoro::types::text_formatter<pgcoro::pg_snapshot> {};
