#include "cli/plan_chart.h"

#include <algorithm>
#include <cmath>

#include "cli/plan_report.h"
#include "cli/progress.h"

namespace tollgate::cli {
namespace {

constexpr std::size_t label_width = 10;

template <class Of>
std::vector<Column> columns_of(uint32_t from_s, uint32_t to_s, std::size_t count, const Of& of) {
  const uint32_t length = to_s - from_s;
  count = std::min<std::size_t>(count, length);
  std::vector<Column> columns(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto begin = static_cast<uint32_t>(from_s + uint64_t{length} * i / count),
        end = static_cast<uint32_t>(from_s + uint64_t{length} * (i + 1) / count);
    for (uint32_t second = begin; second < end; ++second) {
      const Column one = of(second);
      if (one.solid + one.open > columns[i].solid + columns[i].open) columns[i] = one;
    }
  }
  return columns;
}

}  // namespace

std::string chart(const std::vector<Column>& columns, std::size_t rows, uint32_t from_s, uint32_t to_s) {
  double highest = 0;
  for (const Column& one : columns) highest = std::max(highest, one.solid + one.open);
  if (highest <= 0 || columns.empty()) return {};
  std::string text;
  const double unit = highest / static_cast<double>(rows);
  for (std::size_t row = rows; row-- > 0;) {
    // Of the top line, of the middle one.
    const bool labelled = row + 1 == rows || row == rows / 2;
    const auto value = static_cast<uint64_t>(std::llround(unit * static_cast<double>(row + 1)));
    std::string line = fmt::format("{:>{}} |", labelled ? with_commas(value) : "", label_width);
    for (const Column& one : columns) {
      // Whatever is more than nothing is seen on the lowest line.
      const double here = (static_cast<double>(row) + (row == 0 ? 0 : 0.5)) * unit;
      line += one.solid > here ? '#' : one.solid + one.open > here ? 'x' : ' ';
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  text += std::string(label_width, ' ') + " +" + std::string(columns.size(), '-') + "\n";
  const std::string begin = time_of_day(from_s), middle = time_of_day(from_s + (to_s - from_s) / 2), end = time_of_day(to_s);
  std::string foot(label_width + 2 + columns.size(), ' ');
  const auto put = [&](const std::string& what, std::size_t at) { foot.replace(at, what.size(), what); };
  foot += std::string(end.size(), ' ');
  put(begin, label_width + 2);
  if (columns.size() >= 40) put(middle, label_width + 2 + columns.size() / 2 - middle.size() / 2);
  if (columns.size() >= 20) put(end, label_width + 2 + columns.size() - end.size());
  foot.erase(foot.find_last_not_of(' ') + 1);
  return text + foot + "\n";
}

std::vector<Column> traffic_columns(const plan::Day& day, uint32_t from_s, uint32_t to_s, std::size_t count) {
  return columns_of(from_s, to_s, count, [&](uint32_t second) {
    const plan::Second& one = day.seconds[second];
    const double left_out = one.shed + one.refused;
    return Column{std::max(0.0, one.arrived - left_out), left_out};
  });
}

std::vector<Column> waiting_columns(const plan::Day& day, uint32_t from_s, uint32_t to_s, std::size_t count) {
  return columns_of(from_s, to_s, count, [&](uint32_t second) { return Column{day.seconds[second].waiting, 0}; });
}

}  // namespace tollgate::cli
