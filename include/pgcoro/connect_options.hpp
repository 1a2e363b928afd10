// Door to connect_options.
#pragma once

#include <pgcoro/session/connect_options.hpp>
