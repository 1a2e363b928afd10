#include "target.hpp"

#include <charconv>
#include <string>

namespace http_api {
namespace {

/// Whether PostgreSQL would take it as text: UTF-8, and no NUL.
bool is_text(std::string_view bytes) {
    for (std::size_t i = 0; i < bytes.size();) {
        const auto byte = [&](std::size_t offset) {
            return static_cast<unsigned char>(i + offset < bytes.size() ? bytes[i + offset] : 0);
        };
        const auto lead = byte(0), second = byte(1);
        std::size_t size = 1;
        if (lead == 0 || (lead >= 0x80 && lead < 0xc2) || lead > 0xf4) return false;
        if (lead >= 0xc2) size = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
        for (std::size_t next = 1; next < size; ++next)
            if ((byte(next) & 0xc0) != 0x80) return false;
        const bool overlong = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
        const bool beyond = (lead == 0xed && second > 0x9f) || (lead == 0xf4 && second > 0x8f);
        if (overlong || beyond) return false;
        i += size;
    }
    return true;
}

std::string decoded(std::string_view text, bool plus_is_space) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && plus_is_space) {
            plain += ' ';
        } else if (text[i] == '%') {
            const auto digits = text.substr(i + 1, 2);
            unsigned char byte = 0;
            const auto [end, failure] =
                std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
            if (digits.size() != 2 || failure != std::errc() || end != digits.data() + 2)
                throw http_error(400, "the address has a % that two hexadecimal digits do not follow");
            plain += static_cast<char>(byte);
            i += 2;
        } else {
            plain += text[i];
        }
    }
    if (!is_text(plain)) throw http_error(400, "the address is not UTF-8");
    return plain;
}

/// Cuts off what comes before the separator, and the separator.
std::string_view cut(std::string_view& text, char separator) {
    const auto at = text.find(separator);
    const auto head = text.substr(0, at);
    text.remove_prefix(at == text.npos ? text.size() : at + 1);
    return head;
}

} // namespace

void parse_target(std::string_view target, request& into) {
    target = target.substr(0, target.find('#'));
    into.path = decoded(cut(target, '?'), false);
    while (!target.empty()) {
        auto value = cut(target, '&');
        const auto name = cut(value, '=');
        if (!name.empty()) into.query.insert_or_assign(decoded(name, true), decoded(value, true));
    }
}

} // namespace http_api
