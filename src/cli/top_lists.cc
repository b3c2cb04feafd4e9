// Lists: alerts, the busiest partners, the newest errors.
#include <fmt/format.h>

#include "cli/progress.h"
#include "cli/top_format.h"
#include "cli/top_sections.h"

namespace tollgate::cli::sections {
namespace {

constexpr std::size_t list_name_width = 22;  // of a heading: "PARTNERS 12 of 20"
constexpr std::size_t partner_width_min = 18, partner_width_max = 44;
constexpr double drop_told_percent = 10;
constexpr double used_high_percent = 80;

// "14:03:22" of "2026-01-31T14:03:22.123456Z"; with its day if that is another than `now`'s.
std::string moment(const std::string& time, const std::string& now) {
  if (time.size() < 19) return time;
  return time.substr(0, 10) == now.substr(0, 10) ? time.substr(11, 8) : time.substr(0, 10) + " " + time.substr(11, 8);
}

// The partner's name, or its id while nobody has told the name.
std::string partner_text(const Json& snapshot, const std::string& id) {
  const std::string name = text(at(snapshot, {"partners", id.c_str(), "name"}));
  return name.empty() ? id : name;
}

// "acct_.../test": the partner by name.
std::string about_text(const Json& snapshot, const std::string& about) {
  const std::size_t slash = about.find('/');
  const std::string id = about.substr(0, slash), rest = slash == std::string::npos ? "" : about.substr(slash);
  return about.starts_with("acct_") ? partner_text(snapshot, id) + rest : about;
}

struct Column {
  const char* title;
  std::size_t width;
  int rank;  // the highest gives way first
};
enum Columns : std::size_t { mode, rate, limit, used, failed, approved, usual, limited, column_count };
constexpr Column columns[column_count] = {{"mode", 6, 0}, {"req/s", 9, 0}, {"limit", 9, 2}, {"used", 9, 3}, {"failed/s", 10, 4},
                                          {"approved", 10, 1}, {"usual", 9, 5}, {"limited", 10, 6}};

struct Layout {
  std::size_t name_width = 0;
  bool shown[column_count] = {};
};

Layout layout_of(std::size_t width) {
  Layout layout;
  std::size_t all = 0;
  for (std::size_t i = 0; i < column_count; ++i) {
    layout.shown[i] = true;
    all += columns[i].width;
  }
  for (int rank = column_count; rank > 0; --rank) {
    for (std::size_t i = 0; i < column_count && all + partner_width_min > width; ++i) {
      if (columns[i].rank != rank) continue;
      layout.shown[i] = false;
      all -= columns[i].width;
    }
  }
  layout.name_width = std::clamp(width > all ? width - all : 0, partner_width_min, partner_width_max);
  return layout;
}

Line partner_line(const Json& snapshot, const Json& row, const Layout& layout) {
  const std::string id = text(at(row, {"partner"})), in_mode = text(at(row, {"mode"}));
  const Json& use = at(snapshot, {"partners", id.c_str(), "use", in_mode.c_str()});
  const Json& limit_of = at(use, {"requests", "per_second_max"});
  const Json& limited_of = at(use, {"since_start", "limited"});
  const auto limit_now = limit_of.is_number() ? std::optional(count(limit_of)) : std::nullopt;
  const auto rate_now = number(at(row, {"requests_per_s"})), failed_now = number(at(row, {"failed_per_s"}));
  const auto approved_now = number(at(row, {"approval_percent"})), approved_usual = number(at(row, {"approval_percent_usual"}));
  std::string name = partner_text(snapshot, id);
  if (const std::string status = text(at(snapshot, {"partners", id.c_str(), "status"})); !status.empty() && status != "active") name = status + ": " + name;

  Span cells[column_count];
  cells[mode] = {in_mode};
  cells[rate] = {rate_now ? rate_text(*rate_now) : "-", Tone::strong};
  cells[limit] = {limit_now ? with_commas(*limit_now) : use.is_object() ? "none" : "-", Tone::faint};
  if (limit_now && rate_now && *limit_now > 0) {
    const double used_now = 100 * *rate_now / static_cast<double>(*limit_now);
    cells[used] = {fmt::format("{:.0f} %", used_now), used_now >= 100 ? Tone::bad : used_now >= used_high_percent ? Tone::warn : Tone::plain};
  }
  cells[failed] = {failed_now ? rate_text(*failed_now) : "-", failed_now && *failed_now > 0 ? Tone::bad : Tone::faint};
  const bool fell = approved_now && approved_usual && *approved_now < *approved_usual - drop_told_percent;
  cells[approved] = {approved_now ? percent_text(*approved_now) : "-", fell ? Tone::bad : Tone::plain};
  cells[usual] = {approved_usual ? percent_text(*approved_usual) : "-", Tone::faint};
  cells[limited] = {limited_of.is_number() ? with_commas(count(limited_of)) : "-", count(limited_of) > 0 ? Tone::warn : Tone::faint};
  Line line{{left(name, layout.name_width)}};
  for (std::size_t i = 0; i < column_count; ++i)
    if (layout.shown[i]) line.push_back({right(cells[i].text, columns[i].width), cells[i].tone});
  return line;
}

}  // namespace

Section alerts(const Json& snapshot, std::size_t width) {
  const std::string now = text(at(snapshot, {"overview", "time"}));
  std::vector<Line> rows;
  for (const Json& alert : list_at(snapshot, {"overview", "alerts"})) {
    const Tone tone = at(alert, {"severity"}) == "page" ? Tone::bad : Tone::warn;
    const std::string about = about_text(snapshot, text(at(alert, {"about"})));
    Line line{{left("  " + text(at(alert, {"severity"})), 10)}, {text(at(alert, {"alert"})), tone}};
    if (!about.empty()) line.push_back({"  " + about});
    line.push_back({"  since " + moment(text(at(alert, {"since"})), now), Tone::faint});
    const std::string summary = text(at(alert, {"summary"}));
    if (display_width(line) + 2 + display_width(summary) <= width) {
      line.push_back({"  " + summary});
      rows.push_back(std::move(line));
    } else {
      rows.push_back(std::move(line));
      rows.push_back({{std::string(10, ' ') + summary}});
    }
  }
  const bool known = at(snapshot, {"overview", "alerts"}).is_array();
  Line head{{left("ALERTS", rows.empty() ? name_width : list_name_width), rows.empty() ? Tone::strong : Tone::bad}};
  if (!rows.empty()) head.push_back({fmt::format("{} firing", list_at(snapshot, {"overview", "alerts"}).size()), Tone::bad});
  else head.push_back({known ? "none firing" : "-", known ? Tone::good : Tone::plain});
  const std::size_t rows_min = std::min<std::size_t>(rows.size(), 4);
  return {.name = "alerts", .rank = 1, .head = {std::move(head)}, .rows = std::move(rows), .rows_min = rows_min};
}

Section partners(const Json& snapshot, std::size_t width) {
  const Layout layout = layout_of(width);
  Line head{{left("PARTNERS", layout.name_width), Tone::strong}};
  for (std::size_t i = 0; i < column_count; ++i)
    if (layout.shown[i]) head.push_back({right(columns[i].title, columns[i].width), Tone::faint});
  std::vector<Line> rows;
  for (const Json& row : list_at(snapshot, {"overview", "partners"})) rows.push_back(partner_line(snapshot, row, layout));
  if (rows.empty()) rows.push_back(toned("no traffic", Tone::faint));
  const std::size_t rows_min = std::min<std::size_t>(rows.size(), 3);
  return {.name = "partners", .rank = 6, .head = {std::move(head)}, .rows = std::move(rows), .rows_min = rows_min};
}

Section errors(const Json& snapshot, std::size_t) {
  const std::string now = text(at(snapshot, {"overview", "time"}));
  std::vector<Line> rows;
  for (const Json& error : list_at(snapshot, {"overview", "errors"})) {
    const int64_t status = whole(at(error, {"status"})).value_or(0);
    const std::string code = text(at(error, {"code"})), partner = text(at(error, {"partner"}));
    rows.push_back({{moment(text(at(error, {"time"})), now), Tone::faint},
                    {fmt::format("  {}  ", status), status >= 500 ? Tone::bad : Tone::warn},
                    {left(code.empty() ? "-" : code, 24) + "  "},
                    {left(text(at(error, {"operation"})), 32) + "  "},
                    {left(partner.empty() ? "-" : partner_text(snapshot, partner), 24) + "  "},
                    {text(at(error, {"request"})), Tone::faint}});
  }
  if (rows.empty()) rows.push_back(toned("none", Tone::good));
  Line head{{left("ERRORS", list_name_width), Tone::strong}};
  const std::size_t rows_min = std::min<std::size_t>(rows.size(), 2);
  return {.name = "errors", .rank = 12, .head = {std::move(head)}, .rows = std::move(rows), .rows_min = rows_min};
}

}  // namespace tollgate::cli::sections
