// How a cost grows, as SVG.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "family_tables.hpp"
#include "plot.hpp"
#include "summary.hpp"

namespace benchmark {

/// A contender's line.
struct line {
    struct point {
        double x;
        spread y;
    };

    std::string name;
    std::vector<point> points;
};

/// Client CPU per operation over what grows.
inline std::vector<line> lines_of(const options& asked, const all_runs& measured, std::string_view family) {
    std::vector<line> lines;
    for (const auto& contender : asked.contenders) {
        line made{contender, {}};
        for (const auto* of : that_ran(measured, family))
            if (const auto* const found = find_runs(measured, of->name(), contender))
                made.points.push_back(
                    {static_cast<double>(of->size), summarize(*found, {}).cpu_microseconds});
        if (!made.points.empty()) lines.push_back(std::move(made));
    }
    return lines;
}

/// Lines on two logarithmic axes, with the spread of the rounds at each point.
class line_chart {
public:
    /// Precondition: there is a point.
    line_chart(std::vector<line> lines, std::string_view x_name, std::string_view y_name)
        : lines_(std::move(lines)), x_name_(x_name), y_name_(y_name) {
        for (const auto& each : lines_)
            for (const auto& [x, y] : each.points) {
                x_axis_.include(x, x);
                y_axis_.include(y.least, y.most);
            }
        y_axis_.widen();
    }

    std::string svg() const {
        std::string out = fmt::format(
            R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" role="img" font-family="system-ui,sans-serif" font-size="12">)",
            width, height);
        out +=
            R"(<style>text{fill:#222}.grid{stroke:#8884}.curve{fill:none;stroke-width:1.6}.judged{stroke-width:3})"
            R"(@media(prefers-color-scheme:dark){text{fill:#ddd}}</style>)";
        out += axes();
        for (std::size_t i = 0; i < lines_.size(); ++i) out += curve_of(i) + name_of_line(i);
        return out + "</svg>\n";
    }

private:
    static constexpr double width = 760, height = 380, left = 60, right = 150, top = 20, bottom = 40;
    static constexpr std::array colours{"#6b7280", "#2f6fd0", "#c2410c", "#15803d",
                                        "#7e22ce", "#b45309", "#0e7490", "#be123c"};

    /// A logarithmic one.
    struct axis {
        double low = std::numeric_limits<double>::max(), high = 0;

        void include(double least, double most) {
            low = std::min(low, least);
            high = std::max(high, most);
        }
        void widen() { // a run too short for the clock may have cost nothing
            low = std::max(low, high * 1e-7) / 1.2;
            high *= 1.2;
        }
        /// From 0 to 1.
        double at(double value) const {
            return high <= low ? 0.5 : std::log(std::max(value, low) / low) / std::log(high / low);
        }
    };

    double x_of(double x) const { return left + (width - left - right) * x_axis_.at(x); }
    double y_of(double y) const { return height - bottom - (height - top - bottom) * y_axis_.at(y); }

    /// Lines at 1, 2, 5, 10 and so on along the ordinate, at each measured size along the abscissa.
    std::string axes() const {
        std::string out;
        for (auto power = static_cast<int>(std::floor(std::log10(y_axis_.low)));
             std::pow(10, power) <= y_axis_.high; ++power)
            for (const int step : {1, 2, 5})
                if (const double value = step * std::pow(10, power);
                    value >= y_axis_.low && value <= y_axis_.high)
                    out += horizontal_at(value);
        std::vector<double> sizes;
        for (const auto& each : lines_)
            for (const auto& point : each.points) sizes.push_back(point.x);
        std::ranges::sort(sizes);
        const auto repeated = std::ranges::unique(sizes);
        sizes.erase(repeated.begin(), repeated.end());
        for (const double size : sizes)
            out += fmt::format(R"(<line class="grid" x1="{0:.1f}" x2="{0:.1f}" y1="{1}" y2="{2}"/>)",
                               x_of(size), top, height - bottom)
                   + fmt::format(R"(<text x="{:.1f}" y="{}" text-anchor="middle">{:.0f}</text>)", x_of(size),
                                 height - bottom + 16, size);
        return out
               + fmt::format(R"(<text x="{}" y="{}" text-anchor="middle">{}</text>)",
                             (left + width - right) / 2, height - 6, xml_escaped(x_name_))
               + fmt::format(R"(<text x="4" y="12">{}</text>)", xml_escaped(y_name_));
    }

    std::string horizontal_at(double value) const {
        const double y = y_of(value);
        return fmt::format(R"(<line class="grid" x1="{0}" x2="{1}" y1="{2:.1f}" y2="{2:.1f}"/>)", left,
                           width - right, y)
               + fmt::format(R"(<text x="{}" y="{:.1f}" text-anchor="end">{:g}</text>)", left - 6, y + 4,
                             value);
    }

    std::string curve_of(std::size_t i) const {
        const auto* const colour = colours[i % colours.size()];
        std::string path, spreads;
        for (const auto& [x, y] : lines_[i].points) {
            path += fmt::format("{}{:.1f},{:.1f}", path.empty() ? "M" : "L", x_of(x), y_of(y.median));
            spreads +=
                fmt::format(R"(<line x1="{0:.1f}" x2="{0:.1f}" y1="{1:.1f}" y2="{2:.1f}" stroke="{3}"/>)",
                            x_of(x), y_of(y.least), y_of(y.most), colour);
        }
        return fmt::format(R"(<path class="curve{}" stroke="{}" d="{}"/>)",
                           lines_[i].name == judged ? " judged" : "", colour, path)
               + spreads;
    }

    /// One below the other, so that names of lines that end at the same height do not cover each other.
    std::string name_of_line(std::size_t i) const {
        const double y = top + 10 + 18 * static_cast<double>(i);
        return fmt::format(R"(<line x1="{}" x2="{}" y1="{}" y2="{}" stroke="{}" stroke-width="3"/>)",
                           width - right + 12, width - right + 30, y, y, colours[i % colours.size()])
               + fmt::format(R"(<text x="{}" y="{}">{}</text>)", width - right + 36, y + 4,
                             xml_escaped(lines_[i].name));
    }

    std::vector<line> lines_;
    std::string x_name_, y_name_;
    axis x_axis_, y_axis_;
};

} // namespace benchmark
