// How many cancel requests may be under way at once.
#include <pgcoro/session/cancel_limiter.hpp>

#include <doctest/doctest.h>
#include <optional>
#include <vector>

using pgcoro::session::cancel_limiter;

namespace cancel_limiter_tests {

class applicant final : public cancel_limiter::applicant {
public:
    explicit applicant(cancel_limiter& at) : at_(&at) {}

    void ask() { under_way = at_->admit(*this); }
    void end() {
        under_way = false;
        at_->done();
    }
    void cancel_now() override {
        ++turns;
        if (wants) ask();
    }

    bool under_way = false, wants = true;
    int turns = 0;

private:
    cancel_limiter* at_;
};

} // namespace cancel_limiter_tests

using cancel_limiter_tests::applicant;

TEST_CASE("no more cancel requests than the limit are under way, and the others have their turn in order") {
    cancel_limiter limiter(2);
    applicant a(limiter), b(limiter), c(limiter), d(limiter);
    for (auto* each : {&a, &b, &c, &d}) each->ask();
    CHECK(a.under_way);
    CHECK(b.under_way);
    CHECK_FALSE(c.under_way);
    CHECK_FALSE(d.under_way);
    b.end();
    CHECK(c.under_way);
    CHECK_FALSE(d.under_way);
    a.end();
    CHECK(d.under_way);
}

TEST_CASE("who waits in line to cancel and asks again keeps its one place") {
    cancel_limiter limiter(1);
    applicant a(limiter), b(limiter), c(limiter);
    for (auto* each : {&a, &b, &c, &b}) each->ask();
    a.end();
    CHECK(b.under_way);
    b.end();
    CHECK(b.turns == 1);
    CHECK(c.under_way);
}

TEST_CASE("a turn to cancel that is not wanted any more goes to the next") {
    cancel_limiter limiter(1);
    applicant a(limiter), b(limiter), c(limiter);
    for (auto* each : {&a, &b, &c}) each->ask();
    b.wants = false;
    a.end();
    CHECK(b.turns == 1);
    CHECK_FALSE(b.under_way);
    CHECK(c.under_way);
}

TEST_CASE("who is gone has no turn to cancel") {
    cancel_limiter limiter(1);
    applicant a(limiter), c(limiter);
    std::optional<applicant> b(limiter);
    for (auto* each : {&a, &*b, &c}) each->ask();
    b.reset();
    a.end();
    CHECK(c.under_way);
}
