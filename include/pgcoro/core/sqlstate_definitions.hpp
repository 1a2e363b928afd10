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

namespace core {

class server_error_category final : public boost::system::error_category {
public:
    const char* name() const noexcept override { return "postgresql"; }

    std::string message(int value) const override {
        const auto code = static_cast<sqlstate>(value);
        std::string text(condition_name(code));
        if (text.empty()) text = class_name(class_of(code));
        if (text.empty()) text = "server error";
        return text + " (SQLSTATE " + to_string(code) + ')';
    }
};

class sqlstate_class_error_category final : public boost::system::error_category {
public:
    const char* name() const noexcept override { return "postgresql class"; }

    std::string message(int value) const override {
        const std::string_view name = class_name(static_cast<sqlstate_class>(value));
        return name.empty() ? "class of SQLSTATEs without a name" : std::string(name);
    }

    using boost::system::error_category::equivalent;

    bool equivalent(const boost::system::error_code& code, int condition) const noexcept override {
        return code.category() == server_category() && code.value() / sqlstates_per_class == condition;
    }
};

} // namespace core

PGCORO_DECL const boost::system::error_category& server_category() noexcept {
    static const core::server_error_category instance;
    return instance;
}

PGCORO_DECL const boost::system::error_category& sqlstate_class_category() noexcept {
    static const core::sqlstate_class_error_category instance;
    return instance;
}

} // namespace pgcoro
