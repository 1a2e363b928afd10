// Everything about errors: the exception, its codes, kinds and texts.
#pragma once

#include <pgcoro/core/conversion_error.hpp>
#include <pgcoro/core/diagnostics.hpp>
#include <pgcoro/core/errc.hpp>
#include <pgcoro/core/error.hpp>
#include <pgcoro/core/error_kind.hpp>
#include <pgcoro/core/error_text.hpp>
#include <pgcoro/core/sqlstate.hpp>
