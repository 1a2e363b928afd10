// What the categories of the server say.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/core/sqlstate.hpp>

#include <string>
#include <string_view>

namespace pgcoro {

PGCORO_DECL std::string to_string(sqlstate code) {
    std::string text(5, '0');
    int value = static_cast<int>(code);
    for (auto place = text.size(); place-- > 0; value /= 36) {
        const int digit = value % 36;
        text[place] = static_cast<char>(digit < 10 ? '0' + digit : 'A' + digit - 10);
    }
    return text;
}

} // namespace pgcoro
