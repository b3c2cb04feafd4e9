#include "cli/terminal.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace tollgate::cli {
namespace {

// Other page, no cursor, no line breaks by itself; and all of that back.
constexpr std::string_view enter_text = "\x1b[?1049h\x1b[?25l\x1b[?7l";
constexpr std::string_view leave_text = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l";
constexpr int crash_signals[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL};
constexpr std::size_t keys_read_max = 256;
constexpr int write_timeout_ms = 1'000;

// What a signal handler may need, too.
termios settings_before;
volatile sig_atomic_t settings_known = 0, entered = 0;

bool write_all(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EAGAIN) {  // whoever shares the terminal made it so
      pollfd room{STDOUT_FILENO, POLLOUT, 0};
      if (::poll(&room, 1, write_timeout_ms) > 0) continue;
    }
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// Only what a signal handler may call.
void leave() {
  if (entered == 0) return;
  entered = 0;
  (void)write_all(leave_text);
  if (settings_known != 0) (void)::tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings_before);
}

void enter() {
  entered = 1;
  if (settings_known != 0) {
    termios raw = settings_before;
    // Ctrl-C stays a signal. Ctrl-S must not hold up what we write.
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    raw.c_iflag &= ~static_cast<tcflag_t>(IXON);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    (void)::tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
  }
  (void)write_all(enter_text);
}

void crashed(int number) {
  leave();
  (void)::signal(number, SIG_DFL);
  (void)::raise(number);
}

sigset_t signals_taken() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGWINCH}) sigaddset(&set, number);
  return set;
}

}  // namespace

std::optional<TerminalSize> terminal_size() {
  winsize size{};
  if (::isatty(STDOUT_FILENO) == 0) return std::nullopt;
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return TerminalSize{};
  return TerminalSize{size.ws_col, size.ws_row};
}

bool wants_colour() {
  const char* refused = std::getenv("NO_COLOR");
  return ::isatty(STDOUT_FILENO) != 0 && is_screen() && (refused == nullptr || *refused == '\0');
}

bool is_screen() {
  const char* kind = std::getenv("TERM");
  return kind != nullptr && *kind != '\0' && std::string_view(kind) != "dumb";
}

StatusOr<std::unique_ptr<Terminal>> Terminal::open() {
  const bool has_keys = ::isatty(STDIN_FILENO) != 0;
  if (has_keys && ::tcgetattr(STDIN_FILENO, &settings_before) != 0) return unavailable("the terminal does not tell its settings: {}", std::strerror(errno));
  settings_known = has_keys ? 1 : 0;
  const sigset_t set = signals_taken();
  if (::pthread_sigmask(SIG_BLOCK, &set, nullptr) != 0) return internal_error("signals cannot be blocked");
  const int signals = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals < 0) return unavailable("no signals can be waited for: {}", std::strerror(errno));
  std::signal(SIGPIPE, SIG_IGN);
  for (const int number : crash_signals) std::signal(number, crashed);
  enter();
  return std::unique_ptr<Terminal>(new Terminal(signals, has_keys));
}

Terminal::~Terminal() {
  leave();
  for (const int number : crash_signals) std::signal(number, SIG_DFL);
  ::close(signals_);
}

bool Terminal::draw(const std::vector<Line>& lines, std::size_t width) {
  // One write, so that no half of a picture is seen.
  std::string text = std::exchange(clear_, false) ? "\x1b[1;1H\x1b[2J" : "";
  for (std::size_t i = 0; i < lines.size(); ++i) {
    text += fmt::format("\x1b[{};1H", i + 1) + painted(lines[i], in_colour_);
    // Behind a line that is full, the cursor stands on its last character.
    if (display_width(lines[i]) < width) text += "\x1b[K";
  }
  return write_all(text);
}

void Terminal::take_signal(Happened& happened) {
  signalfd_siginfo info{};
  while (::read(signals_, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    if (info.ssi_signo == SIGWINCH) {
      clear_ = true;
    } else if (info.ssi_signo == SIGTSTP) {
      leave();
      (void)::raise(SIGSTOP);  // until somebody continues us
      enter();
      clear_ = true;
    } else {
      happened.stop = true;
    }
  }
}

Terminal::Happened Terminal::wait(int timeout_ms, int other_fd) {
  Happened happened;
  pollfd waiting[] = {{signals_, POLLIN, 0}, {other_fd, POLLIN, 0}, {has_keys_ ? STDIN_FILENO : -1, POLLIN, 0}};
  if (::poll(waiting, std::size(waiting), timeout_ms) <= 0) return happened;
  if (waiting[0].revents != 0) {
    // It may have thrown away what was typed.
    take_signal(happened);
    return happened;
  }
  happened.other = waiting[1].revents != 0;
  if (waiting[2].revents == 0) return happened;
  char bytes[keys_read_max];
  const ssize_t got = ::read(STDIN_FILENO, bytes, sizeof bytes);
  if (got > 0) happened.keys = keys_.take({bytes, static_cast<std::size_t>(got)});
  else if (got == 0 || (errno != EINTR && errno != EAGAIN)) happened.stop = true;
  return happened;
}

}  // namespace tollgate::cli
