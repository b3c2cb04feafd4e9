// A secret of the node in a file of its own (0600), made at the first start.
#pragma once
#include <functional>
#include <string>

#include "tollgate/base/secret.h"
#include "tollgate/base/status.h"

namespace tollgate {

// The file's content without trailing line ends. If there is no such file, it is written with what `make` gives:
// durable, and whole or not there at all, also after a crash. A file that others may read or write is refused.
[[nodiscard]] StatusOr<Secret> load_or_make_secret_file(const std::string& path,
                                                        const std::function<std::string()>& make);

// Replaces the file's content in the same way.
[[nodiscard]] Status write_secret_file(const std::string& path, std::string_view content);

// not_found if there is no such file; failed_precondition if others may read or write it.
[[nodiscard]] StatusOr<Secret> load_secret_file(const std::string& path);

}  // namespace tollgate
