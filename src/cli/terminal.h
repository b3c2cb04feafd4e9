// The terminal as a screen: its other page, keys as they are pressed, and everything as it was when we leave, however we leave.
#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "cli/terminal_keys.h"
#include "cli/terminal_text.h"
#include "tollgate/base/status.h"

namespace tollgate::cli {

struct TerminalSize {
  std::size_t width = 80, height = 24;
};
// Of the terminal that stdout is; nothing if it is none.
[[nodiscard]] std::optional<TerminalSize> terminal_size();
// Whether people who read stdout want colour: it is a terminal, and NO_COLOR is not set (no-color.org).
[[nodiscard]] bool wants_colour();
// Whether it can place its cursor.
[[nodiscard]] bool is_screen();

class Terminal {
 public:
  // Takes SIGINT, SIGTERM, SIGHUP, SIGTSTP and SIGWINCH over, in this thread and those that it starts. One at a time.
  [[nodiscard]] static StatusOr<std::unique_ptr<Terminal>> open();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal();

  // From the top, in a terminal that is `width` wide. False: the terminal is gone.
  [[nodiscard]] bool draw(const std::vector<Line>& lines, std::size_t width);

  struct Happened {
    std::vector<Key> keys;
    bool stop = false;   // a signal said so, or the terminal is gone
    bool other = false;  // `other_fd` can be read
  };
  // Until something happens, also a change of the size, or `timeout_ms` are over.
  [[nodiscard]] Happened wait(int timeout_ms, int other_fd);

 private:
  Terminal(int signals, bool has_keys) : signals_(signals), has_keys_(has_keys), in_colour_(wants_colour()) {}
  void take_signal(Happened& happened);

  const int signals_;
  const bool has_keys_;  // stdin is a terminal
  const bool in_colour_;
  bool clear_ = true;    // what stands there is not ours, or of another size
  KeyReader keys_;
};

}  // namespace tollgate::cli
