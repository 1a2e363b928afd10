// The lexer: tokens, placeholders, classes and faults of SQL text, and its hash.
#include <pgcoro/core/sql_lexer.hpp>
#include <pgcoro/core/sql_script.hpp>
#include <pgcoro/core/sql_tokens.hpp>
#include <pgcoro/core/statement_text.hpp>
#include <pgcoro/core/transaction_effect.hpp>

#include <doctest/doctest.h>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sql_lexer_tests {

using pgcoro::make_statement_text;
using pgcoro::sql_fault;
using pgcoro::statement_class;
using pgcoro::core::hash_sql;
using pgcoro::core::sql_summary;
using pgcoro::core::sql_token_kind;
using pgcoro::core::sql_tokenizer;
using pgcoro::core::summarize_sql;

using namespace std::literals;

namespace {

std::vector<std::string> tokens_of(std::string_view text) {
    std::vector<std::string> tokens;
    sql_tokenizer tokenizer(text);
    for (auto token = tokenizer.next(); token.kind != sql_token_kind::end; token = tokenizer.next())
        tokens.emplace_back(token.text);
    return tokens;
}

unsigned count(std::string_view text) { return summarize_sql(text).parameter_count; }
statement_class class_of(std::string_view text) { return summarize_sql(text).cls; }
using words = std::vector<std::string>;

} // namespace

TEST_CASE("blanks and comments are no tokens") {
    CHECK(tokens_of("select/* a */1 -- b\n,2\t\v\f\r\n") == words{"select", "1", ",", "2"});
    CHECK(tokens_of("/* a /* b */ c */ x") == words{"x"});
    CHECK(tokens_of("/**/x/***/y/*/**/*/z") == words{"x", "y", "z"});
    CHECK(tokens_of("a -- x\rb") == words{"a", "b"});
    CHECK(tokens_of("1 - -2 / *") == words{"1", "-", "-", "2", "/", "*"});
    CHECK(tokens_of("a*/*c*/b--").size() == 3);
}

TEST_CASE("strings, quoted identifiers and dollar quotes are one token each") {
    CHECK(tokens_of("'a''b' 'c'") == words{"'a''b'", "'c'"});
    CHECK(tokens_of("'a\\' b") == words{"'a\\'", "b"});
    CHECK(tokens_of("E'a\\' b' c") == words{"E'a\\' b'", "c"});
    CHECK(tokens_of("e'a\\\\' b") == words{"e'a\\\\'", "b"});
    CHECK(tokens_of("e'a'' b' c") == words{"e'a'' b'", "c"});
    CHECK(tokens_of("\"a\"\"b\" c") == words{"\"a\"\"b\"", "c"});
    CHECK(tokens_of("$$a $b$ 'c$$ d") == words{"$$a $b$ 'c$$", "d"});
    CHECK(tokens_of("$t$ $$ $T$ $u$t$ d") == words{"$t$ $$ $T$ $u$t$", "d"});
    CHECK(tokens_of("$\xc3\xa4_1$;$\xc3\xa4_1$ d") == words{"$\xc3\xa4_1$;$\xc3\xa4_1$", "d"});
    CHECK(tokens_of("B'01' x'ff' N'a' U&'b'")
          == words{"B", "'01'", "x", "'ff'", "N", "'a'", "U", "&", "'b'"});
}

TEST_CASE("a string with backslashes goes on after a newline") {
    CHECK(tokens_of("E'a'\n'b\\' c' d") == words{"E'a'\n'b\\' c'", "d"});
    CHECK(tokens_of("E'a' -- x\n -- y\n 'b\\'' d").size() == 2);
    CHECK(tokens_of("E'a' 'b\\' d") == words{"E'a'", "'b\\'", "d"});
    CHECK(tokens_of("E'a'\n, 'b\\' d") == words{"E'a'", ",", "'b\\'", "d"});
    CHECK(tokens_of("E'a'\n") == words{"E'a'"});
}

