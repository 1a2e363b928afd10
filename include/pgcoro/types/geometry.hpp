// The geometric types to and from point, line, lseg, box, path, polygon and circle.
#pragma once

#include <pgcoro/types/geometric_types.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pgcoro {
namespace types {

/// The binary forms (`point_send` and its neighbours in the server's `geo_ops.c`) are the numbers one after
/// the other, with the number of points before those of a path or polygon.
inline geometry::point read_point(byte_reader& in) {
    const auto x = in.read<double>();
    const auto y = in.read<double>();
    return {x, y};
}

inline void write_point(byte_writer& out, const geometry::point& value) {
    out.write(value.x);
    out.write(value.y);
}

/// Reads the number of points and the points, which take up the rest of the value.
inline std::vector<geometry::point> read_points(byte_reader& in, const field_view& field) {
    constexpr std::size_t point_size = 2 * sizeof(double);
    const auto count = in.read<std::int32_t>();
    if (count <= 0 || in.remaining() % point_size != 0
        || static_cast<std::size_t>(count) != in.remaining() / point_size)
        refuse_bytes(field,
                     std::to_string(count) + " points in " + std::to_string(in.remaining()) + " bytes");
    std::vector<geometry::point> points;
    points.reserve(static_cast<std::size_t>(count));
    for (std::int32_t i = 0; i < count; ++i) points.push_back(read_point(in));
    return points;
}

inline void write_points(byte_writer& out, const std::vector<geometry::point>& points) {
    out.write(byte_writer::narrow(points.size()));
    for (const auto& value : points) write_point(out, value);
}

[[noreturn]] inline void refuse_geometry(std::string_view cpp_type, std::string_view why) {
    throw conversion_error(errc::value_out_of_range,
                           "the " + std::string(cpp_type) + " value has " + std::string(why));
}

/// What the codecs have in common; `Codec` reads from a reader and writes the binary form.
template <class T, oid Type, class Codec>
struct geometry_codec : single_type_codec<Type> {
    static T read(const field_view& field) {
        expect_binary(field, Codec::name);
        byte_reader in(field.bytes);
        T value = Codec::read_binary(in, field);
        in.expect_end();
        return value;
    }

    static void write(byte_writer& out, const T& value, oid parameter) {
        Codec::check(value);
        if (user_defined(parameter))
            out.write(std::string_view(value.to_string()));
        else
            Codec::write_binary(out, value);
    }

    static void check(const T&) {}
};

} // namespace types

template <>
struct codec<geometry::point> : types::geometry_codec<geometry::point, oids::point, codec<geometry::point>> {
    static constexpr std::string_view name = "pgcoro::geometry::point";

    static geometry::point read_binary(byte_reader& in, const field_view&) { return types::read_point(in); }
    static void write_binary(byte_writer& out, const geometry::point& value) {
        types::write_point(out, value);
    }
};

template <>
struct codec<geometry::line> : types::geometry_codec<geometry::line, oids::line, codec<geometry::line>> {
    static constexpr std::string_view name = "pgcoro::geometry::line";

    static geometry::line read_binary(byte_reader& in, const field_view& field) {
        geometry::line value;
        value.a = in.read<double>();
        value.b = in.read<double>();
        value.c = in.read<double>();
        if (value.a == 0 && value.b == 0) types::refuse_bytes(field, "a and b both 0");
        return value;
    }

    static void check(const geometry::line& value) {
        if (value.a == 0 && value.b == 0)
            types::refuse_geometry(name, "a and b both 0, which line cannot hold");
    }

    static void write_binary(byte_writer& out, const geometry::line& value) {
        out.write(value.a);
        out.write(value.b);
        out.write(value.c);
    }
};

template <>
struct codec<geometry::lseg> : types::geometry_codec<geometry::lseg, oids::lseg, codec<geometry::lseg>> {
    static constexpr std::string_view name = "pgcoro::geometry::lseg";

    static geometry::lseg read_binary(byte_reader& in, const field_view&) {
        const auto first = types::read_point(in);
        return {first, types::read_point(in)};
    }

    static void write_binary(byte_writer& out, const geometry::lseg& value) {
        types::write_point(out, value.first);
        types::write_point(out, value.second);
    }
};

template <>
struct codec<geometry::box> : types::geometry_codec<geometry::box, oids::box, codec<geometry::box>> {
    static constexpr std::string_view name = "pgcoro::geometry::box";

    static geometry::box read_binary(byte_reader& in, const field_view&) {
        const auto upper_right = types::read_point(in);
        return {upper_right, types::read_point(in)};
    }

    static void write_binary(byte_writer& out, const geometry::box& value) {
        types::write_point(out, value.upper_right());
        types::write_point(out, value.lower_left());
    }
};

template <>
struct codec<geometry::path> : types::geometry_codec<geometry::path, oids::path, codec<geometry::path>> {
    static constexpr std::string_view name = "pgcoro::geometry::path";

    static geometry::path read_binary(byte_reader& in, const field_view& field) {
        const auto closed = in.read<std::uint8_t>();
        if (closed > 1) types::refuse_bytes(field, "flag " + std::to_string(closed) + " for being closed");
        return geometry::path(types::read_points(in, field), closed == 1);
    }

    static void check(const geometry::path& value) {
        if (value.points.empty()) types::refuse_geometry(name, "no points, which path cannot hold");
    }

    static void write_binary(byte_writer& out, const geometry::path& value) {
        out.write(std::uint8_t{value.closed});
        types::write_points(out, value.points);
    }
};

template <>
struct codec<geometry::polygon>
    : types::geometry_codec<geometry::polygon, oids::polygon, codec<geometry::polygon>> {
    static constexpr std::string_view name = "pgcoro::geometry::polygon";

    static geometry::polygon read_binary(byte_reader& in, const field_view& field) {
        return geometry::polygon(types::read_points(in, field));
    }

    static void check(const geometry::polygon& value) {
        if (value.points.empty()) types::refuse_geometry(name, "no points, which polygon cannot hold");
    }

    static void write_binary(byte_writer& out, const geometry::polygon& value) {
        types::write_points(out, value.points);
    }
};

template <>
struct codec<geometry::circle>
    : types::geometry_codec<geometry::circle, oids::circle, codec<geometry::circle>> {
    static constexpr std::string_view name = "pgcoro::geometry::circle";

    static geometry::circle read_binary(byte_reader& in, const field_view& field) {
        geometry::circle value;
        value.center = types::read_point(in);
        value.radius = in.read<double>();
        if (value.radius < 0) types::refuse_bytes(field, "a negative radius");
        return value;
    }

    static void check(const geometry::circle& value) {
        if (value.radius < 0) types::refuse_geometry(name, "a negative radius, which circle cannot hold");
    }

    static void write_binary(byte_writer& out, const geometry::circle& value) {
        types::write_point(out, value.center);
        out.write(value.radius);
    }
};

} // namespace pgcoro
