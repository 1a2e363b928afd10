// The server's side of one connection that answers without working: from bytes to bytes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace benchmark {

using namespace std::string_literals;

/// The statement that the stub knows: a point select with one parameter of type int4, whose answer is always
/// the same row.
inline constexpr char stub_select[] = "select id, randomnumber from world where id = $1";
inline constexpr int stub_id = 4711, stub_randomnumber = 815;

/// How a client asks to be served by another of the stub's threads, from 0: with a number behind it.
inline constexpr std::string_view stub_set_thread = "set stub.thread = ";

/// Answers the messages of the extended protocol that pgcoro and libpq send (documentation: "Frontend/Backend
/// Protocol"). Every statement but the two above is an error of the server's.
class stub_session {
public:
    /// Answers the complete messages at the beginning of `input`. Returns how many bytes they were.
    std::size_t answer(std::string_view input, std::string& output) {
        std::size_t done = 0;
        while (!closed_) {
            const auto rest = input.substr(done);
            const std::size_t head = started_ ? 1 : 0; // a startup packet has no type
            if (rest.size() < head + 4) break;
            const std::size_t length = number(rest.substr(head));
            if (length < 4) return close(done);
            if (rest.size() < head + length) break;
            const auto body = rest.substr(head + 4, length - 4);
            started_ ? message(rest[0], body, output) : startup(body, output);
            done += head + length;
        }
        return done;
    }

    /// The client has said goodbye, or sent what is no message.
    bool is_closed() const noexcept { return closed_; }

    /// The thread that is to serve the client from now on; -1 if it did not ask.
    int wanted_thread() const noexcept { return wanted_thread_; }

private:
    enum class statement { none, select, set_thread };

    static std::uint32_t number(std::string_view bytes) noexcept {
        std::uint32_t n = 0;
        for (std::size_t i = 0; i < 4; ++i) n = n << 8 | static_cast<unsigned char>(bytes[i]);
        return n;
    }

    static std::string big_endian(std::uint32_t n, int bytes) {
        std::string text;
        for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>(n >> (8 * i) & 0xff);
        return text;
    }

    static std::string make(char type, const std::string& body) {
        return type + big_endian(static_cast<std::uint32_t>(body.size() + 4), 4) + body;
    }

    static std::string parameter_status(const char* name, const char* value) {
        return make('S', std::string(name) + '\0' + value + '\0');
    }

    /// @param format 1 for binary, which is known of a portal alone
    static std::string row_description(std::uint32_t format) {
        std::string body = big_endian(2, 2);
        for (const std::string name : {"id", "randomnumber"})
            body += name + '\0' + big_endian(0, 4) + big_endian(0, 2) + big_endian(23, 4) + big_endian(4, 2)
                    + big_endian(0xffffffff, 4) + big_endian(format, 2);
        return make('T', body);
    }

    static std::string row() {
        return make('D', big_endian(2, 2) + big_endian(4, 4) + big_endian(stub_id, 4) + big_endian(4, 4)
                             + big_endian(stub_randomnumber, 4));
    }

    /// All that is ever said, made once.
    struct answers {
        const std::string welcome = make('R', big_endian(0, 4)) + parameter_status("server_version", "15.0")
                                    + parameter_status("server_encoding", "UTF8")
                                    + parameter_status("client_encoding", "UTF8")
                                    + parameter_status("integer_datetimes", "on")
                                    + parameter_status("standard_conforming_strings", "on")
                                    + make('K', big_endian(1, 4) + big_endian(1, 4)) + make('Z', "I");
        const std::string ready = make('Z', "I"), parsed = make('1', ""), bound = make('2', ""),
                          closed = make('3', ""), no_rows = make('n', ""),
                          no_parameters = make('t', big_endian(0, 2)),
                          selected_statement =
                              make('t', big_endian(1, 2) + big_endian(23, 4)) + row_description(0),
                          selected_portal = row_description(1),
                          selected = row() + make('C', std::string("SELECT 1") + '\0'),
                          set = make('C', std::string("SET") + '\0'),
                          unknown = make('E', "SERROR\0VERROR\0C0A000\0Mthe stub does not know this\0\0"s);
    };

    static const answers& said() {
        static const answers all;
        return all;
    }

    std::size_t close(std::size_t done) {
        closed_ = true;
        return done;
    }

    void startup(std::string_view body, std::string& output) {
        const auto code = body.size() < 4 ? 0 : number(body);
        constexpr std::uint32_t ssl_request = 80877103, gss_request = 80877104, version_3 = 196608;
        if (code == ssl_request || code == gss_request) {
            output += 'N';
        } else if (code == version_3) {
            started_ = true;
            output += said().welcome;
        } else {
            closed_ = true; // among others a cancel request
        }
    }

    void message(char type, std::string_view body, std::string& output) {
        if (type == 'S') {
            failed_ = false;
            output += said().ready;
        } else if (type == 'X') {
            closed_ = true;
        } else if (failed_) {
            return; // up to the Sync
        } else if (type == 'P') {
            parse(body, output);
        } else if (type == 'B') {
            const auto portal_end = body.find('\0');
            if (portal_end == std::string_view::npos) return fail(output);
            bound_ = find(first_string(body.substr(portal_end + 1)));
            bound_ == statement::none ? fail(output) : void(output += said().bound);
        } else if (type == 'D') {
            describe(body, output);
        } else if (type == 'E') {
            output += bound_ == statement::select ? said().selected : said().set;
        } else if (type == 'C') {
            std::erase_if(statements_,
                          [name = first_string(body.substr(1))](const auto& s) { return s.first == name; });
            output += said().closed;
        } else if (type == 'Q') {
            output += said().unknown + said().ready;
        } else if (type != 'H') {
            fail(output);
        }
    }

    void parse(std::string_view body, std::string& output) {
        const auto name = first_string(body);
        const auto text = first_string(body.substr(std::min(name.size() + 1, body.size())));
        auto kind = statement::none;
        if (text == stub_select) {
            kind = statement::select;
        } else if (text.starts_with(stub_set_thread)) {
            kind = statement::set_thread;
            wanted_thread_ = 0;
            for (const char c : text.substr(stub_set_thread.size()))
                wanted_thread_ = 10 * wanted_thread_ + (c - '0');
        }
        if (kind == statement::none) return fail(output);
        std::erase_if(statements_, [name](const auto& s) { return s.first == name; });
        statements_.emplace_back(name, kind);
        output += said().parsed;
    }

    void describe(std::string_view body, std::string& output) {
        const bool portal = body.starts_with('P');
        switch (portal ? bound_ : find(first_string(body.substr(std::min<std::size_t>(1, body.size()))))) {
        case statement::select:
            output += portal ? said().selected_portal : said().selected_statement;
            break;
        case statement::set_thread:
            output += (portal ? "" : said().no_parameters) + said().no_rows;
            break;
        case statement::none:
            fail(output);
        }
    }

    void fail(std::string& output) {
        failed_ = true;
        output += said().unknown;
    }

    static std::string_view first_string(std::string_view bytes) noexcept {
        return bytes.substr(0, bytes.find('\0'));
    }

    statement find(std::string_view name) const noexcept {
        for (const auto& [known, kind] : statements_)
            if (known == name) return kind;
        return statement::none;
    }

    bool started_ = false, failed_ = false, closed_ = false;
    int wanted_thread_ = -1;
    statement bound_ = statement::none;
    std::vector<std::pair<std::string, statement>> statements_;
};

} // namespace benchmark
