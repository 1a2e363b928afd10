// expect: a field of this row type cannot be written: give pgcoro::codec<Field> a writes\(\) and a write\(\)
#include <pgcoro/pgcoro.hpp>

#include <vector>

struct shade {
    int red, green, blue;
};

struct coat {
    int id;
    shade of;
};

auto copy(pgcoro::pool& pool, const std::vector<coat>& coats) { return pool.copy_in("coats", coats); }
