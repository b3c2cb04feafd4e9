// A generation as JSON: in the data directory, in manifests and in archives.
#pragma once
#include <nlohmann/json.hpp>

#include "tollgate/backup/generation.h"

namespace tollgate::backup {

[[nodiscard]] nlohmann::ordered_json json_of(const LogGeneration& generation);
// Throws what nlohmann throws.
[[nodiscard]] LogGeneration generation_from(const nlohmann::ordered_json& json);
[[nodiscard]] StatusOr<LogGeneration> read_generation(const std::string& path);

}  // namespace tollgate::backup
