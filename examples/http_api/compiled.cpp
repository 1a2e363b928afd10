// What pgcoro and Asio have that is no template, for all of the server's source files.
#include <boost/asio/impl/src.hpp>
#include <pgcoro/src.hpp>
