// How errors are made.
#pragma once

#include <pgcoro/core/error.hpp>
#include <pgcoro/core/separate_compilation.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace pgcoro {

PGCORO_DECL error::~error() = default;

PGCORO_DECL error error::with_message_withheld() const {
    error copy = *this;
    copy.record_ = make_record(code(), pgcoro::diagnostics(diagnostics()), true);
    return copy;
}

PGCORO_DECL error error::with_place(std::string place) const {
    auto said = diagnostics();
    said.place = std::move(place);
    error copy = *this;
    copy.record_ = make_record(code(), std::move(said), record_->withheld);
    return copy;
}

PGCORO_DECL std::shared_ptr<const error::record> error::make_record(const boost::system::error_code& code,
                                                                    pgcoro::diagnostics&& diagnostics, bool withheld) {
    std::string what = code.message();
    if (!withheld && !diagnostics.message.empty()) {
        what += ": ";
        what += diagnostics.message;
    }
    if (!diagnostics.sql.empty()) {
        what += " [";
        what += diagnostics.sql;
        what += ']';
    }
    if (!diagnostics.place.empty()) {
        what += " (";
        what += diagnostics.place;
        what += ')';
    }
    return std::make_shared<const record>(record{std::move(diagnostics), std::move(what), withheld});
}

PGCORO_DECL error::error(boost::system::error_code code, pgcoro::diagnostics diagnostics, execution_state execution)
    : boost::system::system_error(code), record_(make_record(code, std::move(diagnostics))),
      execution_(execution) {}

PGCORO_DECL error::error(boost::system::error_code code, std::string message, std::string_view sql,
                    execution_state execution)
    : error(code,
            [&] {
                pgcoro::diagnostics said;
                said.message = std::move(message);
                said.sql = sql;
                return said;
            }(),
            execution) {}

} // namespace pgcoro
