#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "eventlog/anchor/slots.h"
#include "tollgate/record/json.h"

namespace tollgate {
namespace {

// Durable before anything is given up.
Status append_line(const std::string& path, const std::string& line) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const bool written = file >= 0 && ::write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && ::fsync(file) == 0;
  const int problem = errno;
  if (file >= 0) ::close(file);
  return written ? absl::OkStatus() : unavailable("cannot write {}: {}", path, std::strerror(problem));
}

std::string line_of(const std::vector<AnchorFault>& faults, const std::string& reason, const std::string& kept, int64_t now_us) {
  std::string line = fmt::format("{{\"time_us\":{},\"uid\":{},\"reason\":", now_us, ::getuid());
  append_json_text(line, reason);
  line += ",\"files_kept_in\":";
  append_json_text(line, kept);
  line += ",\"partitions\":[";
  for (const AnchorFault& fault : faults) {
    if (line.back() != '[') line += ',';
    line += fmt::format(R"({{"partition":{},"acknowledged":{{"sequence":{},"epoch":{},"hash":"{}"}},)"
                        R"("found":{{"sequence":{},"epoch":{},"hash":"{}"}}}})",
                        fault.anchored.id, fault.anchored.sequence, fault.anchored.epoch, to_hex(view(fault.anchored.hash)),
                            fault.found.sequence,
                        fault.found.epoch, to_hex(view(fault.found.hash)));
  }
  return line + "]}\n";
}

// The files that opening is about to replace, so that whatever can still be read of them can be read later.
Status keep_files(const std::string& directory, const std::string& kept) {
  std::error_code error;
  std::filesystem::create_directory(kept, error);
  for (std::filesystem::directory_iterator file(directory, error), end; !error && file != end; file.increment(error)) {
    const std::string name = file->path().filename().string();
    if (name.ends_with(".log") || name.starts_with("MANIFEST-")) {
      std::filesystem::copy(file->path(), kept + "/" + name, std::filesystem::copy_options::create_hard_links, error);
    }
  }
  return error ? unavailable("cannot keep the log's files in {}: {}", kept, error.message()) : absl::OkStatus();
}

}  // namespace

StatusOr<std::vector<AnchorFault>> accept_log_as_it_is(const std::string& directory, const std::string& path, const std::string& reason,
                                                       int64_t now_us) {
  auto anchor = read_anchor(path);
  if (!anchor.ok() && !absl::IsNotFound(anchor.status()) && !absl::IsDataLoss(anchor.status())) return anchor.status();
  const Anchor before = anchor.ok() ? *anchor : Anchor{};
  std::error_code error;
  if (!std::filesystem::exists(directory + "/CURRENT", error)) return not_found("there is no event log in {}", directory);

  std::vector<AnchorFault> faults;
  RocksdbLogOptions how;
  how.cut_at_bad_bytes = true;
  how.inspect = [&](const EventLog& log) -> Status {
    faults = compare_with_anchor(before, log);
    const std::string kept = fmt::format("{}-before-{}", directory, now_us);
    TOLLGATE_RETURN_IF_ERROR(keep_files(directory, kept));
    return append_line(path + ".accepted", line_of(faults, reason, kept, now_us));
  };
  TOLLGATE_ASSIGN_OR_RETURN(const auto log, open_rocksdb_log(directory, how));
  TOLLGATE_ASSIGN_OR_RETURN(const Anchor now, anchor_now(*log, before));
  TOLLGATE_RETURN_IF_ERROR(write_anchor(path, now));
  return faults;
}

}  // namespace tollgate
