// Everything of the client, but for `integration/` and `testing/`.
#pragma once

#include <pgcoro/batch.hpp>
#include <pgcoro/connect_options.hpp>
#include <pgcoro/connection.hpp>
#include <pgcoro/copy.hpp>
#include <pgcoro/error.hpp>
#include <pgcoro/lease.hpp>
#include <pgcoro/listener.hpp>
#include <pgcoro/operation.hpp>
#include <pgcoro/parallel.hpp>
#include <pgcoro/pool.hpp>
#include <pgcoro/pool_options.hpp>
#include <pgcoro/prepare.hpp>
#include <pgcoro/query.hpp>
#include <pgcoro/result.hpp>
#include <pgcoro/sharded_pool.hpp>
#include <pgcoro/sql.hpp>
#include <pgcoro/statement.hpp>
#include <pgcoro/stream.hpp>
#include <pgcoro/transaction.hpp>
#include <pgcoro/types.hpp>
#include <pgcoro/verify.hpp>
