// The geometric types: points, lines, segments, boxes, paths, polygons and circles.
#pragma once

#include <pgcoro/core/separate_compilation.hpp>
#include <pgcoro/types/real_text.hpp>
#include <pgcoro/types/text_cursor.hpp>
#include <pgcoro/types/text_form.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro {

/// Values of the server's geometric types (documentation: "Geometric Types"). `to_string` and `fmt` print the
/// server's text; `parse` reads that and the other forms that the documentation lists (for `line` its
/// equation alone), and throws `conversion_error` (`errc::value_out_of_range`) for anything else.
///
/// `==` compares the numbers exactly, member by member: NaN differs from itself, and nothing is forgiven.
/// (The server's own operators differ: they forgive a millionth, and some compare areas or numbers of
/// points.) There is no order.
namespace geometry {

/// A point in the plane.
struct point {
    double x = 0;
    double y = 0;

    /// Reads "(x,y)" and "x,y".
    static point parse(std::string_view text);
    std::string to_string() const;
    friend bool operator==(const point&, const point&) = default;
};

/// An infinite line: the points where a x + b y + c = 0. The server has no line whose `a` and `b` are both 0;
/// writing one is `errc::value_out_of_range`.
struct line {
    double a = 0;
    double b = 1;
    double c = 0;

    /// Reads "{a,b,c}".
    static line parse(std::string_view text);
    std::string to_string() const;
    friend bool operator==(const line&, const line&) = default;
};

/// A segment between two points.
struct lseg {
    point first;
    point second;

    /// Reads "[(x1,y1),(x2,y2)]" and the same in round brackets or with fewer of them.
    static lseg parse(std::string_view text);
    std::string to_string() const;
    friend bool operator==(const lseg&, const lseg&) = default;
};

/// A rectangle with sides along the axes.
class box {
public:
    /// A point: the origin.
    box() = default;

    /// From any two opposite corners. As on the server, NaN counts as greater than all other numbers.
    box(point corner, point opposite) noexcept : upper_right_(corner), lower_left_(opposite) {
        order(lower_left_.x, upper_right_.x);
        order(lower_left_.y, upper_right_.y);
    }

    /// Reads "(x1,y1),(x2,y2)", also with brackets around it or with fewer of them.
    static box parse(std::string_view text);

    const point& upper_right() const noexcept { return upper_right_; }
    const point& lower_left() const noexcept { return lower_left_; }

    std::string to_string() const;
    friend bool operator==(const box&, const box&) = default;

private:
    static void order(double& lower, double& upper) noexcept {
        const bool lower_is_nan = lower != lower, upper_is_nan = upper != upper;
        if (lower_is_nan ? !upper_is_nan : upper < lower) std::swap(lower, upper);
    }

    point upper_right_;
    point lower_left_;
};

/// Points joined by segments, from the first to the last and, if it is closed, back to the first. The server
/// has no path without points; writing one is `errc::value_out_of_range`.
struct path {
    std::vector<point> points;
    bool closed = true;

    path() = default;
    explicit path(std::vector<point> through, bool is_closed = true)
        : points(std::move(through)), closed(is_closed) {}

    /// Reads "[(x1,y1),…]" as open and "((x1,y1),…)", also with fewer brackets, as closed.
    static path parse(std::string_view text);
    std::string to_string() const;
    friend bool operator==(const path&, const path&) = default;
};

/// An area by its corners. The server has no polygon without points; writing one is
/// `errc::value_out_of_range`.
struct polygon {
    std::vector<point> points;

    polygon() = default;
    explicit polygon(std::vector<point> corners) : points(std::move(corners)) {}

    /// Reads "((x1,y1),…)", also with fewer brackets.
    static polygon parse(std::string_view text);
    std::string to_string() const;
    friend bool operator==(const polygon&, const polygon&) = default;
};

/// A circle. The server has no negative radius; writing one is `errc::value_out_of_range`.
struct circle {
    point center;
    double radius = 0;

    /// Reads "<(x,y),r>", also with round brackets around it or with fewer of them.
    static circle parse(std::string_view text);
    std::string to_string() const;
    friend bool operator==(const circle&, const circle&) = default;
};

} // namespace geometry

#if PGCORO_HAS_DEFINITIONS

namespace types::geometry_text {

using geometry::point;

inline constexpr std::string_view point_form = "(x,y)", line_form = "{a,b,c} with a or b other than 0",
                                  lseg_form = "[(x1,y1),(x2,y2)]", box_form = "(x1,y1),(x2,y2)",
                                  path_form = "((x1,y1),…) or [(x1,y1),…]", polygon_form = "((x1,y1),…)",
                                  circle_form = "<(x,y),r> with r of at least 0";

inline void append(std::string& text, const point& value) {
    text += '(';
    append_real(text, value.x);
    text += ',';
    append_real(text, value.y);
    text += ')';
}

inline std::string joined(const std::vector<point>& points, char open, char close) {
    std::string text(1, open);
    for (const auto& value : points) {
        if (text.size() > 1) text += ',';
        append(text, value);
    }
    return text += close;
}

inline std::optional<double> number(text_cursor& in) {
    in.skip_blanks();
    return in.real();
}

inline std::optional<point> read_point(text_cursor& in) {
    const bool bracket = in.accept_token('(');
    const auto x = number(in);
    if (!x || !in.accept_token(',')) return std::nullopt;
    const auto y = number(in);
    if (!y || (bracket && !in.accept_token(')'))) return std::nullopt;
    return point{*x, *y};
}

inline bool at_end(text_cursor& in) {
    in.skip_blanks();
    return in.at_end();
}

inline bool two_brackets(text_cursor in) { return in.accept_token('(') && in.accept_token('('); }

/// Whether what comes is a bracket around all points instead of one around the first.
inline bool bracket_around_all(text_cursor in) {
    return two_brackets(in) || (in.accept_token('(') && in.rest().find('(') == std::string_view::npos);
}

/// Points up to the end of the text; `squared` tells whether they stood in square brackets.
inline std::optional<std::vector<point>> read_points(std::string_view text, bool& squared) {
    text_cursor in(text);
    squared = in.accept_token('[');
    const bool rounded = !squared && bracket_around_all(in);
    if (rounded) in.accept_token('(');
    std::vector<point> points;
    do {
        const auto value = read_point(in);
        if (!value) return std::nullopt;
        points.push_back(*value);
    } while (in.accept_token(','));
    if ((squared && !in.accept_token(']')) || (rounded && !in.accept_token(')')) || !at_end(in)) return std::nullopt;
    return points;
}

} // namespace types::geometry_text

