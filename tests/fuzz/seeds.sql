-- Makes the seeds of the fuzz targets from what the server's send functions make of literals:
--
--     cd tests/fuzz && psql --no-psqlrc --quiet --tuples-only --no-align --file seeds.sql "$PGCORO_TEST_DSN"
--
-- as a role that may create extensions. A line of a seed file is an input in hexadecimal digits: the place of the type in
-- the target's list, and the bytes of the value.

\set ON_ERROR_STOP on
begin;
create extension if not exists hstore;
create extension if not exists ltree;

-- Types of the target "records", which have identifiers of their own there.
create type pg_temp.street as (number int, name text);
create type pg_temp.house as (at pg_temp.street, others pg_temp.street[]);

create function pg_temp.input(place int, value bytea, what text) returns text language sql as $$
    select coalesce(lpad(to_hex(place), 2, '0'), '') || encode(value, 'hex') || '   # ' || translate(what, E'\n\t', '  ')
$$;

create function pg_temp.value_of(type text, literal text) returns bytea language plpgsql as $$
declare
    value bytea;
begin
    execute format('select %s(%L::%s)', (select typsend from pg_type where oid = type::regtype), literal, type) into value;
    return value;
end $$;

create function pg_temp.seeds(place int, type text, variadic literals text[]) returns setof text language sql as $$
    select pg_temp.input(place, pg_temp.value_of(type, literal), type || ' ' || literal) from unnest(literals) literal
$$;

create function pg_temp.texts(place int, variadic literals text[]) returns setof text language sql as $$
    select pg_temp.input(place, convert_to(literal, 'utf8'), literal) from unnest(literals) literal
$$;

-- With the identifiers that the target gives to the types of this session.
create function pg_temp.with_known_types(line text) returns text language sql as $$
    select replace(replace(line, lpad(to_hex('pg_temp.street'::regtype::oid::int), 8, '0'), lpad(to_hex(20001), 8, '0')),
                   lpad(to_hex('pg_temp.street[]'::regtype::oid::int), 8, '0'), lpad(to_hex(20002), 8, '0'))
$$;

\o seeds/numbers.txt
select pg_temp.seeds(0, 'int2', '0', '1', '-1', '32767', '-32768');
select pg_temp.seeds(1, 'int4', '0', '2147483647', '-2147483648');
select pg_temp.seeds(2, 'int8', '0', '9223372036854775807', '-9223372036854775808');
select pg_temp.seeds(3, 'float4', '0', '-0', '1.5', '1e-45', '3.4028235e38', 'nan', 'infinity', '-infinity');
select pg_temp.seeds(4, 'float8', '0', '-0', '0.1', '5e-324', '1.7976931348623157e308', 'nan', 'infinity', '-infinity');
select pg_temp.seeds(5, 'numeric', '0', '0.00', '1', '-1.50', '10000', '0.0001', '123456789012345678901234567890.123456789',
                     '1e100', '1e-100', 'nan', 'infinity', '-infinity');
select pg_temp.seeds(6, 'money', '0', '1.23', '-92233720368547758.08');
select pg_temp.seeds(7, 'oid', '0', '4294967295');
select pg_temp.seeds(8, 'xid8', '0', '18446744073709551615');
select pg_temp.seeds(9, 'bool', 't', 'f');
select pg_temp.seeds(10, '"char"', 'a', '');

\o seeds/times.txt
select pg_temp.seeds(0, 'date', '2000-01-01', '4714-11-24 BC', '5874897-12-31', 'infinity', '-infinity', '2024-02-29');
select pg_temp.seeds(1, 'time', '00:00', '24:00', '12:34:56.789012', '23:59:59.999999');
select pg_temp.seeds(2, 'timetz', '00:00+00', '24:00-15:59:59', '12:34:56.789+02:30');
select pg_temp.seeds(3, 'timestamp', '2000-01-01', '4714-11-24 00:00 BC', '294247-01-10 04:00:54.775806', 'infinity', '-infinity');
select pg_temp.seeds(4, 'timestamptz', '1970-01-01 00:00+00', '2024-02-29 12:34:56.789012+02', 'infinity', '-infinity');
select pg_temp.seeds(5, 'interval', '0', '1 year 2 mons -3 days 04:05:06.7', '178956970 years 7 mons', '-2147483648 days',
                     '9223372036854775807 us');

\o seeds/network_and_bits.txt
select pg_temp.seeds(0, 'inet', '0.0.0.0', '192.168.1.1/24', '::', '2001:db8::1/64', '::ffff:1.2.3.4/128');
select pg_temp.seeds(1, 'cidr', '10.0.0.0/8', '0.0.0.0/0', '2001:db8::/32', '::/0');
select pg_temp.seeds(2, 'macaddr', '08:00:2b:01:02:03');
select pg_temp.seeds(3, 'macaddr8', '08:00:2b:ff:fe:01:02:03');
select pg_temp.seeds(4, 'bit(9)', '101010101', '000000000');
select pg_temp.seeds(5, 'varbit', '', '1', '101010101', '11111111', '0000000000000001');