TEST_CASE("placeholders are found where they are placeholders") {
    CHECK(count("select 1") == 0);
    CHECK(count("select $1") == 1);
    CHECK(count("select $2, $1::int, $2") == 2);
    CHECK(summarize_sql("1$1 1e5$2 0xff$3 .5$4")
          == sql_summary{.cls = statement_class::exclusive, .parameter_count = 4});
    CHECK(count("select a[$1:$2], ($3), -$4, 1$5, 1e5$6, 0xff$7, $8abc") == 8);
    CHECK(count("select a$7, _$8, \xc3\xa4$9") == 0);
    CHECK(count("select '$1', \"$2\", $$ $3 $$, $a$ $4 $a$, E'\\'$5' /* $6 */ -- $7") == 0);
    CHECK(count("select E'a'\n'\\' $1'") == 0);
    CHECK(count("select 'a\\', $1, '") == 1);
    CHECK(count("select U&'\\', $1") == 1);
    CHECK(count("select ae'\\', $1 --'") == 1);
    CHECK(count("select $ 1, $, $a, $a b$") == 0);
    CHECK(count("select 1e-5, 1e--$1\n") == 0);
    CHECK(count("select $65535") == 65535);
}

TEST_CASE("the lowest missing placeholder is told") {
    CHECK(summarize_sql("select $1, $2").missing_parameter == 0);
    CHECK(summarize_sql("select $2").missing_parameter == 1);
    CHECK(summarize_sql("select $1, $4, $2").missing_parameter == 3);
    CHECK(summarize_sql("select $64").missing_parameter == 1);
    std::string many = "select $1";
    for (int i = 2; i <= 200; ++i) many += ",$" + std::to_string(i);
    CHECK(summarize_sql(many) == sql_summary{.cls = statement_class::shareable, .parameter_count = 200});
    CHECK(summarize_sql(many + ",$202").missing_parameter == 201);
    std::string first64 = "select $1";
    for (int i = 2; i <= 64; ++i) first64 += ",$" + std::to_string(i);
    CHECK(summarize_sql(first64).missing_parameter == 0);
    CHECK(summarize_sql(first64).parameter_count == 64);
    CHECK(summarize_sql(first64 + ",$65").missing_parameter == 0);
    CHECK(summarize_sql(first64 + ",$66").missing_parameter == 65);
}

TEST_CASE("a placeholder that the protocol cannot number is invalid") {
    CHECK(summarize_sql("select $0").invalid_placeholder);
    CHECK(summarize_sql("select $65536").invalid_placeholder);
    CHECK(summarize_sql("select $99999999999999999999999").invalid_placeholder);
    CHECK_FALSE(summarize_sql("select $0001").invalid_placeholder);
    CHECK(count("select $0001") == 1);
}

TEST_CASE("queries and changes of data are shareable") {
    for (const auto text :
         {"select 1", "SELECT 1", "Select 1 into t", "values (1)", "table t", "(select 1)",
          "((values (1)) union select 2)", "with a as (select 1) select * from a",
          "with a as (delete from t returning *) insert into u select * from a", "insert into t values (1)",
          "update t set a = 1", "delete from t", "merge into t using u on true when matched then delete",
          "  -- c\n /* d */ select 1", ";; select 1", "select 1;", "select 1 ; ; -- end"}) {
        CAPTURE(text);
        CHECK(class_of(text) == statement_class::shareable);
        CHECK_FALSE(summarize_sql(text).several_statements);
    }
}

TEST_CASE("whatever changes no session but is no query runs alone") {
    for (const auto text : {"create table t(a int)",
                            "call p()",
                            "do $$begin end$$",
                            "vacuum",
                            "explain analyze select 1",
                            "show all",
                            "cluster t",
                            "truncate t",
                            "notify a",
                            "selectx 1",
                            "select$ 1",
                            "\"select\" 1",
                            "'select'",
                            "1",
                            "(",
                            "()",
                            "1 begin",
                            "'a' commit",
                            "copy t from '/tmp/x'",
                            "copy t to program 'stdout'",
                            "copy t from program 'x' with (format csv)",
                            "copy stdin from '/x'",
                            "copy (select 1 from stdin) to '/x'",
                            "import foreign schema s from server x into y"}) {
        CAPTURE(text);
        CHECK(class_of(text) == statement_class::exclusive);
    }
}

