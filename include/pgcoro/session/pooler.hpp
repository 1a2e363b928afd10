// Connection poolers between the client and the server: what they change.
#pragma once

#include <pgcoro/core/error.hpp>
#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/core/sql_tokens.hpp>
#include <pgcoro/core/statement_class.hpp>
#include <pgcoro/core/statement_text.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro {

/// How statements reach the server (documentation: "Extended Query").
enum class statement_mode : std::uint8_t {
    automatic,  ///< `prepared`, but `unnamed` behind a pooler in transaction or statement mode
    prepared,   ///< each connection keeps them prepared under names of its own, up to `statement_cache_capacity`
    unnamed     ///< each execution has a Parse of the unnamed statement of its own and leaves nothing behind
};

/// Which connection pooler, such as PgBouncer, stands between this client and the server: when it may hand the
/// server's connection to another client.
enum class pooler_mode : std::uint8_t {
    /// Each new connection asks for `pg_backend_pid()`, one round trip. If the process is not the one that the
    /// connection was greeted by (documentation: `PQbackendPID`), there is a pooler, which is taken to be in
    /// `transaction` mode.
    automatic,
    none,         ///< there is none; nothing is asked
    session,      ///< when the client disconnects
    transaction,  ///< after each transaction
    statement     ///< after each statement; transactions are not possible
};

} // namespace pgcoro

namespace pgcoro::session {

/// Whether what a statement leaves in its session may meet another client.
constexpr bool shares_sessions(pooler_mode mode) noexcept {
    return mode == pooler_mode::transaction || mode == pooler_mode::statement;
}

/// How many statements a connection keeps prepared.
constexpr std::size_t statement_capacity(std::size_t wanted, statement_mode how, pooler_mode pooler) noexcept {
    const bool unnamed = how == statement_mode::unnamed
                         || (how == statement_mode::automatic && shares_sessions(pooler));
    return unnamed ? 0 : wanted;
}

/// Whether the connection was refused for the startup parameter `options`, which PgBouncer does, in words that it does
/// not translate.
bool refuses_startup_options(const error& refusal);

/// Run-time parameters of a server with their values.
using run_time_parameters = std::vector<std::pair<std::string, std::string>>;

/// The text of a statement that sets parameters (documentation: "System Administration Functions", `set_config`).
/// @param local for the current transaction only
std::string set_config_text(const run_time_parameters& parameters, bool local);

/// Whether a SET ends with its transaction at the latest: SET LOCAL, SET TRANSACTION, SET CONSTRAINTS.
bool is_local_setting(std::string_view sql) noexcept;

inline constexpr std::string_view no_transactions = "a pooler in statement mode has no transactions";

/// Why a statement cannot run through a pooler, if so: its effect would stay with a server connection that another
/// client gets next, and be missing where this client comes next. Effects of functions cannot be seen.
std::optional<error> refused_by_pooler(pooler_mode mode, const statement_text& text);

#if PGCORO_HAS_DEFINITIONS

PGCORO_DECL bool refuses_startup_options(const error& refusal) {
    const auto& said = refusal.diagnostics().message;
    return said.find("unsupported startup parameter") != said.npos && said.find("options") != said.npos;
}

PGCORO_DECL std::string set_config_text(const run_time_parameters& parameters, bool local) {
    std::string text;
    const auto quote = [&text](std::string_view value) {
        text += value.find('\\') == value.npos ? "'" : "E'";   // right whatever standard_conforming_strings says
        for (const char c : value) text.append(c == '\'' || c == '\\' ? 2 : 1, c);
        text += '\'';
    };
    for (const auto& [name, value] : parameters) {
        text += text.empty() ? "select pg_catalog.set_config(" : ", pg_catalog.set_config(";
        quote(name);
        text += ", ";
        quote(value);
        text += local ? ", true)" : ", false)";
    }
    return text;
}

PGCORO_DECL bool is_local_setting(std::string_view sql) noexcept {
    core::sql_tokenizer tokens(sql);
    if (!core::is_keyword(tokens.next().text, "set")) return false;
    const auto what = tokens.next().text;
    return core::is_keyword(what, "local") || core::is_keyword(what, "transaction")
           || core::is_keyword(what, "constraints");
}

PGCORO_DECL std::optional<error> refused_by_pooler(pooler_mode mode, const statement_text& text) {
    if (!shares_sessions(mode)) return std::nullopt;
    const auto refuse = [&](std::string_view why) {
        return error(make_error_code(errc::unsupported_by_pooler), std::string(why), text.text);
    };
    switch (text.cls) {
    case statement_class::notification:
        return refuse("LISTEN and UNLISTEN need a connection past the pooler, or one in session mode");
    case statement_class::session_setting:
        if (is_local_setting(text.text)) return std::nullopt;
        return refuse("SET, RESET and DISCARD would meet other clients: use SET LOCAL in a transaction, or "
                      "pool_options::session_settings");
    case statement_class::prepared:
        return refuse("PREPARE, EXECUTE and DEALLOCATE need a session of one's own; give the statement itself");
    case statement_class::transaction_control:
        return mode == pooler_mode::statement ? std::optional(refuse(no_transactions)) : std::nullopt;
    default: return std::nullopt;
    }
}

#endif

} // namespace pgcoro::session
