// Ownership of a PGresult, and the view that rows are decoded through.
#pragma once

#include <pgcoro/core/diagnostics.hpp>
#include <pgcoro/core/error.hpp>
#include <pgcoro/core/oid.hpp>
#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/core/sqlstate.hpp>
#include <pgcoro/core/wire_format.hpp>

#include <libpq-fe.h>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace pgcoro::libpq {

/// Owns a `PGresult`.
struct result_deleter {
    void operator()(PGresult* result) const noexcept { PQclear(result); }
};
using result_ptr = std::unique_ptr<PGresult, result_deleter>;

/// The kinds of result that the session tells apart (documentation: `PQresultStatus`).
enum class result_status { command_ok, tuples, some_tuples, empty_query, fatal_error, pipeline_sync, pipeline_aborted, copy, other };

inline result_status status_of(const PGresult* result) noexcept {
    switch (PQresultStatus(result)) {
    case PGRES_COMMAND_OK: return result_status::command_ok;
    case PGRES_TUPLES_OK: return result_status::tuples;
    case PGRES_SINGLE_TUPLE:
#if defined(LIBPQ_HAS_CHUNK_MODE)
    case PGRES_TUPLES_CHUNK:
#endif
        return result_status::some_tuples;
    case PGRES_EMPTY_QUERY: return result_status::empty_query;
    case PGRES_FATAL_ERROR:
    case PGRES_BAD_RESPONSE: return result_status::fatal_error;
    case PGRES_PIPELINE_SYNC: return result_status::pipeline_sync;
    case PGRES_PIPELINE_ABORTED: return result_status::pipeline_aborted;
    case PGRES_COPY_IN:
    case PGRES_COPY_OUT:
    case PGRES_COPY_BOTH: return result_status::copy;
    default: return result_status::other;
    }
}

/// What a result takes, in bytes (documentation: `PQresultMemorySize`).
inline std::size_t memory_of(const PGresult* result) noexcept { return PQresultMemorySize(result); }

/// Reads columns and values of a `PGresult`. A cheap value; lifetime: borrows the result.
class result_view {
public:
    explicit result_view(const PGresult* result) noexcept
        : result_(result), binary_(PQbinaryTuples(result) != 0) {}

    std::size_t row_count() const noexcept { return static_cast<std::size_t>(PQntuples(result_)); }
    std::size_t column_count() const noexcept { return static_cast<std::size_t>(PQnfields(result_)); }
    std::string_view column_name(std::size_t column) const noexcept { return PQfname(result_, index(column)); }
    oid column_type(std::size_t column) const noexcept { return PQftype(result_, index(column)); }

    /// The table that a column comes from, and its number there; 0 for an expression.
    oid column_table(std::size_t column) const noexcept { return PQftable(result_, index(column)); }
    std::int16_t column_attribute(std::size_t column) const noexcept {
        return static_cast<std::int16_t>(PQftablecol(result_, index(column)));
    }

    wire_format column_format(std::size_t column) const noexcept {
        return binary_ ? wire_format::binary : static_cast<wire_format>(PQfformat(result_, index(column)));
    }

    /// The bytes of a value; from a null pointer if it is NULL.
    [[gnu::always_inline]] std::span<const std::byte> value(std::size_t row, std::size_t column) const noexcept {
        const auto length = static_cast<std::size_t>(PQgetlength(result_, index(row), index(column)));
        if (length == 0 && PQgetisnull(result_, index(row), index(column)) != 0) return {};
        return {reinterpret_cast<const std::byte*>(PQgetvalue(result_, index(row), index(column))), length};
    }

    /// The command tag's text, such as "INSERT 0 1".
    std::string_view command_status() const noexcept { return PQcmdStatus(const_cast<PGresult*>(result_)); }

    /// The number of rows that the command affected or returned; 0 for commands without one.
    std::uint64_t rows_affected() const noexcept {
        const std::string_view digits = PQcmdTuples(const_cast<PGresult*>(result_));
        std::uint64_t count = 0;
        std::from_chars(digits.data(), digits.data() + digits.size(), count);
        return count;
    }

