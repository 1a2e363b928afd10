// Storing and fetching many rows by COPY.
#pragma once

#include <pgcoro/copy_options.hpp>
#include <pgcoro/copy_reader.hpp>
#include <pgcoro/copy_verbs.hpp>
#include <pgcoro/copy_writer.hpp>
