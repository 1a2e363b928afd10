// What a pool has learnt of the types that users and extensions made.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/core/type_info.hpp>
#include <pgcoro/libpq/result.hpp>
#include <pgcoro/types/arrays.hpp>
#include <pgcoro/types/boolean.hpp>
#include <pgcoro/types/integers.hpp>
#include <pgcoro/types/text.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace pgcoro::session {

/// Descriptions of types by their identifiers, from the system catalogs. A type that is dropped and made again has another
/// identifier; one that was altered in place keeps it, and is asked for again once a value did not go with what is known of
/// it. Entries stay where they are as long as the catalog lives. Thread-safe.
class type_catalog {
public:
    /// Whether only the system catalogs can tell what a type is.
    static bool is_to_be_asked_for(const type_ref& type) noexcept {
        return type >= oids::first_user_defined && type.info() == nullptr;
    }

    /// A type with what is known of it.
    type_ref find(oid type) const;

    /// The same for a statement that is to be described: nothing is known of a type that may have been altered.
    type_ref find_undoubted(oid type) const;

    /// Has a type, and all that it is made of, be asked for again before the next statement with it is described.
    void doubt(const type_ref& type);

    /// The query that tells of these types and of all that they are made of (documentation: "System Catalogs").
    static std::string query(std::span<const oid> types, int server_version);

    /// Takes the query's answer over.
    void add(const libpq::result_view& answer);

private:
    /// A row of the answer, with the types that it refers to.
    struct answered_type {
        std::unique_ptr<type_info> info;
        oid referred;
        std::vector<std::string> names;
        std::vector<oid> types;
    };

    static answered_type read_row(const libpq::result_view& answer, std::size_t row);
    type_ref known(oid type) const;
    bool is_as_known(const answered_type& type) const;
    void doubt_parts(const type_ref& type);

    mutable std::mutex mutex_;
    std::unordered_map<oid, std::unique_ptr<type_info>> known_;
    std::unordered_set<oid> doubted_;
    std::vector<std::unique_ptr<type_info>> outdated_;   // descriptions may still refer to them
};

using type_catalog_ptr = std::shared_ptr<type_catalog>;

#if PGCORO_HAS_DEFINITIONS

PGCORO_DECL type_ref type_catalog::find(oid type) const {
    if (type < oids::first_user_defined) return type;
    const std::lock_guard lock(mutex_);
    return known(type);
}

PGCORO_DECL type_ref type_catalog::find_undoubted(oid type) const {
    if (type < oids::first_user_defined) return type;
    const std::lock_guard lock(mutex_);
    return doubted_.contains(type) ? type_ref(type) : known(type);
}

PGCORO_DECL void type_catalog::doubt(const type_ref& type) {
    const std::lock_guard lock(mutex_);
    doubt_parts(type);
}

PGCORO_DECL void type_catalog::doubt_parts(const type_ref& type) {
    const auto* const info = type.info();
    if (info == nullptr || !doubted_.insert(type).second) return;
    doubt_parts(info->referred);
    for (const auto& attribute : info->attributes) doubt_parts(attribute.type);
}

PGCORO_DECL type_ref type_catalog::known(oid type) const {
    const auto found = known_.find(type);
    return found == known_.end() ? type_ref(type) : type_ref(type, found->second.get());
}

