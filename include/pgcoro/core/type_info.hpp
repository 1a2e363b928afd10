// What is known of a type beyond its identifier.
#pragma once

#include <pgcoro/core/oid.hpp>
#include <pgcoro/core/separate_compilation.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace pgcoro {

struct type_info;

/// A type of a column, parameter or element: its identifier and, for one that a user or an extension made, what the
/// system catalogs say of it. Converts from and to `oid`. Lifetime: refers to what the pool keeps as long as it lives, and
/// with it all results that were read through it.
class type_ref {
public:
    constexpr type_ref(oid id = 0, const type_info* info = nullptr) noexcept : id_(id), info_(info) {}

    constexpr operator oid() const noexcept { return id_; }

    /// Null for a built-in type, and where nobody asked the catalogs.
    constexpr const type_info* info() const noexcept { return info_; }

    /// The same as the type of a parameter that is to be written as text, for what is a part of a larger text.
    constexpr type_ref as_text() const noexcept { return {written_as_text, info_}; }
    constexpr bool is_as_text() const noexcept { return id_ == written_as_text; }

    /// Whether it is the type of this name that some extension makes, whatever schema it is in.
    inline bool is_named(std::string_view name) const noexcept;

    /// What a domain is over, however many there are; other types themselves.
    inline type_ref without_domains() const noexcept;

private:
    static constexpr oid written_as_text = ~oid(0);   // no type has it

    oid id_;
    const type_info* info_;
};

/// What a type is made of (documentation: `pg_type.typtype`).
enum class type_kind : char {
    base = 'b',
    composite = 'c',
    domain = 'd',
    enumeration = 'e',
    multirange = 'm',
    pseudo = 'p',
    range = 'r',
    array = 'A'   ///< `pg_type.typcategory`
};

/// A type that a user or an extension made, as the system catalogs describe it.
struct type_info {
    struct attribute {
        std::string name;
        type_ref type;
    };

    oid id = 0;
    std::string schema;
    std::string name;
    type_kind kind = type_kind::base;
    type_ref referred;                 ///< an array's element, a domain's base, a range's subtype, a multirange's range
    std::vector<attribute> attributes; ///< of a composite, without dropped ones
    std::vector<std::string> labels{}; ///< of an enum, in its order
    bool has_binary_form = true;       ///< the server can send it in binary form (`pg_type.typsend`)
};

bool type_ref::is_named(std::string_view name) const noexcept { return info_ != nullptr && info_->name == name; }

type_ref type_ref::without_domains() const noexcept {
    type_ref type = *this;
    while (type.info_ != nullptr && type.info_->kind == type_kind::domain) type = type.info_->referred;
    return type;
}

/// For messages: "integer", "app.address", "type with OID 16390".
std::string type_name(const type_ref& type);

} // namespace pgcoro

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/core/type_info_definitions.hpp>
#endif
