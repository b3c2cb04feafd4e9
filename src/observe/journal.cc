#include "tollgate/observe/journal.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cstdlib>

namespace tollgate::observe {

bool is_journal(int descriptor) {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat status{};
  return stream != nullptr && ::fstat(descriptor, &status) == 0 && fmt::format("{}:{}", status.st_dev, status.st_ino) == stream;
}

std::string_view journal_prefix(std::string_view level) {
  if (level == "error") return "<3>";
  if (level == "warn") return "<4>";
  return level == "debug" ? "<7>" : "<6>";
}

}  // namespace tollgate::observe
