#include "cli/top_sections.h"

#include <fmt/format.h>

#include "cli/progress.h"
#include "cli/top_format.h"
#include "tollgate/money/money.h"

namespace tollgate::cli {
namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t spark_width_min = 10;
constexpr std::size_t stage_width = 9;
constexpr double approval_low_percent = 75;

std::string amount_text(const std::string& currency, const Json& minor) {
  const auto known = Currency::parse(currency);
  const int64_t amount = whole(minor).value_or(0);
  return known ? to_text(Money{amount, *known}) : fmt::format("{} {}", amount, printable(currency));
}

std::vector<std::optional<double>> payments_of(const Json& snapshot) {
  std::vector<std::optional<double>> values;
  for (const Json& value : list_at(snapshot, {"overview", "history", "authorizations_per_s"})) values.push_back(number(value));
  return values;
}

}  // namespace

std::vector<Line> flow(std::string_view name, const std::vector<Line>& items, std::size_t width) {
  std::vector<Line> lines{toned(left(name, name_width), Tone::strong)};
  std::size_t used = name_width;
  bool first = true;
  for (const Line& item : items) {
    const std::size_t wide = display_width(item);
    if (!first && used + gap + wide > width) {
      lines.push_back(toned(std::string(name_width, ' ')));
      used = name_width;
      first = true;
    }
    if (!first) {
      lines.back().push_back({std::string(gap, ' ')});
      used += gap;
    }
    lines.back().insert(lines.back().end(), item.begin(), item.end());
    used += wide;
    first = false;
  }
  return lines;
}

