// After a restore the data needs the key files that it was written with; a node that made itself new ones would lock everybody out.
#pragma once
#include <string>
#include <vector>

#include "tollgate/backup/backup.h"

namespace tollgate {

// Notes in a restored data directory which key files must be there before a node may start on it.
[[nodiscard]] Status require_keys(const std::string& data_dir, const std::vector<KeyFile>& keys);
// failed_precondition names each key file that is missing or another one. Once all are there the note is removed. Also refuses a
// directory whose restore did not finish.
[[nodiscard]] Status check_restored(const std::string& data_dir);
// Those of `keys` that are missing in `data_dir` or are others.
[[nodiscard]] StatusOr<std::vector<KeyFile>> missing_keys(const std::string& data_dir, const std::vector<KeyFile>& keys);

}  // namespace tollgate
