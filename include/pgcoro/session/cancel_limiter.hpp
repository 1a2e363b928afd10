// Keeps a storm of timeouts from opening a storm of connections.
#pragma once

#include <boost/intrusive/list.hpp>

#include <cstddef>

namespace pgcoro::session {

/// Each cancel request takes a connection of its own to the server. Of those that belong together, the connections of a
/// pool, only so many are under way at once; the others wait in line. Confined to the home executor.
class cancel_limiter {
public:
    using hook = boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

    /// Who wants to cancel something. Leaves the line by being destroyed.
    class applicant : public hook {
    public:
        /// It is its turn: it either calls `admit` once more or does not want to any more.
        virtual void cancel_now() = 0;

    protected:
        ~applicant() = default;
    };

    explicit cancel_limiter(std::size_t limit) noexcept : limit_(limit) {}

    /// Whether a request may be sent now, of which `done` tells the end. Else `cancel_now` will be called.
    bool admit(applicant& who) {
        if (under_way_ < limit_) {
            ++under_way_;
            return true;
        }
        if (!who.is_linked()) line_.push_back(who);
        return false;
    }

    /// A request that was admitted is over.
    void done() {
        --under_way_;
        while (under_way_ < limit_ && !line_.empty()) {
            auto& next = line_.front();
            line_.pop_front();
            next.cancel_now();
        }
    }

private:
    const std::size_t limit_;
    std::size_t under_way_ = 0;
    boost::intrusive::list<applicant, boost::intrusive::constant_time_size<false>> line_;
};

} // namespace pgcoro::session
