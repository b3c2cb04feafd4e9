// The files of a log's identity and of what it has signed.
#pragma once
#include <optional>
#include <string>

#include "tollgate/base/file.h"
#include "tollgate/proof/kept.h"

namespace tollgate::transparency {

struct Paths {
  std::string data_dir;
  [[nodiscard]] std::string key() const { return data_dir + "/checkpoint.key"; }
  [[nodiscard]] std::string generation() const { return data_dir + "/log_generation"; }
  [[nodiscard]] std::string folder() const { return data_dir + "/checkpoints"; }
  [[nodiscard]] std::string signed_last() const { return folder() + "/signed"; }
  [[nodiscard]] std::string cosigned() const { return folder() + "/cosigned"; }
  [[nodiscard]] std::string history() const { return folder() + "/history"; }
  [[nodiscard]] std::string verifier_key(uint32_t partition, uint64_t generation) const;
  [[nodiscard]] std::string tiles() const { return data_dir + "/tlog"; }
};

// not_found if there is no such file; an error if it is larger than anything we write.
[[nodiscard]] StatusOr<std::string> read_file(const std::string& path);
// Not synced unless asked for.
[[nodiscard]] Status append_file(const std::string& path, std::string_view content, bool sync);
[[nodiscard]] Status cut_file(const std::string& path, uint64_t bytes);

// 1 if there is no file.
[[nodiscard]] StatusOr<uint64_t> read_generation(const Paths& paths);
// Made at the first start. `origin`: empty, or what the key's name must be.
[[nodiscard]] StatusOr<proof::SignerKey> load_or_make_key(const Paths& paths, const std::string& origin);

}  // namespace tollgate::transparency