namespace geometry {

PGCORO_DECL point point::parse(std::string_view text) {
    types::text_cursor in(text);
    const auto value = types::geometry_text::read_point(in);
    if (!value || !types::geometry_text::at_end(in))
        types::refuse_text_form(text, "point", types::geometry_text::point_form);
    return *value;
}

PGCORO_DECL std::string point::to_string() const {
    std::string text;
    types::geometry_text::append(text, *this);
    return text;
}

PGCORO_DECL line line::parse(std::string_view text) {
    namespace form = types::geometry_text;
    types::text_cursor in(text);
    const auto separated = [&](char before) {
        return in.accept_token(before) ? form::number(in) : std::nullopt;
    };
    const auto a = separated('{');
    const auto b = separated(',');
    const auto c = separated(',');
    if (!a || !b || !c || !in.accept_token('}') || !form::at_end(in) || (*a == 0 && *b == 0))
        types::refuse_text_form(text, "line", form::line_form);
    return {*a, *b, *c};
}

PGCORO_DECL std::string line::to_string() const {
    std::string text = "{";
    types::append_real(text, a);
    text += ',';
    types::append_real(text, b);
    text += ',';
    types::append_real(text, c);
    return text += '}';
}

PGCORO_DECL lseg lseg::parse(std::string_view text) {
    bool squared = false;
    const auto points = types::geometry_text::read_points(text, squared);
    if (!points || points->size() != 2)
        types::refuse_text_form(text, "lseg", types::geometry_text::lseg_form);
    return {points->front(), points->back()};
}

PGCORO_DECL std::string lseg::to_string() const {
    return '[' + first.to_string() + ',' + second.to_string() + ']';
}

PGCORO_DECL box box::parse(std::string_view text) {
    bool squared = false;
    const auto points = types::geometry_text::read_points(text, squared);
    if (!points || points->size() != 2 || squared)
        types::refuse_text_form(text, "box", types::geometry_text::box_form);
    return {points->front(), points->back()};
}

PGCORO_DECL std::string box::to_string() const {
    return upper_right_.to_string() + ',' + lower_left_.to_string();
}

PGCORO_DECL path path::parse(std::string_view text) {
    bool squared = false;
    auto through = types::geometry_text::read_points(text, squared);
    if (!through) types::refuse_text_form(text, "path", types::geometry_text::path_form);
    return path(std::move(*through), !squared);
}

PGCORO_DECL std::string path::to_string() const {
    return types::geometry_text::joined(points, closed ? '(' : '[', closed ? ')' : ']');
}

PGCORO_DECL polygon polygon::parse(std::string_view text) {
    bool squared = false;
    auto corners = types::geometry_text::read_points(text, squared);
    if (!corners || squared) types::refuse_text_form(text, "polygon", types::geometry_text::polygon_form);
    return polygon(std::move(*corners));
}

PGCORO_DECL std::string polygon::to_string() const { return types::geometry_text::joined(points, '(', ')'); }

PGCORO_DECL circle circle::parse(std::string_view text) {
    namespace form = types::geometry_text;
    types::text_cursor in(text);
    const bool angled = in.accept_token('<');
    const bool rounded = !angled && form::two_brackets(in);
    if (rounded) in.accept_token('(');
    const auto center = form::read_point(in);
    const auto radius = center && in.accept_token(',') ? form::number(in) : std::nullopt;
    if (!radius || *radius < 0 || (angled && !in.accept_token('>')) || (rounded && !in.accept_token(')'))
        || !form::at_end(in))
        types::refuse_text_form(text, "circle", form::circle_form);
    return {*center, *radius};
}

PGCORO_DECL std::string circle::to_string() const {
    auto text = '<' + center.to_string() + ',';
    types::append_real(text, radius);
    return text += '>';
}

} // namespace geometry

#endif

} // namespace pgcoro

template <>
struct fmt::formatter<pgcoro::geometry::point> : pgcoro::types::text_formatter<pgcoro::geometry::point> {};
template <>
struct fmt::formatter<pgcoro::geometry::line> : pgcoro::types::text_formatter<pgcoro::geometry::line> {};
template <>
struct fmt::formatter<pgcoro::geometry::lseg> : pgcoro::types::text_formatter<pgcoro::geometry::lseg> {};
template <>
struct fmt::formatter<pgcoro::geometry::box> : pgcoro::types::text_formatter<pgcoro::geometry::box> {};
template <>
struct fmt::formatter<pgcoro::geometry::path> : pgcoro::types::text_formatter<pgcoro::geometry::path> {};
template <>
struct fmt::formatter<pgcoro::geometry::polygon> : pgcoro::types::text_formatter<pgcoro::geometry::polygon> {
};
template <>
struct fmt::formatter<pgcoro::geometry::circle> : pgcoro::types::text_formatter<pgcoro::geometry::circle> {};
