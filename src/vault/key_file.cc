#include "vault/key_file.h"

#include <openssl/crypto.h>

#include "tollgate/base/bytes.h"
#include "tollgate/base/digest.h"
#include "vault/private_file.h"

namespace tollgate::vault {
namespace {

constexpr std::size_t file_bytes_max = 1'024;
constexpr std::string_view head = "tollgate vault key 1\nid ";
constexpr std::string_view key_label = "\nkey ";
constexpr std::string_view checksum_label = "\nchecksum ";
constexpr std::size_t id_characters = 16, key_characters = 64, checksum_characters = 16;
constexpr std::size_t summed_bytes = head.size() + id_characters + key_label.size() + key_characters;
constexpr std::size_t file_bytes = summed_bytes + checksum_label.size() + checksum_characters + 1;

std::string id_of(const Key& key) { return to_hex(view(hmac_sha256(key.view(), "tollgate vault key id")).substr(0, id_characters / 2)); }
std::string checksum_of(std::string_view summed) { return to_hex(view(sha256(summed)).substr(0, checksum_characters / 2)); }

// Without to_hex(), whose own copy of the key could not be wiped.
void append_hex(std::string& to, std::string_view bytes) {
  for (const char c : bytes) {
    to.push_back("0123456789abcdef"[static_cast<uint8_t>(c) >> 4]);
    to.push_back("0123456789abcdef"[static_cast<uint8_t>(c) & 15]);
  }
}

Secret text_of(const MasterKey& master) {
  std::string text;
  text.reserve(file_bytes);
  text.append(head).append(master.id).append(key_label);
  append_hex(text, master.key.view());
  const std::string checksum = checksum_of(text);
  text.append(checksum_label).append(checksum).append("\n");
  return Secret(std::move(text));
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool decode_key(std::string_view hex, Key& key) {
  char bytes[Key::size];
  bool valid = true;
  for (std::size_t i = 0; i < Key::size; ++i) {
    const int high = hex_digit(hex[2 * i]), low = hex_digit(hex[2 * i + 1]);
    valid = valid && high >= 0 && low >= 0;
    bytes[i] = static_cast<char>(high << 4 | low);
  }
  if (valid) key = Key({bytes, sizeof bytes});
  OPENSSL_cleanse(bytes, sizeof bytes);
  return valid;
}

StatusOr<MasterKey> parse(std::string_view text, const std::string& path) {
  const auto damaged = [&] { return data_loss("the key file {} is damaged: restore it from a copy", path); };
  if (text.size() != file_bytes || !text.starts_with(head) || text.back() != '\n') return damaged();
  const std::string_view checksum = text.substr(summed_bytes);
  if (!checksum.starts_with(checksum_label)) return damaged();
  if (checksum.substr(checksum_label.size(), checksum_characters) != checksum_of(text.substr(0, summed_bytes))) return damaged();
  MasterKey master;
  master.id = text.substr(head.size(), id_characters);
  if (text.substr(head.size() + id_characters, key_label.size()) != key_label) return damaged();
  if (!decode_key(text.substr(summed_bytes - key_characters, key_characters), master.key)) return damaged();
  if (master.id != id_of(master.key)) return damaged();
  return master;
}

}  // namespace

StatusOr<MasterKey> load_key_file(const std::string& path) {
  TOLLGATE_ASSIGN_OR_RETURN(const Secret text, read_private_file(path, file_bytes_max, "the key file"));
  return parse(text.reveal(), path);
}

StatusOr<MasterKey> create_key_file(const std::string& path) {
  MasterKey master{Key::random(), {}};
  master.id = id_of(master.key);
  TOLLGATE_RETURN_IF_ERROR(create_private_file(path, text_of(master)));
  return master;
}

}  // namespace tollgate::vault
