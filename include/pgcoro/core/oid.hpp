// Object identifiers of PostgreSQL's built-in data types.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace pgcoro {

/// A PostgreSQL object identifier (documentation: "Object Identifier Types"). 0 means none.
using oid = std::uint32_t;

/// The identifiers that every server gives its built-in types (its file `pg_type.dat`).
/// Types that users and extensions make have identifiers of 16384 and above, which differ by database.
namespace oids {
inline constexpr oid boolean = 16, bytea = 17, char_ = 18, name = 19, int8 = 20, int2 = 21, int2vector = 22, int4 = 23,
                     regproc = 24, text = 25, oid_ = 26, tid = 27, xid = 28, cid = 29, oidvector = 30, json = 114,
                     xml = 142, xid8 = 5069, point = 600, lseg = 601, path = 602, box = 603, polygon = 604, line = 628,
                     float4 = 700, float8 = 701, unknown = 705, circle = 718, money = 790, macaddr = 829, inet = 869,
                     cidr = 650, macaddr8 = 774, bpchar = 1042, varchar = 1043, date = 1082, time = 1083,
                     timestamp = 1114, timestamptz = 1184, interval = 1186, timetz = 1266, bit = 1560, varbit = 1562,
                     numeric = 1700, refcursor = 1790, regprocedure = 2202, regoper = 2203, regoperator = 2204,
                     regclass = 2205, regtype = 2206, void_ = 2278, record = 2249, uuid = 2950, txid_snapshot = 2970,
                     pg_lsn = 3220, tsvector = 3614, tsquery = 3615, regconfig = 3734, regdictionary = 3769,
                     jsonb = 3802, int4range = 3904, numrange = 3906, tsrange = 3908, tstzrange = 3910,
                     daterange = 3912, int8range = 3926, jsonpath = 4072, regnamespace = 4089, regrole = 4096,
                     regcollation = 4191, int4multirange = 4451, nummultirange = 4532, tsmultirange = 4533,
                     tstzmultirange = 4534, datemultirange = 4535, int8multirange = 4536, pg_snapshot = 5038,
                     pg_node_tree = 194, aclitem = 1033, cstring = 2275, anyarray = 2277, pg_ndistinct = 3361,
                     pg_dependencies = 3402, gtsvector = 3642, pg_brin_bloom_summary = 4600,
                     pg_brin_minmax_multi_summary = 4601, pg_mcv_list = 5017;
inline constexpr oid bool_array = 1000, bytea_array = 1001, char_array = 1002, name_array = 1003, int2_array = 1005,
                     int4_array = 1007, text_array = 1009, bpchar_array = 1014, varchar_array = 1015,
                     int8_array = 1016, float4_array = 1021, float8_array = 1022, oid_array = 1028,
                     timestamp_array = 1115, date_array = 1182, time_array = 1183, timestamptz_array = 1185,
                     numeric_array = 1231, json_array = 199, uuid_array = 2951, jsonb_array = 3807, aclitem_array = 1034;

/// The first identifier that a server gives to what users and extensions create (`FirstNormalObjectId`).
inline constexpr oid first_user_defined = 16384;
} // namespace oids