namespace sections {

Section payments(const Json& snapshot, std::size_t width) {
  const auto now = number(at(snapshot, {"overview", "authorizations_per_s"}));
  std::vector<Line> items{toned(now ? rate_text(*now) + "/s" : "-", Tone::strong)};
  if (const auto approved = number(at(snapshot, {"overview", "approval_percent"})))
    items.push_back(toned(percent_text(*approved) + " approved", *approved < approval_low_percent ? Tone::warn : Tone::plain));
  std::vector<std::optional<double>> values = payments_of(snapshot);
  const std::size_t slots = values.size();
  if (now) values.push_back(now);
  if (slots > 0) {
    double most = 0;
    for (const auto& value : values) most = std::max(most, value.value_or(0));
    const int64_t seconds = static_cast<int64_t>(slots) * whole(at(snapshot, {"overview", "history", "slot_s"})).value_or(0);
    const std::string legend = fmt::format(" up to {}/s in {}", rate_text(most), age_text(seconds));
    std::size_t used = name_width + display_width(legend);
    for (const Line& item : items) used += display_width(item) + gap;
    const std::size_t room = std::max(width > used ? width - used : 0, spark_width_min);
    items.push_back({{sparkline(values, room), Tone::good}, {legend, Tone::faint}});
  }
  return {.name = "payments", .rank = 2, .head = flow("PAYMENTS", items, width)};
}

Section requests(const Json& snapshot, std::size_t width) {
  const auto now = number(at(snapshot, {"overview", "requests_per_s"}));
  std::vector<Line> items{toned(now ? rate_text(*now) + "/s" : "-")};
  for (const auto& [name, value] : object_at(snapshot, {"overview", "ended_per_s"}).items()) {
    const double rate = number(value).value_or(0);
    const bool bad = name == "failed", warn = name == "limited" || name == "overloaded";
    items.push_back(toned(fmt::format("{} {}", printable(name), rate_text(rate)), rate <= 0 ? Tone::faint : bad ? Tone::bad : warn ? Tone::warn : Tone::plain));
  }
  return {.name = "requests", .rank = 3, .head = flow("REQUESTS", items, width)};
}

Section latency(const Json& snapshot, std::size_t width) {
  std::vector<Line> items;
  bool any = false;
  for (const auto& [field, shown] : {std::pair{"p50", "p50"}, {"p90", "p90"}, {"p99", "p99"}, {"p999", "p99.9"}}) {
    const int64_t us = whole(at(snapshot, {"overview", "latency_us", field})).value_or(0);
    any = any || us > 0;
    items.push_back(toned(fmt::format("{} {}", shown, us > 0 ? latency_text(us) : "-")));
  }
  if (const auto window_s = whole(at(snapshot, {"overview", "window_s"})); window_s && *window_s > 0)
    items.push_back(toned(fmt::format("{} {} s", any ? "last" : "no request in the last", *window_s), Tone::faint));
  return {.name = "latency", .rank = 5, .head = flow("LATENCY", items, width)};
}

// A table where it fits, else one item per stage.
Section stages(const Json& snapshot, std::size_t width) {
  const Json& all = object_at(snapshot, {"overview", "stages_us"});
  const auto cell = [&](const Json& stage, const char* percentile) {
    const int64_t us = whole(at(stage, {percentile})).value_or(0);
    return us > 0 ? latency_text(us) : std::string("-");
  };
  Section section{.name = "stages", .rank = 10, .head = {}};
  if (name_width + all.size() * stage_width > width || all.empty()) {
    std::vector<Line> items;
    for (const auto& [name, stage] : all.items())
      items.push_back(toned(fmt::format("{} {} / {} / {}", printable(name), cell(stage, "p50"), cell(stage, "p99"), cell(stage, "p999"))));
    if (items.empty()) items.push_back(toned("-"));
    else items.push_back(toned("(p50 / p99 / p99.9)", Tone::faint));
    section.head = flow("STAGES", items, width);
    return section;
  }
  Line names{{left("STAGES", name_width), Tone::strong}};
  for (const auto& [name, stage] : all.items()) names.push_back({right(printable(name), stage_width), Tone::faint});
  section.head.push_back(std::move(names));
  for (const auto& [field, shown] : {std::pair{"p50", "  p50"}, {"p99", "  p99"}, {"p999", "  p99.9"}}) {
    Line line{{left(shown, name_width), Tone::faint}};
    for (const auto& [name, stage] : all.items()) line.push_back({right(cell(stage, field), stage_width)});
    section.head.push_back(std::move(line));
  }
  return section;
}

Section in_doubt(const Json& snapshot, std::size_t width) {
  const Json& doubt = at(snapshot, {"overview", "in_doubt"});
  const uint64_t open = count(at(doubt, {"payments"}));
  std::vector<Line> items;
  if (open == 0) {
    items.push_back(doubt.is_object() ? toned("nothing", Tone::good) : toned("-"));
  } else {
    items.push_back(toned(fmt::format("{} {}", with_commas(open), open == 1 ? "payment" : "payments"), Tone::warn));
    items.push_back(toned("oldest " + age_text(whole(at(doubt, {"oldest_s"})).value_or(0))));
    for (const auto& [currency, minor] : object_at(doubt, {"amounts"}).items()) items.push_back(toned(amount_text(currency, minor), Tone::strong));
    for (const Json& age : list_at(doubt, {"by_age"})) {
      if (count(at(age, {"payments"})) == 0) continue;
      std::string amounts;
      for (const auto& [currency, minor] : object_at(age, {"amounts"}).items()) amounts += ", " + amount_text(currency, minor);
      items.push_back(toned(fmt::format("{}: {}{}", text(at(age, {"age"})), with_commas(count(at(age, {"payments"}))), amounts)));
    }
    if (at(doubt, {"incomplete"}) == true) items.push_back(toned("and more: too many to look at all of them", Tone::warn));
  }
  return {.name = "in doubt", .rank = 4, .head = flow("IN DOUBT", items, width)};
}

Section limits(const Json& snapshot, std::size_t width) {
  const Json& all = at(snapshot, {"status", "limits"});
  std::vector<Line> items;
  if (!all.is_object() || all.empty()) return {.name = "limits", .rank = 9, .head = flow("LIMITS", {toned("-")}, width)};
  items.push_back(toned(with_commas(count(at(all, {"allowed"}))) + " let in"));
  const auto add = [&](const char* field, const char* what, const char* now_field) {
    uint64_t sum = 0;
    std::string kinds;
    for (const auto& [kind, value] : object_at(all, {field}).items()) {
      if (count(value) == 0) continue;
      sum += count(value);
      kinds += fmt::format("{}{} {}", kinds.empty() ? " (" : ", ", printable(kind), with_commas(count(value)));
    }
    if (!kinds.empty()) kinds += ")";
    const bool now = number(at(snapshot, {"overview", "ended_per_s", now_field})).value_or(0) > 0;
    items.push_back(toned(fmt::format("{} {}{}", with_commas(sum), what, kinds), now ? Tone::warn : Tone::plain));
  };
  add("limited", "over a limit", "limited");
  add("shed", "shed", "overloaded");
  items.push_back(toned("since the start", Tone::faint));
  return {.name = "limits", .rank = 9, .head = flow("LIMITS", items, width)};
}

}  // namespace sections

std::vector<Section> top_sections(const Json& snapshot, std::size_t width) {
  using namespace sections;
  std::vector<Section> all;
  for (const auto& make : {alerts, payments, requests, latency, stages, in_doubt, limits, acquirers, event_log, node, backups, partners, errors})
    all.push_back(make(snapshot, width));
  return all;
}

}  // namespace tollgate::cli
