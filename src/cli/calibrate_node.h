// A node as a process of its own, and what it uses: for measuring, where a node in this process would be mixed with its generator.
#pragma once
#include <sys/types.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "tollgate/base/file.h"
#include "tollgate/base/status.h"

namespace tollgate::cli {

// Processor time since the process began, in microseconds.
struct NodeTimes {
  double cpu_us = 0, engine_us = 0, io_us = 0;
  NodeTimes operator-(const NodeTimes& before) const { return {cpu_us - before.cpu_us, engine_us - before.engine_us,
      io_us - before.io_us}; }
};

class ChildNode {
 public:
  // `tollgate dev` of this program, with ports of its own; waits until it serves. What it says on stderr goes to `log_path`.
  [[nodiscard]] static StatusOr<std::unique_ptr<ChildNode>> start(const std::string& data_dir, const std::string& log_path,
      const std::vector<std::string>& options);
  ChildNode(const ChildNode&) = delete;
  ChildNode& operator=(const ChildNode&) = delete;
  ~ChildNode();  // kills it, if it still runs

  [[nodiscard]] uint16_t port() const { return port_; }
  [[nodiscard]] double start_s() const { return start_s_; }
  [[nodiscard]] NodeTimes times() const;
  [[nodiscard]] uint64_t resident_bytes() const;
  [[nodiscard]] Status stop();

 private:
  ChildNode(pid_t pid, File output, std::string log_path) : pid_(pid), output_(std::move(output)), log_path_(std::move(log_path)) {}
  [[nodiscard]] Status wait_until_it_serves();
  [[nodiscard]] Status died(std::string_view doing) const;

  pid_t pid_;
  File output_;
  std::string log_path_;
  uint16_t port_ = 0;
  double start_s_ = 0;
};

struct Finished {
  std::string output;
  double seconds = 0;
};
// Runs this program with these arguments to its end. An error if its exit status is not 0; then with what it said. `keep_output`: else it
// is thrown away. `stop` becomes true: it is killed.
[[nodiscard]] StatusOr<Finished> run_to_its_end(const std::vector<std::string>& arguments, const std::string& log_path, bool keep_output,
                                                const std::atomic<bool>& stop);

}  // namespace tollgate::cli