/// The SQL name of a built-in type ("integer", "timestamp with time zone", "text[]"); empty for one that is not in the
/// table.
inline std::string_view known_type_name(oid type) noexcept {
    struct entry {
        oid type;
        std::string_view name;
    };
    static constexpr entry names[] = {
        {oids::boolean, "boolean"}, {oids::bytea, "bytea"}, {oids::char_, "\"char\""}, {oids::name, "name"},
        {oids::int8, "bigint"}, {oids::int2, "smallint"}, {oids::int4, "integer"}, {oids::regproc, "regproc"},
        {oids::text, "text"}, {oids::oid_, "oid"}, {oids::tid, "tid"}, {oids::xid, "xid"}, {oids::cid, "cid"},
        {oids::json, "json"}, {oids::xml, "xml"}, {oids::xid8, "xid8"}, {oids::float4, "real"},
        {oids::float8, "double precision"}, {oids::unknown, "unknown"}, {oids::money, "money"},
        {oids::macaddr, "macaddr"}, {oids::inet, "inet"}, {oids::cidr, "cidr"}, {oids::macaddr8, "macaddr8"},
        {oids::bpchar, "character"}, {oids::varchar, "character varying"}, {oids::date, "date"},
        {oids::time, "time without time zone"}, {oids::timestamp, "timestamp without time zone"},
        {oids::timestamptz, "timestamp with time zone"}, {oids::interval, "interval"},
        {oids::timetz, "time with time zone"}, {oids::bit, "bit"}, {oids::varbit, "bit varying"},
        {oids::numeric, "numeric"}, {oids::refcursor, "refcursor"}, {oids::void_, "void"},
        {oids::record, "record"}, {oids::uuid, "uuid"}, {oids::pg_lsn, "pg_lsn"}, {oids::jsonb, "jsonb"},
        {oids::jsonpath, "jsonpath"}, {oids::int2vector, "int2vector"}, {oids::oidvector, "oidvector"},
        {oids::point, "point"}, {oids::lseg, "lseg"}, {oids::path, "path"}, {oids::box, "box"},
        {oids::polygon, "polygon"}, {oids::line, "line"}, {oids::circle, "circle"},
        {oids::regprocedure, "regprocedure"}, {oids::regoper, "regoper"}, {oids::regoperator, "regoperator"},
        {oids::regclass, "regclass"}, {oids::regtype, "regtype"}, {oids::regconfig, "regconfig"},
        {oids::regdictionary, "regdictionary"}, {oids::regnamespace, "regnamespace"}, {oids::regrole, "regrole"},
        {oids::regcollation, "regcollation"}, {oids::txid_snapshot, "txid_snapshot"},
        {oids::pg_snapshot, "pg_snapshot"}, {oids::tsvector, "tsvector"}, {oids::tsquery, "tsquery"},
        {oids::int4range, "int4range"}, {oids::int8range, "int8range"}, {oids::numrange, "numrange"},
        {oids::tsrange, "tsrange"}, {oids::tstzrange, "tstzrange"}, {oids::daterange, "daterange"},
        {oids::int4multirange, "int4multirange"}, {oids::int8multirange, "int8multirange"},
        {oids::nummultirange, "nummultirange"}, {oids::tsmultirange, "tsmultirange"},
        {oids::tstzmultirange, "tstzmultirange"}, {oids::datemultirange, "datemultirange"},
        {oids::pg_node_tree, "pg_node_tree"}, {oids::aclitem, "aclitem"}, {oids::cstring, "cstring"},
        {oids::anyarray, "anyarray"}, {oids::pg_ndistinct, "pg_ndistinct"}, {oids::pg_dependencies, "pg_dependencies"},
        {oids::gtsvector, "gtsvector"}, {oids::pg_mcv_list, "pg_mcv_list"},
        {oids::pg_brin_bloom_summary, "pg_brin_bloom_summary"},
        {oids::pg_brin_minmax_multi_summary, "pg_brin_minmax_multi_summary"}, {oids::aclitem_array, "aclitem[]"},
        {oids::bool_array, "boolean[]"}, {oids::bytea_array, "bytea[]"},
        {oids::char_array, "\"char\"[]"}, {oids::name_array, "name[]"}, {oids::int2_array, "smallint[]"},
        {oids::int4_array, "integer[]"}, {oids::text_array, "text[]"}, {oids::bpchar_array, "character[]"},
        {oids::varchar_array, "character varying[]"}, {oids::int8_array, "bigint[]"},
        {oids::float4_array, "real[]"}, {oids::float8_array, "double precision[]"}, {oids::oid_array, "oid[]"},
        {oids::timestamp_array, "timestamp without time zone[]"}, {oids::date_array, "date[]"},
        {oids::time_array, "time without time zone[]"},
        {oids::timestamptz_array, "timestamp with time zone[]"}, {oids::numeric_array, "numeric[]"},
        {oids::json_array, "json[]"}, {oids::uuid_array, "uuid[]"}, {oids::jsonb_array, "jsonb[]"}};
    for (const auto& entry : names)
        if (entry.type == type) return entry.name;
    return {};
}

/// The same for messages; "type with OID n" for a type that is not in the table.
std::string type_name(oid type);

} // namespace pgcoro

#if PGCORO_HAS_DEFINITIONS
#include <pgcoro/core/oid_definitions.hpp>
#endif
