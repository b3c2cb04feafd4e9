// The node itself: whom it reaches, where its log ends, what it has left.
#include <fmt/format.h>

#include "cli/progress.h"
#include "cli/show_progress.h"
#include "cli/top_format.h"
#include "cli/top_sections.h"
#include "tollgate/base/time_text.h"

namespace tollgate::cli::sections {
namespace {

constexpr std::size_t heads_shown_max = 8;
constexpr double disk_free_percent_low = 15, disk_free_percent_critical = 5, descriptors_percent_high = 80;
constexpr int64_t certificate_soon_s = 14 * 86'400;

double percent_of(uint64_t part, uint64_t all) { return all == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(all); }

Line of_acquirer(const Json& acquirer) {
  const std::string breaker = text(at(acquirer, {"breaker"})), problem = text(at(acquirer, {"problem"}));
  const bool reached = breaker == "closed";
  std::string state = reached ? " reached" : breaker == "half_open" ? " is tried again" : " NOT REACHED";
  const auto add = [&](const char* field, const char* what) {
    if (const uint64_t many = count(at(acquirer, {field})); many > 0) state += fmt::format(", {} {}", with_commas(many), what);
  };
  add("in_flight", "in flight");
  add("inquiries", "asked about");
  add("reversals", "being reversed");
  add("refused", "not sent");
  if (!reached && !problem.empty()) state += ": " + problem;
  return {{text(at(acquirer, {"name"}))}, {std::move(state), reached ? Tone::plain : Tone::bad}};
}

// How long ago something was, by the node's own clock.
std::string since(const Json& snapshot, const Json& then) {
  const auto now_us = time_from_text(text(at(snapshot, {"overview", "time"}))), then_us = time_from_text(text(then));
  return now_us && then_us ? age_text((*now_us - *then_us) / 1'000'000) + " ago" : std::string("never");
}

void add_failures(std::vector<Line>& items, const Json& outcome) {
  if (const uint64_t failures = count(at(outcome, {"failures"})); failures > 0)
    items.push_back(toned(fmt::format("{} failed in a row: {}", with_commas(failures), text(at(outcome, {"last_error"}))), Tone::bad));
}

Line of_disk(const Json& facts) {
  const uint64_t free = count(at(facts, {"disk_free_bytes"})), all = count(at(facts, {"disk_bytes"}));
  const double percent = percent_of(free, all);
  return toned(fmt::format("disk {} free of {} ({:.0f} %)", bytes_text(free), bytes_text(all), percent),
               percent < disk_free_percent_critical ? Tone::bad : percent < disk_free_percent_low ? Tone::warn : Tone::plain);
}

}  // namespace

Section acquirers(const Json& snapshot, std::size_t width) {
  std::vector<Line> items;
  bool cut_off = false;
  for (const Json& acquirer : list_at(snapshot, {"status", "acquirers"})) {
    items.push_back(of_acquirer(acquirer));
    cut_off = cut_off || at(acquirer, {"breaker"}) != "closed";
  }
  if (items.empty()) items.push_back(toned("-"));
  return {.name = "acquirers", .rank = cut_off ? 3 : 11, .head = flow("ACQUIRERS", items, width)};
}

Section event_log(const Json& snapshot, std::size_t width) {
  const Json& facts = at(snapshot, {"overview", "node"});
  const Json& partitions = list_at(snapshot, {"status", "partitions"});
  std::vector<Line> items;
  uint64_t records = 0;
  for (const Json& partition : partitions) records += count(at(partition, {"sequence"}));
  if (!partitions.empty()) items.push_back(toned(fmt::format("{} records", with_commas(records))));
  if (const Json& stall = at(facts, {"writes_stall"}); stall.is_boolean())
    items.push_back(stall == true ? toned("WRITES STALL", Tone::bad) : toned("writing", Tone::good));
  if (const auto age_s = whole(at(facts, {"checkpoint_age_s"})))
    items.push_back(toned(*age_s == 0 ? std::string("all signed") : "unsigned for " + age_text(*age_s)));
  else if (facts.is_object())
    items.push_back(toned("no checkpoints"));
  for (const auto& [name, lag_s] : object_at(facts, {"lags_s"}).items())
    items.push_back(toned(fmt::format("{} {} behind", printable(name), age_text(whole(lag_s).value_or(0)))));
  for (std::size_t i = 0; i < std::min(partitions.size(), heads_shown_max); ++i)
    items.push_back(toned(fmt::format("{}: {}", count(at(partitions[i], {"partition"})), with_commas(count(at(partitions[i], {"sequence"})))), Tone::faint));
  if (partitions.size() > heads_shown_max) items.push_back(toned(fmt::format("and {} more partitions", partitions.size() - heads_shown_max), Tone::faint));
  if (items.empty()) items.push_back(toned("-"));
  return {.name = "event log", .rank = 7, .head = flow("EVENT LOG", items, width)};
}

Section node(const Json& snapshot, std::size_t width) {
  const Json& facts = at(snapshot, {"overview", "node"});
  if (!facts.is_object()) return {.name = "node", .rank = 8, .head = flow("NODE", {toned("-")}, width)};
  const uint64_t open = count(at(facts, {"descriptors_open"})), open_max = count(at(facts, {"descriptors_max"}));
  const uint64_t connections = count(at(facts, {"connections"}));
  std::vector<Line> items{of_disk(facts), toned("memory " + bytes_text(count(at(facts, {"resident_bytes"})))),
                          toned(with_commas(connections) + (connections == 1 ? " connection" : " connections")),
                          toned(fmt::format("{} of {} descriptors", with_commas(open), with_commas(open_max)),
                                percent_of(open, open_max) > descriptors_percent_high ? Tone::warn : Tone::plain)};
  if (const auto left_s = whole(at(facts, {"certificate_expires_in_s"}))) {
    items.push_back(toned(*left_s <= 0 ? std::string("certificate HAS EXPIRED") : "certificate for " + age_text(*left_s),
                          *left_s <= 0 ? Tone::bad : *left_s < certificate_soon_s ? Tone::warn : Tone::plain));
  }
  return {.name = "node", .rank = 8, .head = flow("NODE", items, width)};
}

Section backups(const Json& snapshot, std::size_t width) {
  const Json& backup = at(snapshot, {"status", "backup"});
  const Json& archive = at(snapshot, {"status", "archive"});
  std::vector<Line> items;
  if (!backup.is_object()) items.push_back(toned("-"));
  else if (text(at(backup, {"directory"})).empty()) items.push_back(toned("no backup.directory is set"));
  else if (const auto age_s = whole(at(snapshot, {"overview", "node", "backup_age_s"}))) items.push_back(toned("newest " + age_text(*age_s) + " old"));
  else items.push_back(toned("by hand, last " + since(snapshot, at(backup, {"last_success"}))));
  if (at(backup, {"running"}) == true) items.push_back(toned("one is being made", Tone::good));
  add_failures(items, backup);
  if (archive.is_object()) items.push_back(toned("archive complete " + since(snapshot, at(archive, {"last_success"}))));
  add_failures(items, archive);
  return {.name = "backups", .rank = 13, .head = flow("BACKUPS", items, width)};
}

}  // namespace tollgate::cli::sections
