// One picture of `tollgate top`: a snapshot, laid out for a terminal's size.
#pragma once
#include <string>
#include <vector>

#include "cli/terminal_text.h"
#include "cli/top_look.h"

namespace tollgate::cli {

struct TopView {
  std::size_t width = 100;
  std::size_t height = 0;   // 0: as many lines as there are
  bool has_keys = false;    // a last line says which
  bool paused = false;
  std::string note;         // why this is not of now; empty: it is
  std::string focus;        // the list that gets the room; empty: none
  std::size_t scroll = 0;   // its first line that is shown
};

struct TopPicture {
  std::vector<Line> lines;      // none wider than the view, no more than fit
  std::size_t scroll_max = 0;   // of the list in focus
};

[[nodiscard]] TopPicture top_picture(const Json& snapshot, const TopView& view);

// The list after this one, for the Tab key; empty: none.
[[nodiscard]] std::string next_focus(const std::string& focus, bool back);

}  // namespace tollgate::cli
