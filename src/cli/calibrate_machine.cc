#include "cli/calibrate_machine.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/node.h"
#include "cli/show_progress.h"
#include "tollgate/base/clock.h"
#include "tollgate/base/file.h"

namespace tollgate::cli {

namespace fs = std::filesystem;

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

Status TemporaryDirectory::make(std::string parent, double bytes_needed) {
  std::error_code failed;
  if (parent.empty()) parent = fs::temp_directory_path(failed).string();
  if (failed || !fs::is_directory(parent, failed)) return invalid_argument("--data is {}, but must be a directory that is there", parent);
  const auto space = fs::space(parent, failed);
  if (!failed && static_cast<double>(space.available) < bytes_needed)
    return invalid_argument("{} has {} free, and measuring may need {}: less --seconds, or --data on another disk", parent,
        bytes_text(space.available),
                            bytes_text(static_cast<uint64_t>(bytes_needed)));
  std::string path = fs::absolute(parent, failed).string() + "/tollgate-calibrate-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) return file_error("make a directory in", parent);
  path_ = path;
  return absl::OkStatus();
}

double bytes_under(const std::string& path) {
  double total = 0;
  std::error_code failed;
  // Files come and go while the node runs.
  for (auto at = fs::recursive_directory_iterator(path, failed); !failed &&
      at != fs::recursive_directory_iterator(); at.increment(failed)) {
    std::error_code gone;
    if (!at->is_regular_file(gone)) continue;
    const auto bytes = at->file_size(gone);
    if (!gone) total += static_cast<double>(bytes);
  }
  return total;
}

// The median of small appended writes, each synced.
StatusOr<double> measure_sync_us(const std::string& directory) {
  constexpr std::size_t writes = 101, write_bytes = 4'096;
  constexpr int64_t limit_us = 5'000'000;
  const std::string path = directory + "/sync";
  const File file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!file.is_open()) return file_error("make", path);
  const std::string block(write_bytes, 'x');
  std::vector<double> times;
  const int64_t began_us = monotonic_us();
  while (times.size() < writes && monotonic_us() - began_us < limit_us) {
    const int64_t before_us = monotonic_us();
    TOLLGATE_RETURN_IF_ERROR(write_all(file, block, path));
    if (::fdatasync(file.get()) != 0) return file_error("sync", path);
    times.push_back(static_cast<double>(monotonic_us() - before_us));
  }
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2), times.end());
  return std::max(1.0, times[times.size() / 2]);
}

std::string machine_text(double sync_us) {
  std::ifstream file("/proc/cpuinfo");
  std::string model = "processor of unknown make";
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(": ");
    if (!line.starts_with("model name") || colon == std::string::npos) continue;
    model = line.substr(colon + 2);
    break;
  }
  const double memory = static_cast<double>(::sysconf(_SC_PHYS_PAGES)) * static_cast<double>(::sysconf(_SC_PAGESIZE));
  return fmt::format("{}, {} cores, {:.0f} GiB, a small synced write {:.0f} us", model, std::thread::hardware_concurrency(),
      memory / (1 << 30), sync_us);
}

StatusOr<std::vector<std::string>> dev_keys_of(const std::string& data_dir) {
  std::vector<std::string> keys;
  std::ifstream file(DataPaths{data_dir}.dev_keys());
  for (std::string line; std::getline(file, line);) {
    const auto entry = nlohmann::json::parse(line, nullptr, false);
    if (entry.is_object() && entry.contains("secret_key")) keys.push_back(entry["secret_key"].get<std::string>());
  }
  if (keys.empty()) return internal_error("the node that is measured listed no partners");
  return keys;
}

}  // namespace tollgate::cli
