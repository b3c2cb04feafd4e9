#include "cli/top_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>

#include "cli/progress.h"
#include "cli/top_format.h"
#include "cli/top_sections.h"

namespace tollgate::cli {
namespace {

constexpr std::array<const char*, 4> focuses = {"", "alerts", "partners", "errors"};
constexpr int kept_rank = 1;  // alerts and the list in focus: something of them for as long as a line is left
constexpr const char* keys_text = "q quit   p pause   Tab next list   j k up and down";

std::vector<Line> header(const Json& snapshot, const TopView& view) {
  const Json& overview = at(snapshot, {"overview"});
  const std::string version = text(at(snapshot, {"overview", "node", "version"}));
  // The overview's word is up to five seconds old, the status's is of now.
  const Json& ready = at(overview, {"ready"});
  const bool is_ready = ready == true && at(snapshot, {"status", "ready"}) != false;
  std::vector<Line> items{toned(version.empty() ? text(at(snapshot, {"status", "version"})) : version), toned(text(at(snapshot, {"admin"})))};
  if (ready.is_boolean()) items.push_back(is_ready ? toned("ready", Tone::good) : toned("NOT READY", Tone::bad));
  if (const auto uptime_s = whole(at(overview, {"node", "uptime_s"}))) items.push_back(toned("up " + age_text(*uptime_s)));
  if (const auto partners = whole(at(overview, {"node", "partners"})))
    items.push_back(toned(fmt::format("{} {}", with_commas(count(at(overview, {"node", "partners"}))), *partners == 1 ? "partner" : "partners")));
  if (const std::string time = text(at(overview, {"time"})); time.size() >= 19) items.push_back(toned(time.substr(11, 8) + " UTC", Tone::faint));
  if (view.paused) items.push_back(toned("PAUSED", Tone::warn));
  std::vector<Line> lines = flow("tollgate", items, view.width);
  if (!view.note.empty()) lines.push_back(toned(printable(view.note), Tone::bad));
  if (ready.is_boolean() && !is_ready) {
    std::string because;
    for (const Json& one : list_at(overview, {"not_ready_because"})) because += (because.empty() ? "" : "; ") + text(one);
    if (!because.empty()) lines.push_back(toned("not ready: " + because, Tone::bad));
  }
  return lines;
}

std::size_t lines_of(const Section& section) { return section.head.size() + section.rows.size(); }
std::size_t lines_of(const std::vector<Section>& all) {
  std::size_t lines = 0;
  for (const Section& section : all) lines += lines_of(section);
  return lines;
}

// Leaves out what there is no room for: first the ends of lists, then whole sections, what matters least before what matters more.
void fit(std::vector<Section>& all, std::size_t height) {
  std::vector<Section*> order;
  for (Section& section : all) order.push_back(&section);
  std::stable_sort(order.begin(), order.end(), [](const Section* a, const Section* b) { return a->rank > b->rank; });
  std::size_t lines = lines_of(all);
  const auto shorten = [&](Section& section, std::size_t rows_min) {
    const std::size_t spare = section.rows.size() - std::min(section.rows.size(), rows_min);
    const std::size_t gone = std::min(spare, lines - std::min(lines, height));
    section.rows.resize(section.rows.size() - gone);
    lines -= gone;
  };
  for (Section* section : order) shorten(*section, section->rows_min);
  for (Section* section : order) {
    if (section->rank <= kept_rank) shorten(*section, 0);
    if (lines <= height) break;
    lines -= lines_of(*section);
    section->head.clear();
    section->rows.clear();
  }
}

// The list in focus may take all the room that there is, and its rows move under its heading. Gives how far they can.
std::size_t scroll(Section& section, std::size_t by, std::size_t room) {
  const std::size_t shown = std::clamp<std::size_t>(room - std::min(room, section.head.size()), 1, section.rows.size());
  const std::size_t by_max = section.rows.size() - shown;
  const auto first = section.rows.begin() + static_cast<std::ptrdiff_t>(std::min(by, by_max));
  section.rows = std::vector<Line>(first, first + static_cast<std::ptrdiff_t>(shown));
  section.rows_min = shown;
  section.rank = 0;
  return by_max;
}

// What was left out is said in the list's heading.
void tell_hidden(Section& section, std::size_t hidden) {
  if (hidden == 0 || section.head.empty()) return;
  std::string& title = section.head.front().front().text;
  std::string name = section.name;
  for (char& c : name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  title = left(fmt::format("{} +{} {}", name, hidden, hidden == 1 ? "line" : "lines"), display_width(title));
}

}  // namespace

TopPicture top_picture(const Json& snapshot, const TopView& view) {
  TopPicture picture;
  std::vector<Line>& lines = picture.lines;
  lines = header(snapshot, view);
  std::vector<Section> all = top_sections(snapshot, view.width);
  std::vector<std::size_t> rows_before;
  for (const Section& section : all) rows_before.push_back(section.rows.size());
  const std::size_t bottom = view.has_keys ? 1 : 0, fixed = lines.size() + bottom;
  const std::size_t room = view.height == 0 ? SIZE_MAX : view.height - std::min(view.height, fixed);
  for (Section& section : all)
    if (view.focus == section.name && !section.rows.empty()) picture.scroll_max = scroll(section, view.scroll, room);
  fit(all, room);
  // What is left of the room sets the lists apart.
  std::size_t spare = room == SIZE_MAX ? SIZE_MAX : room - std::min(room, lines_of(all));
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool is_list = rows_before[i] > 0 && !all[i].head.empty();
    if (is_list && i > 0 && spare > 0) {
      lines.emplace_back();
      --spare;
    }
    tell_hidden(all[i], rows_before[i] - all[i].rows.size());
    std::move(all[i].head.begin(), all[i].head.end(), std::back_inserter(lines));
    std::move(all[i].rows.begin(), all[i].rows.end(), std::back_inserter(lines));
  }
  if (view.height > 0) lines.resize(std::min(lines.size(), view.height - std::min(view.height, bottom)));
  if (view.has_keys && view.height > 0) {
    lines.resize(view.height - 1);
    lines.push_back(toned(view.focus.empty() ? keys_text : fmt::format("{}   [{}]", keys_text, view.focus), Tone::faint));
  }
  for (Line& line : lines) line = cut(std::move(line), view.width);
  return picture;
}

std::string next_focus(const std::string& focus, bool back) {
  const auto found = std::find(focuses.begin(), focuses.end(), focus);
  const std::size_t index = found == focuses.end() ? 0 : static_cast<std::size_t>(found - focuses.begin());
  return focuses[(index + (back ? focuses.size() - 1 : 1)) % focuses.size()];
}

}  // namespace tollgate::cli
