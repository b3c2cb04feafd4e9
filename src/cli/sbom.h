// The software that this program is made of: shared libraries as the loader has them in this process, with the Debian packages that they
// come from, and what was compiled in.
#pragma once
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace tollgate::cli {

struct Component {
  std::string name, version;
  std::string package;   // Debian's; empty: compiled in, or of no package
  std::string path;      // of the shared library
  std::string sha256;    // of that file, hex
  bool compiled_in = false;
};
[[nodiscard]] std::vector<Component> linked_components();

// A CycloneDX 1.5 document.
[[nodiscard]] nlohmann::ordered_json cyclonedx(const std::vector<Component>& components, int64_t now_us);

}  // namespace tollgate::cli