TEST_CASE("what a shared connection must not see is told by its kind") {
    for (const auto text : {"begin", "BEGIN;", "start transaction", "commit", "end", "rollback to a", "abort",
                            "savepoint a", "release a", "commit prepared 'x'", "rollback prepared 'x'",
                            "prepare transaction 'x'", "/* c */ begin", "; begin", "(begin"}) {
        CAPTURE(text);
        CHECK(class_of(text) == statement_class::transaction_control);
    }
    for (const auto text : {"set a = 1", "set local a = 1", "reset all", "discard all"})
        CHECK(class_of(text) == statement_class::session_setting);
    for (const auto text : {"listen a", "unlisten *"}) CHECK(class_of(text) == statement_class::notification);
    for (const auto text :
         {"prepare a as select 1", "deallocate a", "execute a(1)", "prepare \"transaction\" as x",
          "prepare a as select transaction from t"})
        CHECK(class_of(text) == statement_class::prepared);
    for (const auto text : {"declare a cursor for select 1", "fetch all from a", "move a", "close a"})
        CHECK(class_of(text) == statement_class::cursor);
    CHECK(class_of("lock table t") == statement_class::lock);
    for (const auto text :
         {"copy t from stdin", "COPY t(a, b) FROM STDIN (FORMAT csv)", "copy t to stdout",
          "copy (select * from t) to /* c */ stdout", "copy \"from\".t from stdin", "copy t from stdout"}) {
        CAPTURE(text);
        CHECK(class_of(text) == statement_class::copy);
    }
}

TEST_CASE("text without a statement is empty") {
    for (const auto text : {"", "  \n", ";", " ; ; ", "-- select 1", "/* select 1 */"}) {
        CAPTURE(text);
        CHECK(class_of(text) == statement_class::empty);
        CHECK(make_statement_text(text, true).fault == sql_fault::empty);
    }
}

TEST_CASE("a second statement is noticed and an empty one is none") {
    CHECK(summarize_sql("select 1; select 2").several_statements);
    CHECK(summarize_sql("select 1;;(select 2)").several_statements);
    CHECK(summarize_sql("; select 1; select $1").parameter_count == 1);
    CHECK(summarize_sql("select 1; begin").cls == statement_class::shareable);
    for (const auto text :
         {"select ';'; -- ; x", "select \";\"", "select $$;$$;", "select 1 /* ; x */",
          "create rule r as on insert to t do also (insert into u values (1); delete from v)"}) {
        CAPTURE(text);
        CHECK_FALSE(summarize_sql(text).several_statements);
    }
}

TEST_CASE("semicolons in the body of an SQL function end no statement") {
    const std::string body = "begin atomic select case when true then 1 else 2 end; select 3; end";
    CHECK_FALSE(summarize_sql("create function f() returns int " + body).several_statements);
    CHECK_FALSE(summarize_sql("create or replace procedure p() " + body + ";").several_statements);
    CHECK(summarize_sql("create function f() returns int " + body + "; select 1").several_statements);
    CHECK(summarize_sql("create table t(a int); " + body).several_statements);
}

TEST_CASE("a string, quoted identifier or comment without an end is noticed") {
    for (const auto text :
         {"select 'a", "select 'a''", "select E'a\\'", "select E'a\\", "select \"a", "select $$a$",
          "select $a$ $A$", "select /* a /* b */", "/*", "/*/", "select E'a'\n'b", "select '"}) {
        CAPTURE(text);
        CHECK(summarize_sql(text).unterminated);
        CHECK(make_statement_text(text, true).fault == sql_fault::unterminated);
    }
    for (const auto text :
         {"select 'a' --", "select $a", "select 1 /", "select 1 -", "select E''", "select $a$$a$"}) {
        CAPTURE(text);
        CHECK_FALSE(summarize_sql(text).unterminated);
    }
}

TEST_CASE("a NUL byte is noticed wherever it is") {
    CHECK(summarize_sql("select 1\0"sv).contains_nul);
    CHECK(summarize_sql("select '\0'"sv).contains_nul);
    CHECK(make_statement_text("\0"sv, true).fault == sql_fault::contains_nul);
    CHECK_FALSE(summarize_sql("select 1").contains_nul);
}

TEST_CASE("any text is read to its end, whatever it is") {
    // Every prefix of a text that has all kinds of tokens, in memory that ends where the prefix does, so that
    // sanitizers see a read beyond it.
    const std::string text =
        "with a as (select E'\\'x'\n 'y', $q$ $$ $q$, U&\"d\"\"\", B'0', 1.5e+3, .5, $12 /* /* */ */ "
        "-- c\n) copy t from stdin; create function f() begin atomic case end; end; \xff\x80$\0"s;
    for (std::size_t n = 0; n <= text.size(); ++n) {
        const std::vector<char> copy(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(n));
        const std::string_view prefix(copy.data(), n);
        std::size_t total = 0;
        for (const std::string& token : tokens_of(prefix)) total += token.size();
        CHECK(total <= n);
        CHECK(summarize_sql(prefix).parameter_count <= 12);
        CHECK(make_statement_text(prefix, true).hash == hash_sql(text.substr(0, n)));
    }
}

