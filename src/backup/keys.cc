#include "tollgate/backup/keys.h"

#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "backup/files.h"
#include "backup/layout.h"
#include "tollgate/base/bytes.h"
#include "tollgate/base/secret.h"
#include "tollgate/directory/secret_file.h"

namespace tollgate {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view note_file = "/keys.required";
constexpr std::size_t note_bytes_max = 64 * 1024;
constexpr std::size_t id_bytes = 8;

struct Known {
  const char* file;
  const char* what;
};
constexpr Known known_keys[] = {
    {"vault/vault.key", "without it no stored card and no personal data can be read again"},
    {"pepper.key", "without it no API key of any partner works again"},
    {"checkpoint.key", "without it no checkpoint can be signed under the log's known name"},
};

constexpr const char* vault_key_file = "/vault/vault.key";

// A key file that lies there still is from before, and opens nothing of what a backup copies now.
bool key_is_in_an_hsm(const std::string& data_dir) {
  const auto note = backup::read_file(data_dir + "/vault/kek", note_bytes_max);
  return note.ok() && note->find("\nprovider file\n") == std::string::npos;
}

StatusOr<std::string> id_of(const std::string& path) {
  TOLLGATE_ASSIGN_OR_RETURN(const Secret content, load_secret_file(path));
  // Keys are 256 random bits: a hash of one tells nothing about it.
  const Digest digest = sha256("tollgate key file\n", content.reveal());
  return to_hex(view(digest).substr(0, id_bytes));
}

}  // namespace

namespace backup {

std::string key_path(const std::string& directory, const KeyFile& key) {
  std::string name = key.file;
  for (char& c : name)
    if (c == '/') c = '-';
  return directory + "/keys/" + name + "." + key.id;
}

}  // namespace backup

StatusOr<std::vector<KeyFile>> key_files_of(const std::string& data_dir) {
  std::vector<KeyFile> keys;
  if (::access((data_dir + vault_key_file + ".next").c_str(), F_OK) == 0)
    return failed_precondition("the vault's key-encryption key is being changed: try again in a moment, or start the node once if it does not run");
  for (const Known& known : known_keys) {
    if (std::string_view(vault_key_file).ends_with(known.file) && key_is_in_an_hsm(data_dir)) continue;
    auto id = id_of(data_dir + "/" + known.file);
    if (absl::IsNotFound(id.status())) continue;
    TOLLGATE_RETURN_IF_ERROR(id.status());
    keys.push_back({known.file, *std::move(id), known.what});
  }
  return keys;
}

bool has_key(const std::string& directory, const KeyFile& key) { return ::access(backup::key_path(directory, key).c_str(), F_OK) == 0; }

Status add_keys(const std::string& directory, const std::string& data_dir, const std::vector<KeyFile>& keys) {
  TOLLGATE_RETURN_IF_ERROR(backup::make_directories(directory + "/keys"));
  for (const KeyFile& key : keys) {
    if (has_key(directory, key)) continue;
    const std::string from = data_dir + "/" + key.file;
    TOLLGATE_ASSIGN_OR_RETURN(const std::string id, id_of(from));
    if (id != key.id) return failed_precondition("{} is another key (id {}) than the one that the backup's data was written with (id {})", from, id, key.id);
    TOLLGATE_ASSIGN_OR_RETURN(std::string content, backup::read_file(from, note_bytes_max));
    const Status written = replace_file(backup::key_path(directory, key), content);
    OPENSSL_cleanse(content.data(), content.size());
    TOLLGATE_RETURN_IF_ERROR(written);
  }
  return absl::OkStatus();
}

Status require_keys(const std::string& data_dir, const std::vector<KeyFile>& keys) {
  Json list = Json::array();
  for (const KeyFile& key : keys) list.push_back({{"file", key.file}, {"id", key.id}, {"what", key.what}});
  return replace_file(data_dir + std::string(note_file), Json{{"keys", list}}.dump(2) + "\n");
}

StatusOr<std::vector<KeyFile>> missing_keys(const std::string& data_dir, const std::vector<KeyFile>& keys) {
  std::vector<KeyFile> missing;
  for (const KeyFile& key : keys) {
    const auto id = id_of(data_dir + "/" + key.file);
    if (!id.ok() && !absl::IsNotFound(id.status())) return id.status();
    if (!id.ok() || *id != key.id) missing.push_back(key);
  }
  return missing;
}

Status check_restored(const std::string& data_dir) {
  if (::access((data_dir + std::string(backup::unfinished_file)).c_str(), F_OK) == 0)
    return failed_precondition("a restore into {} did not finish: empty the directory and restore anew", data_dir);
  const std::string path = data_dir + std::string(note_file);
  auto note = backup::read_file(path, note_bytes_max);
  if (absl::IsNotFound(note.status())) return absl::OkStatus();
  TOLLGATE_RETURN_IF_ERROR(note.status());
  std::vector<KeyFile> keys;
  try {
    const Json parsed = Json::parse(*note);
    for (const Json& one : parsed.at("keys")) keys.push_back({one.at("file"), one.at("id"), one.at("what")});
  } catch (const std::exception& problem) {
    return data_loss("{} is damaged: {}", path, problem.what());
  }
  for (const KeyFile& key : keys) {
    const std::string file = data_dir + "/" + key.file;
    const auto id = id_of(file);
    if (absl::IsNotFound(id.status()))
      return failed_precondition("the restored data needs the key file {} (id {}): put its copy there, mode 0600; {}", file, key.id, key.what);
    TOLLGATE_RETURN_IF_ERROR(id.status());
    if (*id != key.id) return failed_precondition("{} is another key (id {}) than the restored data was written with (id {}): put the right copy there; {}", file, *id, key.id, key.what);
  }
  if (::unlink(path.c_str()) != 0) return backup::failed("remove", path);
  return absl::OkStatus();
}

}  // namespace tollgate
