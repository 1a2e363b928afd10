// All built-in codecs.
#pragma once

#include <pgcoro/types/arrays.hpp>
#include <pgcoro/types/boolean.hpp>
#include <pgcoro/types/bytea.hpp>
#include <pgcoro/types/codec.hpp>
#include <pgcoro/types/codec_as.hpp>
#include <pgcoro/types/date.hpp>
#include <pgcoro/types/enums.hpp>
#include <pgcoro/types/floats.hpp>
#include <pgcoro/types/hstore.hpp>
#include <pgcoro/types/integers.hpp>
#include <pgcoro/types/interval.hpp>
#include <pgcoro/types/intervals.hpp>
#include <pgcoro/types/money.hpp>
#include <pgcoro/types/numeric.hpp>
#include <pgcoro/types/numeric_codec.hpp>
#include <pgcoro/types/pgvector.hpp>
#include <pgcoro/types/text.hpp>
#include <pgcoro/types/time.hpp>
#include <pgcoro/types/time_of_day.hpp>
#include <pgcoro/types/timestamp.hpp>
#include <pgcoro/types/timetz.hpp>
#include <pgcoro/types/uuid.hpp>
