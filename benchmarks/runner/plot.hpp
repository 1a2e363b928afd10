// Charts of a workload's contenders, as SVG.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "summary.hpp"

namespace benchmark {

/// What is shown of a contender.
struct bar {
    std::string name;
    spread figure;
    bool is_judged = false; ///< the one that the report is about
};

/// For element content and attribute values.
inline std::string xml_escaped(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        switch (c) {
        case '&': escaped += "&amp;"; break;
        case '<': escaped += "&lt;"; break;
        case '>': escaped += "&gt;"; break;
        case '"': escaped += "&quot;"; break;
        default: escaped += c;
        }
    }
    return escaped;
}

/// Horizontal bars on a logarithmic scale, with the spread of the rounds as a line across each bar's end.
///
/// @param mark   a value that gets a line of its own, with `mark_name` at its foot
/// @param target likewise, named "target"
class bar_chart {
public:
    bar_chart(std::vector<bar> bars, double mark, std::string_view mark_name, std::optional<double> target)
        : bars_(std::move(bars)), mark_(mark), mark_name_(mark_name), target_(target) {
        low_ = mark_;
        high_ = mark_;
        for (const auto& each : bars_) {
            low_ = std::min(low_, each.figure.least);
            high_ = std::max(high_, each.figure.most);
        }
        low_ /= 1.5;   // the shortest bar is to be seen
        high_ *= 1.05;
    }

    std::string svg() const {
        std::string out = fmt::format(
            R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" role="img" font-family="system-ui,sans-serif" font-size="13">)",
            width, height());
        out += R"(<style>text{fill:#222}.bar{fill:#9aa7b5}.judged{fill:#2f6fd0}.spread{stroke:#222}.mark{stroke:#222;stroke-dasharray:4 3})"
               R"(.target{stroke:#c2410c}@media(prefers-color-scheme:dark){text{fill:#ddd}.spread,.mark{stroke:#ddd}})"
               R"(</style>)";
        for (std::size_t i = 0; i < bars_.size(); ++i) out += bar_at(i);
        out += line_at(mark_, "mark", mark_name_, "end");
        if (target_) out += line_at(*target_, "target", "target", "start");
        return out + "</svg>\n";
    }

private:
    static constexpr double width = 760, left = 130, right = 190, row = 26, foot = 22;

    double height() const { return row * static_cast<double>(bars_.size()) + foot; }

    double x_of(double value) const {
        return left + (width - left - right) * std::log(value / low_) / std::log(high_ / low_);
    }

    std::string bar_at(std::size_t i) const {
        const auto& [name, figure, is_judged] = bars_[i];
        const double top = row * static_cast<double>(i) + 4, middle = top + (row - 8) / 2;
        return fmt::format(R"(<text x="{:.0f}" y="{:.1f}" text-anchor="end">{}</text>)", left - 8, middle + 4.5, xml_escaped(name))
               + fmt::format(R"(<rect class="{}" x="{:.0f}" y="{:.1f}" width="{:.1f}" height="{:.0f}"/>)", is_judged ? "judged" : "bar",
                             left, top, x_of(figure.median) - left, row - 8)
               + fmt::format(R"(<line class="spread" x1="{:.1f}" x2="{:.1f}" y1="{:.1f}" y2="{:.1f}"/>)", x_of(figure.least),
                             x_of(figure.most), middle, middle)
               + fmt::format(R"(<text x="{:.0f}" y="{:.1f}">{:.3g} ({:.3g} to {:.3g})</text>)", width - right + 10, middle + 4.5,
                             figure.median, figure.least, figure.most);
    }

    std::string line_at(double value, std::string_view kind, std::string_view name, std::string_view anchor) const {
        const double x = x_of(value), bottom = height() - foot;
        return fmt::format(R"(<line class="{}" x1="{:.1f}" x2="{:.1f}" y1="0" y2="{:.0f}"/>)", kind, x, x, bottom)
               + fmt::format(R"(<text x="{:.1f}" y="{:.0f}" text-anchor="{}" font-size="11">{}</text>)", x, bottom + 14, anchor,
                             xml_escaped(name));
    }

    std::vector<bar> bars_;
    double mark_, low_, high_;
    std::string mark_name_;
    std::optional<double> target_;
};

} // namespace benchmark
