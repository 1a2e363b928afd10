// expect: set_reset_discard_need_a_lease_from_acquire_or_session_settings
#include <pgcoro/statement.hpp>

constexpr pgcoro::statement<void()> more_memory{"set work_mem = '1GB'"};
