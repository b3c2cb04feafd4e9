// Small files that hold a secret: their owner's alone, never followed through a link.
#pragma once
#include <string>
#include <string_view>

#include "tollgate/base/secret.h"
#include "tollgate/base/status.h"

namespace tollgate::vault {

// not_found if there is none; failed_precondition if others than its owner may read it. `what` names it: "the key file". At most
// `bytes_max` are read.
[[nodiscard]] StatusOr<Secret> read_private_file(const std::string& path, std::size_t bytes_max, std::string_view what);
// Durable when it returns. Fails if there is a file already.
[[nodiscard]] Status create_private_file(const std::string& path, const Secret& content);
// Durable when it returns: a crash leaves what was there before, or this.
[[nodiscard]] Status replace_private_file(const std::string& path, const Secret& content);
// Takes the name `to`, and the place of what has it, durably.
[[nodiscard]] Status rename_private_file(const std::string& from, const std::string& to);
// Also if there is none.
[[nodiscard]] Status remove_private_file(const std::string& path);

}  // namespace tollgate::vault