\o seeds/geometry.txt
select pg_temp.seeds(0, 'point', '(0,0)', '(1.5,-2.5)', '(nan,infinity)');
select pg_temp.seeds(1, 'line', '{1,-1,0}', '{0,1,-2.5}');
select pg_temp.seeds(2, 'lseg', '[(0,0),(1,1)]');
select pg_temp.seeds(3, 'box', '(1,1),(0,0)');
select pg_temp.seeds(4, 'path', '[(0,0),(1,1),(2,0)]', '((0,0),(1,1))', '[(1,2)]');
select pg_temp.seeds(5, 'polygon', '((0,0),(1,1),(2,0))', '((1,2))');
select pg_temp.seeds(6, 'circle', '<(0,0),1>', '<(1,2),0>');

\o seeds/text_search.txt
select pg_temp.seeds(0, 'tsvector', '', 'a', 'a:1 b:2A,3B c:16383D', '''it''''s'':1 ''\\\\'':2', 'fat:2,4 cat:3 rat:5A');
select pg_temp.seeds(1, 'tsquery', '', 'a', '!a', 'a & b | !c', 'a <-> b <3> c', 'super:*AB & ''it''''s''', '!(a | !(b & c))');

\o seeds/texts.txt
select pg_temp.seeds(0, 'text', '', 'a', 'Grüße');
select pg_temp.seeds(1, 'bytea', '', '\x00ff', '\xdeadbeef');
select pg_temp.seeds(2, 'jsonb', '{}', '[1, null, "a"]');
select pg_temp.seeds(3, 'jsonpath', '$.a[*] ? (@ > 1)');
select pg_temp.seeds(4, 'uuid', '00000000-0000-0000-0000-000000000000', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11');
select pg_temp.seeds(5, 'tid', '(0,1)', '(4294967295,65535)');
select pg_temp.seeds(6, 'pg_lsn', '0/0', 'FFFFFFFF/FFFFFFFF');
select pg_temp.seeds(7, 'pg_snapshot', '10:10:', '10:20:10,14,15');

\o seeds/arrays.txt
select pg_temp.seeds(0, 'int4[]', '{}', '{1}', '{1,NULL,3}', '{{1,2},{3,4}}', '[2:3][-1:0]={{1,2},{3,4}}', '{{{{{{7}}}}}}');
select pg_temp.seeds(1, 'text[]', '{}', '{a,"b c",NULL,""}', '{{a},{b}}', '{"\"\\{}"}');
select pg_temp.seeds(2, 'numeric[]', '{1.5,-2,1000000}', '{NaN}');
select pg_temp.seeds(3, 'box[]', '{(1,1),(0,0);(2,2),(1,1)}');
select pg_temp.seeds(4, 'oidvector', '', '1 2 3');
select pg_temp.seeds(5, 'int4range[]', '{"[1,5)",empty,NULL}');

\o seeds/ranges.txt
select pg_temp.seeds(0, 'int4range', 'empty', '[1,5)', '(,5)', '[1,)', '(,)');
select pg_temp.seeds(1, 'numrange', 'empty', '[1.5,2.5]', '(1.5,2.5)', '(,0]');
select pg_temp.seeds(2, 'tstzrange', '[2000-01-01 00:00+00,2001-01-01 00:00+00)', '[-infinity,infinity]');
select pg_temp.seeds(3, 'daterange', '[2000-01-01,2000-02-01)', '(,infinity)');
select pg_temp.seeds(4, 'int4multirange', '{}', '{[1,2),[4,5)}', '{(,)}');
select pg_temp.seeds(5, 'nummultirange', '{[1.5,2.5],(3,4)}');
select pg_temp.seeds(6, 'datemultirange', '{[2000-01-01,2000-02-01),[2001-01-01,)}');

\o seeds/records.txt
select pg_temp.input(0, record_send(row(1, 'a'::text)), 'row(1, ''a'')'), pg_temp.input(0, record_send(row(1, null::text)), 'row(1, null)')
\g (recordsep='\n' fieldsep='\n')
select pg_temp.input(0, record_send(row(5, row(1, 'a'::text))), 'row(5, row(1, ''a''))');
select pg_temp.input(0, record_send(row(row(1, 'a'::text), array[1, 2])), 'row(row(1, ''a''), array[1, 2])');
select pg_temp.input(1, array_send(array[row(1, 'a'::text), row(2, null::text)]), 'array of records');
select pg_temp.with_known_types(pg_temp.seeds(2, 'pg_temp.street', '(1,a)', '(,a)', '(7,"a ""b"", c")'));
select pg_temp.with_known_types(pg_temp.seeds(3, 'pg_temp.house', '("(1,a)",{})', '("(,a)","{""(1,b)"",""(,c)""}")'));

\o seeds/extensions.txt
select pg_temp.seeds(0, 'hstore', '', 'a=>1', 'a=>NULL,"b c"=>"\"\\"');
select pg_temp.seeds(1, 'ltree', '', 'a', 'Top.Science.Astronomy');
select unnest(array['02000200003f800000c0200000   # vector [1,-2.5]', '0200000000   # vector []',
                    '03000200003c00c000   # halfvec [1,-2]', '04000000050000000200000000000000000000000' || '23fc0000040000000   # sparsevec {1:1.5,3:2}/5']);

\o seeds/literals.txt
select pg_temp.texts(0, '0', '-1.50', '1e10', '.5', 'NaN', 'Infinity', '-inf');
select pg_temp.texts(1, '1 year 2 mons -3 days 04:05:06.7', '@ 1 year ago', '+1-2 -3 +4:05:06.7', 'P1Y2M-3DT4H5M6.7S', '1.5 hours',
                     'infinity');
select pg_temp.texts(2, '00:00', '24:00:00', '12:34:56.789');
select pg_temp.texts(3, '12:34:56+02', '24:00-15:59:59');
select pg_temp.texts(4, '192.168.1.1/24', '2001:db8::1', '::ffff:1.2.3.4/96');
select pg_temp.texts(5, '10.0.0.0/8', '10', '2001:db8::/32');
select pg_temp.texts(6, '08:00:2b:01:02:03', '08002b:010203', '0800.2b01.0203');
select pg_temp.texts(7, '08:00:2b:ff:fe:01:02:03', '08002b010203');
select pg_temp.texts(8, '', '101');
select pg_temp.texts(9, '(1.5,-2)', '1,2');
select pg_temp.texts(10, '{1,-1,0}', ' { 0 , 1 , -2.5e3 } ');
select pg_temp.texts(11, '[(0,0),(1,1)]', '0,0,1,1');
select pg_temp.texts(12, '(1,1),(0,0)');
select pg_temp.texts(13, '[(0,0),(1,1)]', '((0,0),(1,1))', '0,0,1,1');
select pg_temp.texts(14, '((0,0),(1,1),(2,0))');
select pg_temp.texts(15, '<(0,0),1>', '((0,0),1)');
select pg_temp.texts(16, '''a'':1A,2 ''b''', 'fat:2,4 cat:3', '''it''''s''');
select pg_temp.texts(17, '''a'' & !''b''', 'a <-> b <3> (c | d:*AB)', '');
select pg_temp.texts(18, '(0,1)');
select pg_temp.texts(19, '16/B374D848');
select pg_temp.texts(20, '10:20:10,14,15');
select pg_temp.texts(21, '[1,5)', 'empty', '(,)', ' [ 1 , 2 ] ');
select pg_temp.texts(22, '(1.5,"2.5"]', '[,3)');
select pg_temp.texts(23, '{}', '{[1,2),[4,5)}');
select pg_temp.texts(24, '{}', '{1,NULL,3}', '[2:3][0:0]={{1},{2}}');
select pg_temp.texts(25, '{a,"b \"c\"",NULL}', '{{a},{""}}');
select pg_temp.texts(26, '[1,-2.5]', '[]');
select pg_temp.texts(27, '{1:1.5,3:2}/5', '{}/3');

\o seeds/copy_rows.txt
select encode('\x5047434f50590aff0d0a000000000000000000'::bytea || '\x000300000004'::bytea || int4send(7) || '\x00000001'::bytea
              || textsend('a') || int4send(length(array_send(array[1, 2]))) || array_send(array[1, 2])
              || '\x000300000004'::bytea || int4send(8) || int4send(-1) || int4send(length(array_send('{}'::int[])))
              || array_send('{}'::int[]) || '\xffff'::bytea, 'hex') || '   # two rows';

\o seeds/sql.txt
select pg_temp.texts(null, 'select 1', 'select $1, $2 from t where a = ''it''''s'' -- comment', 'insert into t values (E''\'''')',
                     '/* a /* nested */ comment */ select "x""y" from t;', 'select $tag$ $$ $tag$', 'begin; select 1', 'select 1.5e-3 + .5',
                     'create function f() returns int begin atomic select 1; end', 'U&"d\0061t" B''01'' X''1F''', '(select 1) union values (2)',
                     'copy t from stdin', 'with x as (delete from t returning *) table x', 'select a ->> ''$1''', 'select $0');
\o
rollback;
