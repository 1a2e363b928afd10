// Door to the codecs and to what customises them.
#pragma once

#include <pgcoro/mapping/composite.hpp>
#include <pgcoro/mapping/mapping.hpp>
#include <pgcoro/types/types.hpp>
