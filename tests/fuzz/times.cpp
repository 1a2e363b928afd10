// Dates, times, timestamps and intervals.
#include "fuzz.hpp"

#include <chrono>

namespace oids = pgcoro::oids;
namespace chrono = std::chrono;

static constexpr pgcoro::type_ref types[] = {oids::date, oids::time, oids::timetz, oids::timestamp, oids::timestamptz,
                                             oids::interval};

PGCORO_FUZZ_VALUES(types, chrono::sys_days, chrono::local_days, chrono::year_month_day, pgcoro::time_of_day,
                   chrono::hh_mm_ss<chrono::microseconds>, pgcoro::timetz, chrono::sys_time<chrono::microseconds>,
                   chrono::local_time<chrono::microseconds>, chrono::sys_time<chrono::nanoseconds>, chrono::sys_seconds,
                   pgcoro::interval, chrono::microseconds, chrono::hours)
