// expect: text. is not a constant expression|function parameter 'text'
#include <pgcoro/statement.hpp>

#include <string_view>

auto declare(std::string_view text) { return pgcoro::statement<void()>(text); }
