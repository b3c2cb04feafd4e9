// The partners of `tollgate dev`, with test keys that are kept in DATA/keys.jsonl (0600): a restart finds them again.
#pragma once
#include <string>
#include <vector>

#include "cli/node.h"

namespace tollgate::cli {

struct DevKey {
  std::string partner;
  std::string secret_key;
};

// The keys of the file that still work; as many partners as are missing to `count` are made. At least one.
[[nodiscard]] StatusOr<std::vector<DevKey>> make_dev_partners(Node& node, const std::string& keys_file,
                                                              std::size_t count);

}  // namespace tollgate::cli
