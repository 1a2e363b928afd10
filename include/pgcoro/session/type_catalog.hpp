// What a pool has learnt of the types that users and extensions made.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/core/type_info.hpp>
#include <pgcoro/libpq/result.hpp>
#include <pgcoro/types/arrays.hpp>
#include <pgcoro/types/integers.hpp>
#include <pgcoro/types/text.hpp>

#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace pgcoro::session {

/// Descriptions of types by their identifiers, from the system catalogs. A type that is dropped and made again has another
/// identifier; entries stay where they are as long as the catalog lives. Thread-safe.
class type_catalog {
public:
    /// Whether only the system catalogs can tell what a type is.
    static bool is_to_be_asked_for(const type_ref& type) noexcept {
        return type >= oids::first_user_defined && type.info() == nullptr;
    }

    /// A type with what is known of it.
    type_ref find(oid type) const;

    /// The query that tells of these types and of all that they are made of (documentation: "System Catalogs").
    static std::string query(std::span<const oid> types, int server_version);

    /// Takes the query's answer over.
    void add(const libpq::result_view& answer);

private:
    mutable std::mutex mutex_;
    std::unordered_map<oid, std::unique_ptr<type_info>> known_;
};

using type_catalog_ptr = std::shared_ptr<type_catalog>;

#if PGCORO_HAS_DEFINITIONS

PGCORO_DECL type_ref type_catalog::find(oid type) const {
    if (type < oids::first_user_defined) return type;
    const std::lock_guard lock(mutex_);
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
              " and a.attnum > 0 and not a.attisdropped order by a.attnum)"
              " from needed join pg_catalog.pg_type t on t.oid = needed.id"
              " join pg_catalog.pg_namespace n on n.oid = t.typnamespace"
              " left join pg_catalog.pg_range r on r.rngtypid = t.oid";
    if (has_multiranges) text += " or r.rngmultitypid = t.oid";
    return text;
}

PGCORO_DECL void type_catalog::add(const libpq::result_view& answer) {
    const std::lock_guard lock(mutex_);
    const auto read = [&]<class T>(std::size_t row, std::size_t column, T) {
        return codec<T>::read({answer.value(row, column), answer.column_type(column), wire_format::binary});
    };
    struct parts {
        oid referred;
        std::vector<std::string> names;
        std::vector<oid> types;
    };
    std::vector<std::pair<type_info*, parts>> added;
    for (std::size_t row = 0; row < answer.row_count(); ++row) {
        auto info = std::make_unique<type_info>();
        info->id = read(row, 0, oid());
        info->schema = read(row, 1, std::string());
        info->name = read(row, 2, std::string());
        info->kind = static_cast<type_kind>(read(row, 3, std::string()).at(0));
        parts of{read(row, 4, oid()), read(row, 5, std::vector<std::string>()), read(row, 6, std::vector<oid>())};
        auto& entry = known_[info->id];
        if (entry) continue;
        entry = std::move(info);
        added.push_back({entry.get(), std::move(of)});
    }
    const auto known = [&](oid type) {
        const auto found = known_.find(type);
        return found == known_.end() ? type_ref(type) : type_ref(type, found->second.get());
    };
    for (auto& [entry, of] : added) {
        entry->referred = known(of.referred);
        for (std::size_t i = 0; i < of.names.size() && i < of.types.size(); ++i)
            entry->attributes.push_back({std::move(of.names[i]), known(of.types[i])});
    }
}

#endif

} // namespace pgcoro::session
