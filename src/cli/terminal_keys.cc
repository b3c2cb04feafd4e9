#include "cli/terminal_keys.h"

#include <optional>

namespace tollgate::cli {
namespace {

constexpr char escape = '\x1b';
constexpr std::size_t sequence_bytes_max = 16;

std::optional<Key> key_of(char byte) {
  switch (byte) {
    case 'q': case 'Q': case '\x03': return Key::quit;  // and Ctrl-C, should the terminal not make a signal of it
    case 'p': case 'P': case ' ': return Key::pause;
    case '\t': return Key::next;
    case 'j': return Key::down;
    case 'k': return Key::up;
    default: return std::nullopt;
  }
}

std::optional<Key> key_of(std::string_view sequence) {
  if (sequence == "A") return Key::up;
  if (sequence == "B") return Key::down;
  if (sequence == "Z") return Key::previous;
  if (sequence == "5~") return Key::page_up;
  if (sequence == "6~") return Key::page_down;
  return std::nullopt;
}

// How many bytes the sequence at the front has, with its ESC; 0: it has not ended yet.
std::size_t length_of(std::string_view text) {
  if (text.size() < 2) return 0;
  if (text[1] != '[' && text[1] != 'O') return 1;  // the Escape key, and then another
  for (std::size_t i = 2; i < text.size(); ++i) {
    if (text[i] >= 0x40 && text[i] <= 0x7e) return i + 1;
    if (i >= sequence_bytes_max) return i;
  }
  return 0;
}

}  // namespace

std::vector<Key> KeyReader::take(std::string_view bytes) {
  begun_ += bytes;
  std::vector<Key> keys;
  std::string_view rest = begun_;
  while (!rest.empty()) {
    std::optional<Key> key;
    std::size_t length = 1;
    if (rest.front() == escape) {
      length = length_of(rest);
      if (length == 0) break;
      if (length > 2) key = key_of(rest.substr(2, length - 2));
    } else {
      key = key_of(rest.front());
    }
    if (key) keys.push_back(*key);
    rest.remove_prefix(length);
  }
  begun_ = std::string(rest);
  return keys;
}

}  // namespace tollgate::cli