TEST_CASE("the lexer and the hash work at compile time and agree with run time") {
    static constexpr std::string_view text =
        "select $1, $2 from \"a$7\" where b = $$ $9 $$ and E'\\'$5' = ''";
    constexpr auto known = make_statement_text(text, false);
    static_assert(known.parameter_count == 2 && known.cls == statement_class::shareable);
    static_assert(known.fault == sql_fault::none);
    const std::string copy(text);
    const auto at_run_time = make_statement_text(copy, true);
    CHECK(at_run_time.hash == known.hash);
    CHECK(at_run_time == known);
}

TEST_CASE("different texts have different hashes and are different statements") {
    std::set<std::uint64_t> hashes;
    std::size_t texts = 0;
    for (int i = 0; i < 2000; ++i, ++texts)
        hashes.insert(hash_sql("select * from table_" + std::to_string(i)));
    for (std::size_t n = 0; n < 100; ++n, ++texts) hashes.insert(hash_sql(std::string(n, 'x')));
    for (std::size_t n = 0; n < 60; ++n, ++texts) {
        std::string text(60, 'y');
        text[n] = 'z';
        hashes.insert(hash_sql(text));
    }
    for (char a = 'a'; a <= 'z'; ++a)
        for (char b = 'a'; b <= 'z'; ++b, ++texts)
            hashes.insert(hash_sql("select "s + a + "select "s + b + " from where"));
    CHECK(hashes.size() == texts);
    CHECK_FALSE(make_statement_text("select 1", false) == make_statement_text("select 2", false));
    // Tables take the low or the high bits: both differ from text to text.
    std::set<std::uint64_t> low, high;
    for (int i = 0; i < 256; ++i) {
        const auto hash = hash_sql("select " + std::to_string(i));
        low.insert(hash & 0xffff);
        high.insert(hash >> 48);
    }
    CHECK(low.size() > 240);
    CHECK(high.size() > 240);
}

TEST_CASE("a text is split into its statements as the server splits it") {
    const auto split = [](std::string_view text) {
        words found;
        pgcoro::core::sql_script statements(text);
        for (auto next = statements.next(); !next.text.empty(); next = statements.next()) found.emplace_back(next.text);
        return found;
    };
    CHECK(split("").empty());
    CHECK(split(" ;; -- a\n ; ").empty());
    CHECK(split("select 1") == words{"select 1"});
    CHECK(split(" ;select ';' ; /* ; */ begin;$$;$$;") == words{"select ';' ;", "begin;", "$$;$$;"});
    CHECK(split("create rule r as on insert to t do (select 1; select 2); end")
          == words{"create rule r as on insert to t do (select 1; select 2);", "end"});
    CHECK(split("create function f() returns int begin atomic select case when true then 1 end; select 2; end; select 3")
          == words{"create function f() returns int begin atomic select case when true then 1 end; select 2; end;",
                   "select 3"});
    CHECK(split("select 1; select 'a; select 2") == words{"select 1;", "select 'a; select 2"});
    CHECK(pgcoro::core::sql_script("(values (1)); x").next().cls == statement_class::shareable);
    CHECK(pgcoro::core::is_single_statement("; vacuum ; -- a"));
    CHECK_FALSE(pgcoro::core::is_single_statement("vacuum; select"));
}

TEST_CASE("what a statement does to its transaction is told by its first words") {
    using pgcoro::core::transaction_effect;
    const auto effect = [](const char* text) { return pgcoro::core::transaction_effect_of(text, class_of(text)); };
    for (const char* const text : {"begin", "BEGIN work", "start transaction read only"})
        CHECK(effect(text) == transaction_effect::begins);
    for (const char* const text : {"commit", "end", "abort", "rollback", "rollback work", "rollback and chain",
                                   "commit and no chain", "prepare transaction 'to'", "rollback prepared 'a'"}) {
        CAPTURE(text);
        CHECK(effect(text) == transaction_effect::ends);
    }
    CHECK(effect("set transaction isolation level serializable") == transaction_effect::governs);
    for (const char* const text : {"select 1", "savepoint a", "release a", "rollback to a", "ROLLBACK WORK TO SAVEPOINT a",
                                   "rollback transaction to a", "set local a = 1", "set a = 1", "reset all",
                                   "set session characteristics as transaction read only", "prepare a as select 1", "vacuum"}) {
        CAPTURE(text);
        CHECK(effect(text) == transaction_effect::none);
    }
}

} // namespace sql_lexer_tests
