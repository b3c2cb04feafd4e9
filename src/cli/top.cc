// The node at a glance, in a terminal.
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "cli/command.h"
#include "cli/signals.h"
#include "cli/terminal.h"
#include "cli/top_feed.h"
#include "cli/top_format.h"
#include "cli/top_view.h"
#include "tollgate/base/clock.h"

namespace tollgate::cli {
namespace {

constexpr int64_t ms_per_second = 1'000;
constexpr std::size_t plain_width = 100;  // where nobody says how wide
constexpr std::size_t page_lines = 10;
constexpr int redraw_ms = 1'000;          // seconds count on also while there is no news

struct Options {
  AdminTarget target;
  int64_t interval_s = 1;
  bool once = false, as_json = false;
};

// Nothing that a terminal obeys is left in it: everything but ASCII is escaped.
bool print_json(const Json& snapshot) {
  const std::string line = snapshot.dump(-1, ' ', true, Json::error_handler_t::replace);
  return std::printf("%s\n", line.c_str()) > 0 && std::fflush(stdout) == 0;
}

int print_picture(const Json& snapshot) {
  TopView view;
  view.width = terminal_size().value_or(TerminalSize{plain_width, 0}).width;
  for (const Line& line : top_picture(snapshot, view).lines) std::printf("%s\n", painted(line, wants_colour()).c_str());
  return exit_ok;
}

// A line each time, until a signal, or until nobody reads them any more.
int stream_json(TopSource source, Json snapshot, int64_t interval_s) {
  StopSignal stop;
  const int wait_ms = static_cast<int>(interval_s * ms_per_second);
  bool away = false;
  while (true) {
    if (!away && !print_json(snapshot)) return exit_ok;
    if (stop.wait(wait_ms) != 0) return exit_ok;
    auto next = source.read();
    if (!next.ok() && !is_away(next.status())) return complain(next.status());
    if (next.ok() && away) std::fprintf(stderr, "tollgate: the node answers again\n");
    if (!next.ok() && !away) static_cast<void>(complain(next.status()));
    away = !next.ok();
    if (next.ok()) snapshot = *std::move(next);
  }
}

class Live {
 public:
  Live(Terminal& terminal, TopFeed& feed, Json snapshot) : terminal_(terminal), feed_(feed), shown_(std::move(snapshot)) { view_.has_keys = true; }

  // Until it is told to end; not ok: why it cannot go on.
  Status run() {
    while (true) {
      if (!draw()) return absl::OkStatus();
      const Terminal::Happened happened = terminal_.wait(redraw_ms, feed_.news_fd());
      if (happened.stop) return absl::OkStatus();
      for (const Key key : happened.keys) {
        if (key == Key::quit) return absl::OkStatus();
        press(key);
      }
      if (!happened.other) continue;
      news_ = feed_.take();
      if (!news_.ended.ok()) return news_.ended;
      if (news_.snapshot) newest_ = std::move(news_.snapshot);
      show_newest();
    }
  }

 private:
  void show_newest() {
    if (view_.paused || !newest_) return;
    shown_ = *std::move(newest_);
    newest_.reset();
  }

  bool draw() {
    const TerminalSize size = terminal_size().value_or(TerminalSize{});
    view_.width = size.width;
    view_.height = size.height;
    view_.note = note();
    const TopPicture picture = top_picture(shown_, view_);
    view_.scroll = std::min(view_.scroll, picture.scroll_max);
    return terminal_.draw(picture.lines, size.width);
  }

  [[nodiscard]] std::string note() const {
    if (news_.away.empty()) return {};
    const int64_t now_us = monotonic_us();
    const int64_t left_s = (news_.asked_again_us - now_us + us_per_second - 1) / us_per_second;
    return fmt::format("no answer for {}, {}: {}", age_text((now_us - news_.away_since_us) / us_per_second),
                       left_s > 0 ? "asking again in " + age_text(left_s) : std::string("asking again"), news_.away);
  }

  void press(Key key) {
    const auto up = [&](std::size_t lines) { view_.scroll -= std::min(view_.scroll, lines); };
    switch (key) {
      case Key::quit: break;
      case Key::pause:
        view_.paused = !view_.paused;
        show_newest();
        break;
      case Key::next:
      case Key::previous:
        view_.focus = next_focus(view_.focus, key == Key::previous);
        view_.scroll = 0;
        break;
      case Key::up: up(1); break;
      case Key::page_up: up(page_lines); break;
      case Key::down: view_.scroll += 1; break;
      case Key::page_down: view_.scroll += page_lines; break;
    }
  }

  Terminal& terminal_;
  TopFeed& feed_;
  TopView view_;
  Json shown_;
  std::optional<Json> newest_;  // not shown yet: paused
  TopFeed::News news_;
};

int live(TopSource source, Json snapshot, int64_t interval_s) {
  // First the terminal: its signals are not for the feed's thread.
  auto terminal = Terminal::open();
  if (!terminal.ok()) return complain(terminal.status());
  auto feed = std::make_unique<TopFeed>(std::move(source), interval_s * ms_per_second);
  const Status ended = Live(**terminal, *feed, std::move(snapshot)).run();
  const bool stopped = feed->stop();
  terminal->reset();
  const int exit_status = ended.ok() ? exit_ok : complain(ended);
  if (!stopped) {
    // It waits for an answer that nobody wants any more.
    std::fflush(nullptr);
    std::_Exit(exit_status);
  }
  return exit_status;
}

int top(const Options& options) {
  TopSource source(options.target);
  // What is wrong from the beginning is said at once; later the node may come back.
  auto first = source.read();
  if (!first.ok()) return complain(first.status());
  if (options.as_json) {
    if (!options.once) return stream_json(std::move(source), *std::move(first), options.interval_s);
    return print_json(*first) ? exit_ok : complain("the snapshot could not be written");
  }
  if (options.once || !terminal_size() || !is_screen()) return print_picture(*first);
  return live(std::move(source), *std::move(first), options.interval_s);
}

}  // namespace

void add_top(CLI::App& app, Run& run) {
  auto* command = app.add_subcommand("top", "Watch a running node in the terminal: throughput, latency, what is in doubt, partners, alerts");
  auto options = std::make_shared<Options>();
  add_admin_options(*command, options->target);
  command->add_option("--interval", options->interval_s, "Seconds between two looks")->type_name("S")->check(CLI::Range(1, 3'600))->capture_default_str();
  command->add_flag("--once", options->once, "Show it once and end; also if stdout is no terminal");
  command->add_flag("--json", options->as_json, "What is shown as JSON, for programs: a line each time, or once with --once");
  command->footer("Keys: q quit, p pause, Tab the next list (alerts, partners, errors), j and k or the arrows move in it.\n"
                  "Any admin token will do: every role may see the node. NO_COLOR=1 shows it without colour.");
  command->callback([options, &run] { run = [options] { return top(*options); }; });
}

}  // namespace tollgate::cli
