// What one backup holds, as JSON: readable by people, and enough to find each file and to check it (sha256sum).
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tollgate/backup/backup.h"

namespace tollgate::backup {

struct BackedFile {
  std::string name;
  uint64_t bytes = 0;
  std::string sha256;  // hex; where it stands in the store
  bool immutable = false;
};
struct BackedDatabase {
  std::string name;  // "log", "vault", "sandbox"
  std::string identity;
  std::vector<BackedFile> files;
  [[nodiscard]] const BackedFile* find(std::string_view file_name) const;
};

struct Manifest {
  BackupInfo info;
  std::vector<BackedDatabase> databases;
  std::vector<BackedFile> data_files;  // beside them in the data directory
  [[nodiscard]] const BackedDatabase* find(std::string_view database) const;
};

// With a checksum of its own.
[[nodiscard]] std::string encode(const Manifest& manifest);
[[nodiscard]] StatusOr<Manifest> decode_manifest(std::string_view text, const std::string& path);

[[nodiscard]] std::string text_of_time(int64_t time_us);  // "2026-01-31T12:00:00.123456Z"

}  // namespace tollgate::backup
