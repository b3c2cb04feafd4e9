// What happened, line by line. The hash over all lines is the run's fingerprint: the same seed gives the same one, always. The last
// lines are kept for whoever reads about a failure.
#pragma once
#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <string_view>

namespace tollgate::sim {

class Trace {
 public:
  static constexpr std::size_t lines_kept = 40;
  static constexpr std::size_t line_bytes_max = 220;

  explicit Trace(bool print_all) : print_all_(print_all) {}

  template <class... Args>
  void line(uint64_t step, int64_t now_us, fmt::format_string<Args...> format, Args&&... args) {
    Line& to = lines_[count_++ % lines_kept];
    const auto head = fmt::format_to_n(to.text, line_bytes_max, "{:>4} {:>12} ", step, now_us);
    const auto done = fmt::format_to_n(head.out, line_bytes_max - (head.out - to.text), format, std::forward<Args>(args)...);
    to.bytes = static_cast<std::size_t>(done.out - to.text);
    mix({to.text, to.bytes});
    if (print_all_) print(stdout, to);
  }
  void mix(std::string_view bytes) {
    for (const char c : bytes) hash_ = (hash_ ^ static_cast<uint8_t>(c)) * 0x100000001b3ULL;
  }
  [[nodiscard]] uint64_t hash() const { return hash_; }

  void print_last(std::FILE* to) const {
    const std::size_t kept = count_ < lines_kept ? count_ : lines_kept;
    for (std::size_t i = count_ - kept; i < count_; ++i) print(to, lines_[i % lines_kept]);
  }

 private:
  struct Line {
    char text[line_bytes_max];
    std::size_t bytes = 0;
  };
  static void print(std::FILE* to, const Line& line) { std::fprintf(to, "  %.*s\n", static_cast<int>(line.bytes), line.text); }

  bool print_all_;
  std::size_t count_ = 0;
  uint64_t hash_ = 0xcbf29ce484222325ULL;
  std::array<Line, lines_kept> lines_;
};

}  // namespace tollgate::sim
