// The one source file of separate compilation.
#include <boost/asio/impl/src.hpp>
#include <pgcoro/src.hpp>