PGCORO_DECL std::string type_catalog::query(std::span<const oid> types, int server_version) {
    const bool has_multiranges = server_version >= 140000;
    std::string wanted;
    for (const auto type : types) wanted += (wanted.empty() ? "" : ",") + std::to_string(type);
    std::string text = "with recursive needed(id) as (select pg_catalog.unnest('{" + wanted + "}'::pg_catalog.oid[]) union"
                       " select part.id from needed join pg_catalog.pg_type t on t.oid = needed.id"
                       " left join pg_catalog.pg_range r on r.rngtypid = t.oid";
    if (has_multiranges) text += " or r.rngmultitypid = t.oid";
    text += " cross join lateral (values (t.typbasetype), (t.typelem), (r.rngsubtype), (r.rngtypid)"
            " union all select a.atttypid from pg_catalog.pg_attribute a where a.attrelid = t.typrelid"
            " and a.attnum > 0 and not a.attisdropped) as part(id) where part.id >= "
            + std::to_string(oids::first_user_defined)
            + ") select t.oid, n.nspname::pg_catalog.text, t.typname::pg_catalog.text,"
              " case when t.typcategory = 'A' and t.typlen = -1 then 'A' else t.typtype end::pg_catalog.text,"
              " coalesce(nullif(t.typbasetype, 0), case when t.typtype = 'r' then r.rngsubtype when t.typtype = 'm' then"
              " r.rngtypid end, t.typelem),"
              " array(select a.attname::pg_catalog.text from pg_catalog.pg_attribute a where a.attrelid = t.typrelid"
              " and a.attnum > 0 and not a.attisdropped order by a.attnum),"
              " array(select a.atttypid from pg_catalog.pg_attribute a where a.attrelid = t.typrelid"
              " and a.attnum > 0 and not a.attisdropped order by a.attnum),"
              " array(select e.enumlabel::pg_catalog.text from pg_catalog.pg_enum e where e.enumtypid = t.oid"
              " order by e.enumsortorder), t.typsend::pg_catalog.oid <> 0"
              " from needed join pg_catalog.pg_type t on t.oid = needed.id"
              " join pg_catalog.pg_namespace n on n.oid = t.typnamespace"
              " left join pg_catalog.pg_range r on r.rngtypid = t.oid";
    if (has_multiranges) text += " or r.rngmultitypid = t.oid";
    return text;
}

PGCORO_DECL auto type_catalog::read_row(const libpq::result_view& answer, std::size_t row) -> answered_type {
    const auto read = [&]<class T>(std::size_t column, T) {
        return codec<T>::read({answer.value(row, column), answer.column_type(column), wire_format::binary});
    };
    answered_type type{std::make_unique<type_info>(), read(4, oid()), read(5, std::vector<std::string>()),
                       read(6, std::vector<oid>())};
    type.info->id = read(0, oid());
    type.info->schema = read(1, std::string());
    type.info->name = read(2, std::string());
    type.info->kind = static_cast<type_kind>(read(3, std::string()).at(0));
    type.info->labels = read(7, std::vector<std::string>());
    type.info->has_binary_form = read(8, bool());
    return type;
}

PGCORO_DECL bool type_catalog::is_as_known(const answered_type& type) const {
    const auto* const before = known(type.info->id).info();
    const auto same = [&](const type_ref& part, oid now) {
        return part == now && part.info() == known(now).info();
    };
    if (before == nullptr || before->schema != type.info->schema || before->name != type.info->name
        || before->kind != type.info->kind || before->labels != type.info->labels || !same(before->referred, type.referred)
        || before->attributes.size() != type.names.size())
        return false;
    for (std::size_t i = 0; i < type.names.size(); ++i)
        if (before->attributes[i].name != type.names[i] || !same(before->attributes[i].type, type.types[i])) return false;
    return true;
}

PGCORO_DECL void type_catalog::add(const libpq::result_view& answer) {
    std::vector<answered_type> answered;
    for (std::size_t row = 0; row < answer.row_count(); ++row) answered.push_back(read_row(answer, row));
    const std::lock_guard lock(mutex_);
    // All of them anew if one is, since they refer to each other.
    const bool altered = std::ranges::any_of(answered, [&](const answered_type& type) {
        return doubted_.contains(type.info->id) && !is_as_known(type);
    });
    std::vector<std::pair<type_info*, answered_type*>> added;
    for (auto& type : answered) {
        const bool doubted = doubted_.erase(type.info->id) != 0;
        auto& entry = known_[type.info->id];
        if (entry && !(doubted && altered)) continue;
        if (entry) outdated_.push_back(std::move(entry));
        entry = std::move(type.info);
        added.emplace_back(entry.get(), &type);
    }
    for (auto& [entry, of] : added) {
        entry->referred = known(of->referred);
        for (std::size_t i = 0; i < of->names.size() && i < of->types.size(); ++i)
            entry->attributes.push_back({std::move(of->names[i]), known(of->types[i])});
    }
}

#endif

} // namespace pgcoro::session
