// Ownership of a notification that libpq has read.
#pragma once

#include <pgcoro/libpq/features.hpp>

#include <memory>
#include <string_view>

namespace pgcoro::libpq {

/// A notification as it arrived, or none (documentation: "Asynchronous Notification").
class arrived_notification {
public:
    explicit arrived_notification(PGnotify* taken) noexcept : taken_(taken) {}

    explicit operator bool() const noexcept { return taken_ != nullptr; }
    std::string_view channel() const noexcept { return taken_->relname; }
    std::string_view payload() const noexcept { return taken_->extra; }
    int backend_pid() const noexcept { return taken_->be_pid; }

private:
    struct deleter {
        void operator()(PGnotify* taken) const noexcept { PQfreemem(taken); }
    };

    std::unique_ptr<PGnotify, deleter> taken_;
};

} // namespace pgcoro::libpq
