// What a person sees of long work that has several steps, on stderr and only if that is a terminal; and sizes as people read them.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace tollgate::cli {

class StepLine {
 public:
  StepLine();
  ~StepLine() { clear(); }
  void show(std::string_view doing, std::string_view done);
  void clear();

 private:
  bool wanted_, shown_ = false;
};

[[nodiscard]] std::string bytes_text(uint64_t bytes);  // "12.3 MiB"

}  // namespace tollgate::cli
