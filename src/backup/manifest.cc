#include "backup/manifest.h"

#include <algorithm>
#include <ctime>

#include "backup/generation_json.h"
#include "tollgate/base/bytes.h"
#include "tollgate/base/digest.h"
#include "tollgate/base/shallow_json.h"
#include "tollgate/base/time.h"

namespace tollgate::backup {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* format_name = "tollgate-backup-1";

Json to_json(const BackedFile& file) {
  return {{"name", file.name}, {"bytes", file.bytes}, {"sha256", file.sha256}, {"immutable", file.immutable}};
}
bool is_plain(std::string_view name) { return !name.empty() && name.find('/') == std::string_view::npos && name.front() != '.'; }
// `folder`: the one in which it may stand as well.
BackedFile file_from(const Json& json, std::string_view folder = {}) {
  BackedFile file{json.at("name"), json.at("bytes"), json.at("sha256"), json.at("immutable")};
  // It becomes a path: nothing but a name, and nothing but a hash.
  std::string_view name = file.name;
  if (!folder.empty() && name.starts_with(folder)) name.remove_prefix(folder.size());
  if (!is_plain(name)) throw std::runtime_error("a file has the name \"" + file.name + "\"");
  const auto bytes = from_hex(file.sha256);
  if (!bytes || bytes->size() != sizeof(Digest)) throw std::runtime_error("a file has no SHA-256");
  return file;
}
template <class T, class F>
Json list_of(const std::vector<T>& all, F&& one) {
  Json list = Json::array();
  for (const T& item : all) list.push_back(one(item));
  return list;
}

Json to_json(const Manifest& manifest) {
  const BackupInfo& info = manifest.info;
  return {{"format", format_name},
          {"id", info.id},
          {"time", text_of_time(info.time_us)},
          {"time_us", info.time_us},
          {"node_version", info.node_version},
          {"log_generation", json_of(info.generation)},
          {"partitions", list_of(info.partitions,
                                 [](const BackedPartition& one) -> Json {
                                   return {{"partition", one.partition}, {"sequence", one.sequence}, {"epoch", one.epoch}, {"hash", one.hash}, {"time_us", one.time_us}};
                                 })},
          {"keys", list_of(info.keys, [](const KeyFile& key) -> Json { return {{"file", key.file}, {"id", key.id}, {"what", key.what}}; })},
          {"files", info.files},
          {"bytes", info.bytes},
          {"new_bytes", info.new_bytes},
          {"data_files", list_of(manifest.data_files, [](const BackedFile& file) { return to_json(file); })},
          {"databases", list_of(manifest.databases, [](const BackedDatabase& database) -> Json {
             return {{"name", database.name}, {"identity", database.identity}, {"files", list_of(database.files, [](const BackedFile& file) { return to_json(file); })}};
           })}};
}

Manifest manifest_from(const Json& json) {
  if (json.at("format") != format_name) throw std::runtime_error("its format is unknown: use a newer version of this program");
  Manifest manifest;
  BackupInfo& info = manifest.info;
  info.id = json.at("id");
  info.time_us = json.at("time_us");
  info.node_version = json.at("node_version");
  info.generation = generation_from(json.at("log_generation"));
  for (const Json& one : json.at("partitions"))
    info.partitions.push_back({one.at("partition"), one.at("sequence"), one.at("epoch"), one.at("hash"), one.at("time_us")});
  for (const Json& one : json.at("keys")) info.keys.push_back({one.at("file"), one.at("id"), one.at("what")});
  info.files = json.at("files");
  info.bytes = json.at("bytes");
  info.new_bytes = json.at("new_bytes");
  for (const Json& one : json.at("data_files")) manifest.data_files.push_back(file_from(one, one.at("name") == "vault/kek" ? "vault/" : "checkpoints/"));
  for (const Json& one : json.at("databases")) {
    BackedDatabase& database = manifest.databases.emplace_back();
    database.name = one.at("name");
    database.identity = one.at("identity");
    for (const Json& file : one.at("files")) database.files.push_back(file_from(file));
  }
  return manifest;
}

}  // namespace

const BackedFile* BackedDatabase::find(std::string_view file_name) const {
  const auto at = std::find_if(files.begin(), files.end(), [&](const BackedFile& file) { return file.name == file_name; });
  return at == files.end() ? nullptr : &*at;
}

const BackedDatabase* Manifest::find(std::string_view database) const {
  const auto at = std::find_if(databases.begin(), databases.end(), [&](const BackedDatabase& one) { return one.name == database; });
  return at == databases.end() ? nullptr : &*at;
}

std::string encode(const Manifest& manifest) {
  const Json body = to_json(manifest);
  return Json{{"manifest", body}, {"sha256", to_hex(view(sha256(body.dump())))}}.dump(1) + "\n";
}

StatusOr<Manifest> decode_manifest(std::string_view text, const std::string& path) {
  try {
    const Json whole = parse_shallow_json<Json>(text);
    if (whole.is_discarded()) return data_loss("the manifest {} is damaged: it is no JSON", path);
    const Json& body = whole.at("manifest");
    if (whole.at("sha256") != to_hex(view(sha256(body.dump())))) return data_loss("the manifest {} was changed: its SHA-256 is another one", path);
    return manifest_from(body);
  } catch (const std::exception& problem) {
    return data_loss("the manifest {} is damaged: {}", path, problem.what());
  }
}

std::string text_of_time(int64_t time_us) {
  const std::time_t seconds = time_us / us_per_second;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min,
                     parts.tm_sec, time_us % us_per_second);
}

}  // namespace tollgate::backup
