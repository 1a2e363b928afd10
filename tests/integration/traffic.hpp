// What a connection sends, as libpq sees it.
#pragma once

#include <pgcoro/pgcoro.hpp>

#include <cstdio>
#include <libpq-fe.h>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace pgcoro::testing {

/// Records the messages of a connection from now on (documentation: `PQtrace`). Each Sync that is sent costs a round trip,
/// if its answer is waited for.
class traffic {
public:
    template <class Handle>
    explicit traffic(const Handle& of) : conn_(of.native_handle()), file_(std::tmpfile()) {
        if (conn_ == nullptr || !file_) throw std::runtime_error("nothing to trace");
        PQtrace(conn_, file_.get());
    }

    traffic(const traffic&) = delete;
    ~traffic() { stop(); }

    /// To be called while the connection lives, if it ends before this object does.
    void stop() noexcept {
        if (conn_ != nullptr) PQuntrace(conn_);
        conn_ = nullptr;
    }

    /// The kinds of message sent so far, such as "Parse".
    std::vector<std::string> sent() const { return kinds('F'); }
    std::vector<std::string> received() const { return kinds('B'); }

    int count_sent(std::string_view kind) const {
        int count = 0;
        for (const auto& sent_kind : sent()) count += sent_kind == kind;
        return count;
    }

private:
    /// A line: time, direction, length, kind, content, separated by tabs.
    std::vector<std::string> kinds(char direction) const {
        std::fflush(file_.get());
        std::vector<std::string> found;
        std::string text(static_cast<std::size_t>(std::ftell(file_.get())), '\0');
        std::rewind(file_.get());
        text.resize(std::fread(text.data(), 1, text.size(), file_.get()));
        for (std::size_t at = 0; at < text.size();) {
            const auto end = std::min(text.find('\n', at), text.size());
            const auto line = std::string_view(text).substr(at, end - at);
            at = end + 1;
            const auto one = line.find('\t'), two = line.find('\t', one + 1), three = line.find('\t', two + 1);
            if (three == line.npos || line[one + 1] != direction) continue;
            const auto kind = line.substr(three + 1);
            found.emplace_back(kind.substr(0, std::min(kind.find('\t'), kind.size())));
        }
        return found;
    }

    struct closer {
        void operator()(std::FILE* file) const noexcept { std::fclose(file); }
    };

    PGconn* conn_;
    std::unique_ptr<std::FILE, closer> file_;
};

} // namespace pgcoro::testing
