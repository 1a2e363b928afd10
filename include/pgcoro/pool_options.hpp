// Door to pool_options.
#pragma once

#include <pgcoro/pool/pool_options.hpp>
