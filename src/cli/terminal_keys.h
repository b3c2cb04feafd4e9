// Keys that were pressed, from what a terminal sends for them.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::cli {

enum class Key : uint8_t { quit, pause, next, previous, up, down, page_up, page_down };

class KeyReader {
 public:
  // Keys that mean nothing here are left out. A sequence may come in pieces.
  [[nodiscard]] std::vector<Key> take(std::string_view bytes);

 private:
  std::string begun_;
};

}  // namespace tollgate::cli
