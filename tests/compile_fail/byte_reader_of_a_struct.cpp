// expect: no matching function|no matching member function
#include <pgcoro/core/byte_reader.hpp>

struct point {
    int x, y;
};

point read(pgcoro::byte_reader& reader) { return reader.read<point>(); }
