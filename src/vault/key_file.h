// A key-encryption key, in a small text file of its own:
//
//   tollgate vault key 1
//   id <16 hex characters>
//   key <64 hex characters>
//   checksum <16 hex characters>
//
// The checksum is the first 8 bytes of SHA-256 over the lines before it: a damaged key must never be used to write with.
#pragma once
#include <string>

#include "tollgate/base/status.h"
#include "vault/cipher.h"

namespace tollgate::vault {

struct MasterKey {
  Key key;
  std::string id;  // tells which key something was written with, and nothing about it
};

// not_found if there is no file; failed_precondition if others than its owner may read it; data_loss if it is damaged.
[[nodiscard]] StatusOr<MasterKey> load_key_file(const std::string& path);
// Durable when it returns. Fails if there is a file already.
[[nodiscard]] StatusOr<MasterKey> create_key_file(const std::string& path);

}  // namespace tollgate::vault
