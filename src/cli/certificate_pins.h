// Client certificates as the command line names them: by file, or by the digest of their public key.
#pragma once
#include <string>
#include <vector>

#include "tollgate/base/status.h"

namespace tollgate::cli {

// `text`: a PEM file with a certificate or a public key (of several, the first), or the digest itself.
[[nodiscard]] StatusOr<std::string> certificate_pin(const std::string& text);
// "none" alone: an empty list.
[[nodiscard]] StatusOr<std::vector<std::string>> certificate_pins(const std::vector<std::string>& texts);

}  // namespace tollgate::cli
