#include "cli/calibrate_node.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "tollgate/base/clock.h"
#include "tollgate/base/time.h"

namespace tollgate::cli {
namespace {

constexpr int64_t start_timeout_us = 60 * us_per_second, stop_timeout_us = 60 * us_per_second, command_timeout_us = 3'600 * us_per_second;
constexpr std::size_t line_bytes_max = 64 * 1024, output_bytes_max = 16 << 20, log_tail_bytes = 600;
constexpr auto poll_interval = std::chrono::milliseconds(5);

struct Child {
  pid_t pid = -1;
  File output;
};

// Only what may be called between fork() and exec().
[[noreturn]] void become(char* const* arguments, int output, int errors) {
  // Ctrl-C is for us, who stop it; and it never outlives us.
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::dup2(output, STDOUT_FILENO) < 0 || ::dup2(errors, STDERR_FILENO) < 0) ::_exit(127);
  ::execv("/proc/self/exe", arguments);
  ::_exit(127);
}

StatusOr<Child> spawn(const std::vector<std::string>& arguments, const std::string& log_path, bool keep_output) {
  std::vector<std::string> words = {"tollgate"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return file_error("make", "a pipe");
  File ours(ends[0]), theirs(ends[1]);
  const File errors(::open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!errors.is_open()) return file_error("open", log_path);
  const File nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  const pid_t pid = ::fork();
  if (pid < 0) return file_error("start", "a process");
  if (pid == 0) become(pointers.data(), keep_output ? theirs.get() : nowhere.get(), errors.get());
  return Child{pid, std::move(ours)};
}

std::string tail_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (text.size() > log_tail_bytes) text.erase(0, text.size() - log_tail_bytes);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.empty() ? "it gave no reason" : text;
}

// Reads until `enough` or the end. False: the time was up.
template <class Enough>
bool read_output(const File& from, std::string& to, std::size_t bytes_max, int64_t deadline_us, const Enough& enough) {
  char buffer[4'096];
  while (!enough() && to.size() < bytes_max) {
    pollfd waiting{from.get(), POLLIN, 0};
    const int64_t left_us = deadline_us - monotonic_us();
    if (left_us <= 0) return false;
    if (::poll(&waiting, 1, static_cast<int>(std::min<int64_t>(left_us / us_per_ms + 1, 1'000))) <= 0) continue;
    const ssize_t bytes = ::read(from.get(), buffer, sizeof buffer);
    if (bytes == 0) return true;
    if (bytes > 0) to.append(buffer, static_cast<std::size_t>(bytes));
    else if (errno != EINTR) return true;
  }
  return true;
}

// The exit status; nothing if it has not ended in time, or before `stop`.
std::optional<int> wait_for(pid_t pid, int64_t deadline_us, const std::atomic<bool>* stop = nullptr) {
  while (true) {
    int status = 0;
    const pid_t ended = ::waitpid(pid, &status, WNOHANG);
    if (ended == pid) return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (ended < 0 && errno != EINTR) return 127;
    if (monotonic_us() > deadline_us || (stop != nullptr && stop->load())) return std::nullopt;
    std::this_thread::sleep_for(poll_interval);
  }
}

void kill_and_wait(pid_t pid) {
  ::kill(pid, SIGKILL);
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

// Of one thread: exact where the kernel says so, else in its ticks.
double thread_us(const std::filesystem::path& task) {
  double nanoseconds = 0;
  if (std::ifstream(task / "schedstat") >> nanoseconds && nanoseconds > 0) return nanoseconds / 1e3;
  std::ifstream file(task / "stat");
  std::string text;
  std::getline(file, text);
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream fields(text.substr(name_end + 2));
  constexpr int user_field = 11;
  std::string skipped;
  for (int i = 0; i < user_field; ++i) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) * 1e6 / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace

StatusOr<std::unique_ptr<ChildNode>> ChildNode::start(const std::string& data_dir, const std::string& log_path,
    const std::vector<std::string>& options) {
  std::vector<std::string> arguments = {"dev", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--data", data_dir};
  arguments.insert(arguments.end(), options.begin(), options.end());
  const int64_t began_us = monotonic_us();
  TOLLGATE_ASSIGN_OR_RETURN(Child child, spawn(arguments, log_path, true));
  std::unique_ptr<ChildNode> node(new ChildNode(child.pid, std::move(child.output), log_path));
  TOLLGATE_RETURN_IF_ERROR(node->wait_until_it_serves());
  node->start_s_ = static_cast<double>(monotonic_us() - began_us) / 1e6;
  return node;
}

Status ChildNode::wait_until_it_serves() {
  std::string text;
  const bool in_time = read_output(output_, text, line_bytes_max, monotonic_us() + start_timeout_us,
      [&] { return text.find('\n') != std::string::npos; });
  if (!in_time) return unavailable("the node that is measured did not start in {} s: {}", start_timeout_us / us_per_second,
      tail_of(log_path_));
  const auto line = nlohmann::json::parse(text.substr(0, text.find('\n')), nullptr, false);
  const std::string url = line.is_object() ? line.value("api", std::string()) : std::string();
  const std::size_t colon = url.rfind(':');
  if (colon == std::string::npos || std::from_chars(url.data() + colon + 1, url.data() + url.size(),
      port_).ec != std::errc{}) return died("start");
  return absl::OkStatus();
}

Status ChildNode::died(std::string_view doing) const { return unavailable("the node that is measured did not {}: {}", doing,
    tail_of(log_path_)); }

ChildNode::~ChildNode() {
  if (pid_ > 0) kill_and_wait(pid_);
}

NodeTimes ChildNode::times() const {
  NodeTimes times;
  std::error_code gone;
  const std::filesystem::path tasks = fmt::format("/proc/{}/task", pid_);
  for (auto at = std::filesystem::directory_iterator(tasks, gone); !gone &&
      at != std::filesystem::directory_iterator(); at.increment(gone)) {
    std::string name;
    std::ifstream(at->path() / "comm") >> name;
    const double us = thread_us(at->path());
    times.cpu_us += us;
    if (name == "engine") times.engine_us += us;
    if (name.starts_with("api-")) times.io_us += us;
  }
  return times;
}

uint64_t ChildNode::resident_bytes() const {
  std::ifstream file(fmt::format("/proc/{}/status", pid_));
  for (std::string word; file >> word;) {
    uint64_t kib = 0;
    if (word == "VmRSS:" && file >> kib) return kib * 1'024;
  }
  return 0;
}

Status ChildNode::stop() {
  ::kill(pid_, SIGTERM);
  const auto status = wait_for(pid_, monotonic_us() + stop_timeout_us);
  if (!status) return died("stop");
  pid_ = -1;
  return *status == 0 ? absl::OkStatus() : died("end in order");
}

StatusOr<Finished> run_to_its_end(const std::vector<std::string>& arguments, const std::string& log_path, bool keep_output,
                                  const std::atomic<bool>& stop) {
  const int64_t began_us = monotonic_us();
  TOLLGATE_ASSIGN_OR_RETURN(Child child, spawn(arguments, log_path, keep_output));
  Finished finished;
  const int64_t deadline_us = began_us + command_timeout_us;
  if (keep_output) static_cast<void>(read_output(child.output, finished.output, output_bytes_max, deadline_us,
      [&] { return stop.load(); }));
  const auto status = wait_for(child.pid, deadline_us, &stop);
  if (!status) kill_and_wait(child.pid);
  finished.seconds = static_cast<double>(monotonic_us() - began_us) / 1e6;
  if (!status || *status != 0) return unavailable("tollgate {} {}: {}", arguments.front(), !status ? "did not end" :
      fmt::format("ended with {}", *status), tail_of(log_path));
  return finished;
}

}  // namespace tollgate::cli