    // Of results of PQsendDescribePrepared.
    std::size_t parameter_count() const noexcept { return static_cast<std::size_t>(PQnparams(result_)); }
    oid parameter_type(std::size_t parameter) const noexcept { return PQparamtype(result_, index(parameter)); }

private:
    static int index(std::size_t value) noexcept { return static_cast<int>(value); }

    const PGresult* result_;
    bool binary_;   // all columns are
};

/// The number in the first row's first column, which is text; nothing if there is none.
std::optional<int> first_number(const PGresult* result) noexcept;

/// A field of an error result, empty where the server sent none.
inline std::string_view error_field(const PGresult* result, int field) noexcept {
    const char* value = PQresultErrorField(result, field);
    return value == nullptr ? std::string_view{} : std::string_view(value);
}

/// Whether the server ended the connection with this error.
inline bool is_fatal(const PGresult* result) noexcept {
    const auto severity = error_field(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    return severity == "FATAL" || severity == "PANIC";
}

/// The fields of an error or notice (documentation: `PQresultErrorField`).
diagnostics diagnostics_of(const PGresult* result);

/// The server's error as an exception object. A result without SQLSTATE was made by libpq itself, when the
/// connection broke or the answer could not be understood. The server gives no hint for a parameter whose type it
/// cannot tell; here it gets one.
error error_of(const PGresult* result, std::string_view sql, execution_state execution);

#if PGCORO_HAS_DEFINITIONS

PGCORO_DECL std::optional<int> first_number(const PGresult* result) noexcept {
    if (PQntuples(result) == 0 || PQnfields(result) == 0) return std::nullopt;
    const std::string_view digits(PQgetvalue(result, 0, 0));
    int value = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return read.ec == std::errc{} ? std::optional(value) : std::nullopt;
}

PGCORO_DECL diagnostics diagnostics_of(const PGresult* result) {
    const auto text = [result](int field) { return std::string(error_field(result, field)); };
    const auto number = [result](int field) {
        const auto digits = error_field(result, field);
        std::uint32_t value = 0;
        std::from_chars(digits.data(), digits.data() + digits.size(), value);
        return value;
    };
    diagnostics said;
    said.severity = text(PG_DIAG_SEVERITY_NONLOCALIZED);
    said.message = text(PG_DIAG_MESSAGE_PRIMARY);
    said.detail = text(PG_DIAG_MESSAGE_DETAIL);
    said.hint = text(PG_DIAG_MESSAGE_HINT);
    said.internal_query = text(PG_DIAG_INTERNAL_QUERY);
    said.context = text(PG_DIAG_CONTEXT);
    said.schema = text(PG_DIAG_SCHEMA_NAME);
    said.table = text(PG_DIAG_TABLE_NAME);
    said.column = text(PG_DIAG_COLUMN_NAME);
    said.data_type = text(PG_DIAG_DATATYPE_NAME);
    said.constraint = text(PG_DIAG_CONSTRAINT_NAME);
    said.file = text(PG_DIAG_SOURCE_FILE);
    said.routine = text(PG_DIAG_SOURCE_FUNCTION);
    said.position = number(PG_DIAG_STATEMENT_POSITION);
    said.internal_position = number(PG_DIAG_INTERNAL_POSITION);
    said.line = number(PG_DIAG_SOURCE_LINE);
    return said;
}

PGCORO_DECL error error_of(const PGresult* result, std::string_view sql, execution_state execution) {
    auto said = diagnostics_of(result);
    said.sql = sql;
    const auto state = error_field(result, PG_DIAG_SQLSTATE);
    if (state.size() == 5) {
        const auto code = make_error_code(make_sqlstate(state));
        const auto add_hint = [&](const char* hint) { (said.hint += said.hint.empty() ? "" : " ") += hint; };
        if (code == sqlstate::indeterminate_datatype) add_hint("Write a cast, such as $1::int.");
        if (code == sqlstate::undefined_function && said.routine == "getTypeBinaryOutputInfo")
            add_hint("Cast the column to text, or its array to text[].");
        return {code, std::move(said), execution};
    }
    std::string_view message = PQresultErrorMessage(result);
    while (!message.empty() && message.back() == '\n') message.remove_suffix(1);
    said.message = message;
    return {make_error_code(errc::connection_lost), std::move(said), execution};
}

#endif

} // namespace pgcoro::libpq
