// Names of tables, columns and the like, quoted for SQL text that is made at run time.
#pragma once

#include <pgcoro/core/error.hpp>

#include <fmt/format.h>

#include <concepts>
#include <string>
#include <string_view>
#include <utility>

namespace pgcoro {

/// A name in the form in which SQL text takes any name: in double quotes, those within doubled
/// (documentation: "Identifiers and Key Words"). Quoted names are case-sensitive: `identifier("Users")` is
/// not the table `users`.
///
///     pgcoro::runtime_sql(fmt::format("select * from {} where id = $1", pgcoro::identifier(table)))
///     pgcoro::runtime_sql("drop table " + pgcoro::qualified("my schema", "t"))
///
/// The server cuts names after 63 bytes, which is not checked here. Thread safety: as a value.
class identifier {
public:
    /// Errors: throws `error` with `errc::invalid_sql` for an empty name and one with a NUL byte: SQL has
    /// neither.
    explicit identifier(std::string_view name) { append(name); }

    /// The quoted name.
    const std::string& str() const noexcept { return quoted_; }

    friend std::string to_string(const identifier& name) { return name.quoted_; }
    friend std::string operator+(std::string left, const identifier& right) {
        return std::move(left) += right.quoted_;
    }
    friend std::string operator+(const identifier& left, std::string_view right) {
        std::string text = left.quoted_;
        return text += right;
    }
    friend bool operator==(const identifier&, const identifier&) = default;

private:
    identifier() = default;

    template <std::convertible_to<std::string_view>... Names>
        requires(sizeof...(Names) >= 2)
    friend identifier qualified(const Names&... names);

    void append(std::string_view name) {
        if (name.empty()) throw error(errc::invalid_sql, "an identifier cannot be empty");
        if (name.find('\0') != std::string_view::npos)
            throw error(errc::invalid_sql, "an identifier cannot contain a NUL byte");
        if (!quoted_.empty()) quoted_ += '.';
        quoted_ += '"';
        for (const char c : name) quoted_.append(c == '"' ? 2 : 1, c);
        quoted_ += '"';
    }

    std::string quoted_;
};

/// A name with what it is part of in front, from the outside in: `qualified("schema", "table")`, or with a
/// column as a third. Errors: as those of `identifier`, for each of the names.
template <std::convertible_to<std::string_view>... Names>
    requires(sizeof...(Names) >= 2)
identifier qualified(const Names&... names) {
    identifier all;
    (all.append(names), ...);
    return all;
}

} // namespace pgcoro

/// Writes the quoted name; takes the format specifications of strings.
template <>
struct fmt::formatter<pgcoro::identifier> : fmt::formatter<fmt::string_view> {
    template <class Context>
    auto format(const pgcoro::identifier& name, Context& context) const {
        return fmt::formatter<fmt::string_view>::format(name.str(), context);
    }
};
