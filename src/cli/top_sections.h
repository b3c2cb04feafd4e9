// What `tollgate top` shows, section by section: from a snapshot to lines of a given width.
#pragma once
#include "cli/top_look.h"

namespace tollgate::cli {

struct Section {
  const char* name = "";
  int rank = 0;              // the higher, the sooner it gives way where there is no room
  std::vector<Line> head;    // whole or not at all
  std::vector<Line> rows = {};  // a list: so many as there is room for
  std::size_t rows_min = 0;
};

// {"admin": url, "overview": ..., "status": ..., "partners": {id: {"name", "status", "use"}}}, each as the admin API gives it. Any of it may be missing.
[[nodiscard]] std::vector<Section> top_sections(const Json& snapshot, std::size_t width);

// By file.
namespace sections {

[[nodiscard]] Section payments(const Json& snapshot, std::size_t width);
[[nodiscard]] Section requests(const Json& snapshot, std::size_t width);
[[nodiscard]] Section latency(const Json& snapshot, std::size_t width);
[[nodiscard]] Section stages(const Json& snapshot, std::size_t width);
[[nodiscard]] Section in_doubt(const Json& snapshot, std::size_t width);
[[nodiscard]] Section limits(const Json& snapshot, std::size_t width);

// top_node.cc
[[nodiscard]] Section acquirers(const Json& snapshot, std::size_t width);
[[nodiscard]] Section event_log(const Json& snapshot, std::size_t width);
[[nodiscard]] Section node(const Json& snapshot, std::size_t width);
[[nodiscard]] Section backups(const Json& snapshot, std::size_t width);

// top_lists.cc
[[nodiscard]] Section alerts(const Json& snapshot, std::size_t width);
[[nodiscard]] Section partners(const Json& snapshot, std::size_t width);
[[nodiscard]] Section errors(const Json& snapshot, std::size_t width);

}  // namespace sections

// "NAME       item  item  item", on as many lines as it takes. An item is never split.
[[nodiscard]] std::vector<Line> flow(std::string_view name, const std::vector<Line>& items, std::size_t width);
inline constexpr std::size_t name_width = 11;

}  // namespace tollgate::cli
