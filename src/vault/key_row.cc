#include "vault/key_row.h"

#include "tollgate/base/assert.h"
#include "tollgate/base/bytes.h"

namespace tollgate::vault {
namespace {

constexpr char row_version = 1;

bool take_text(std::string_view& from, std::string& text) {
  if (from.empty() || from.size() < 1u + static_cast<uint8_t>(from[0])) return false;
  text = from.substr(1, static_cast<uint8_t>(from[0]));
  from.remove_prefix(1 + text.size());
  return true;
}

}  // namespace

std::optional<KeyRow> parse_key_row(std::string_view key, std::string_view value) {
  if (key.size() != 5 || key[0] != key_row_kind || value.size() < key_row_head_bytes || value[0] != row_version) return std::nullopt;
  KeyRow row;
  row.number = load_be32(key.data() + 1);
  row.kind = static_cast<KeyKind>(value[1]);
  row.state = static_cast<KeyState>(value[2]);
  row.created_us = static_cast<int64_t>(load_be64(value.data() + 3));
  if (row.kind < KeyKind::index || row.kind > KeyKind::v1 || row.state < KeyState::active || row.state > KeyState::retiring) return std::nullopt;
  value.remove_prefix(key_row_head_bytes);
  if (!take_text(value, row.provider) || !take_text(value, row.kek_id)) return std::nullopt;
  row.wrapped = value;
  return row;
}

std::string key_row_of(uint32_t number) {
  std::string row(1, key_row_kind);
  append_be32(row, number);
  return row;
}

std::string key_row_head(KeyKind kind, KeyState state, int64_t created_us) {
  std::string head{row_version, static_cast<char>(kind), static_cast<char>(state)};
  append_be64(head, static_cast<uint64_t>(created_us));
  return head;
}

void append_key_row_text(std::string& to, std::string_view text) {
  TOLLGATE_ASSERT(text.size() < 256);
  to.push_back(static_cast<char>(text.size()));
  to.append(text);
}

const char* name_of(KeyKind kind) {
  switch (kind) {
    case KeyKind::index: return "index";
    case KeyKind::data: return "data";
    case KeyKind::v1: return "v1";
  }
  return "";
}

}  // namespace tollgate::vault
