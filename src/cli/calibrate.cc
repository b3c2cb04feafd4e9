#include "cli/calibrate.h"

#include <arpa/inet.h>

#include <atomic>
#include <csignal>
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/calibrate_machine.h"
#include "cli/calibrate_node.h"
#include "cli/config.h"
#include "cli/node.h"
#include "cli/show_progress.h"
#include "cli/version.h"
#include "tollgate/audit/source.h"
#include "tollgate/base/clock.h"
#include "tollgate/base/random.h"
#include "tollgate/load/run.h"
#include "tollgate/plan/plan.h"
#include "tollgate/record/json.h"

namespace tollgate::cli {
namespace {

using load::Operation;
using load::Phase;

constexpr double mib = 1 << 20;
constexpr double low_share = 0.05, middle_share = 0.25;  // of as many as come through

std::atomic<bool> stop_asked{false};
static_assert(std::atomic<bool>::is_always_lock_free);
void ask_to_stop(int) { stop_asked = true; }

// Ctrl-C ends the measurement in order, so that nothing is left behind.
class StopOnSignal {
 public:
  StopOnSignal() {
    struct sigaction ours {};
    ours.sa_handler = ask_to_stop;
    for (std::size_t i = 0; i < std::size(numbers); ++i) ::sigaction(numbers[i], &ours, &before_[i]);
  }
  ~StopOnSignal() {
    for (std::size_t i = 0; i < std::size(numbers); ++i) ::sigaction(numbers[i], &before_[i], nullptr);
  }
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;

 private:
  static constexpr int numbers[] = {SIGINT, SIGTERM, SIGHUP};
  struct sigaction before_[std::size(numbers)];
};

class Calibration {
 public:
  Calibration(const CalibrateOptions& options, std::string root) : options_(options), root_(std::move(root)), data_(root_ + "/data"),
      log_(root_ + "/stderr") {}

  StatusOr<plan::Capacities> run() {
    TOLLGATE_ASSIGN_OR_RETURN(made_.sync_us, measure_sync_us(root_));
    made_.cores = std::max(1U, std::thread::hardware_concurrency());
    made_.engine_threads = made_.io_threads = options_.threads;
    made_.partners = options_.partners;
    made_.machine = machine_text(made_.sync_us);
    made_.measured = time_text(SystemClock().now_us()).substr(0, 10);
    made_.source = fmt::format("tollgate {} plan --calibrate --seconds {:g} --threads {}", version, options_.seconds, options_.threads);
    TOLLGATE_RETURN_IF_ERROR(memory_at_rest());
    TOLLGATE_RETURN_IF_ERROR(payments());
    TOLLGATE_RETURN_IF_ERROR(records());
    TOLLGATE_RETURN_IF_ERROR(reads_and_cards());
    TOLLGATE_RETURN_IF_ERROR(recovery());
    progress_.clear();
    TOLLGATE_RETURN_IF_ERROR(check(made_));
    return made_;
  }

 private:
  struct Measured {
    load::PhaseResult result;
    plan::Cost cost;
    plan::Wire wire;
    [[nodiscard]] double per_s() const { return static_cast<double>(result.answered) / result.measured_seconds; }
  };

  Status step(std::string_view what) {
    if (stop_asked) return unavailable("stopped: nothing was written");
    progress_.show(what, fmt::format("{}/13", ++step_));
    return absl::OkStatus();
  }

  [[nodiscard]] StatusOr<std::unique_ptr<ChildNode>> start(const std::string& data, uint32_t partners) const {
    return ChildNode::start(data, log_, {"--partners", std::to_string(partners), "--threads", std::to_string(options_.threads)});
  }

  Status connect(const ChildNode& node) {
    sockaddr_in server{};
    server.sin_family = AF_INET;
    server.sin_port = htons(node.port());
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (!requests_) {
      TOLLGATE_ASSIGN_OR_RETURN(std::vector<std::string> keys, dev_keys_of(data_));
      SystemRandom random;
      requests_.emplace(fmt::format("127.0.0.1:{}", node.port()), std::move(keys), random.next_u64());
    }
    load_.emplace(server, options_.connections, *requests_);
    const std::string problem = load_->connect();
    return problem.empty() ? absl::OkStatus() : unavailable("the generator: {}", problem);
  }

  StatusOr<Measured> measure(const ChildNode& node, Phase phase) {
    if (phase.count_max == 0) phase.count_max = UINT64_MAX;
    phase.stop = &stop_asked;
    const NodeTimes before = node.times();
    Measured measured{load_->run(phase), {}, {}};
    const NodeTimes used = node.times() - before;
    if (stop_asked) return unavailable("stopped: nothing was written");
    const load::PhaseResult& result = measured.result;
    if (!result.errors.empty() || result.answered == 0)
      return unavailable("the node that is measured did not answer as it should: {}", result.first_error.empty() ? "no answer" :
          result.first_error);
    const auto answered = static_cast<double>(result.answered);
    measured.cost = {used.cpu_us / answered, used.engine_us / answered, used.io_us / answered};
    measured.wire = {static_cast<double>(result.bytes_sent) / answered, static_cast<double>(result.bytes_received) / answered};
    return measured;
  }

  // Payments as many as come through, or at a rate.
  StatusOr<Measured> pay(const ChildNode& node, double seconds, double per_s = 0) {
    Phase phase;
    phase.operation = Operation::payment;
    phase.seconds_max = seconds;
    phase.rate_per_s = per_s;
    phase.payment_first = made_payments_;
    phase.keep_names = true;
    TOLLGATE_ASSIGN_OR_RETURN(Measured measured, measure(node, phase));
    made_payments_ += measured.result.answered;
    return measured;
  }

  static plan::Point point_of(const Measured& of) {
    return {of.per_s(), of.cost.cpu_us, of.result.latency.percentile_us(50) / 1e3, of.result.latency.percentile_us(99) / 1e3};
  }

  Status memory_at_rest() {
    TOLLGATE_RETURN_IF_ERROR(step("a node at rest"));
    TOLLGATE_ASSIGN_OR_RETURN(const auto node, start(root_ + "/empty", 1));
    made_.memory_base_bytes = static_cast<double>(node->resident_bytes());
    return node->stop();
  }

  Status payments() {
    TOLLGATE_RETURN_IF_ERROR(step("a node with partners"));
    TOLLGATE_ASSIGN_OR_RETURN(const auto node, start(data_, options_.partners));
    made_.memory_partner_bytes = std::max(0.0, static_cast<double>(node->resident_bytes()) - made_.memory_base_bytes) / std::max(1U,
        options_.partners - 1);
    TOLLGATE_RETURN_IF_ERROR(connect(*node));
    TOLLGATE_RETURN_IF_ERROR(step("warming up"));
    TOLLGATE_RETURN_IF_ERROR(pay(*node, std::min(1.0, options_.seconds / 2)).status());
    TOLLGATE_RETURN_IF_ERROR(step("payments, as many as come through"));
    TOLLGATE_ASSIGN_OR_RETURN(const Measured most, pay(*node, options_.seconds));
    made_.payment = most.cost;
    made_.payment_wire = most.wire;
    for (const double share : {low_share, middle_share}) {
      TOLLGATE_RETURN_IF_ERROR(step(fmt::format("payments, {:.0f} % of that", share * 100)));
      TOLLGATE_ASSIGN_OR_RETURN(const Measured some, pay(*node, options_.seconds, most.per_s() * share));
      made_.points.push_back(point_of(some));
    }
    made_.points.push_back(point_of(most));
    // Short runs fill neither write buffers nor cache.
    const Config node_config;
    const double filled = made_.memory_base_bytes + static_cast<double>(node_config.memtables_mib_max + node_config.block_cache_mib) * mib;
    made_.memory_loaded_bytes = std::max(static_cast<double>(node->resident_bytes()), filled);
    load_.reset();
    return node->stop();
  }

  // What payments left in the log, which holds nothing else yet; partition 0 is the partners'.
  Status records() {
    TOLLGATE_RETURN_IF_ERROR(step("records in the log"));
    TOLLGATE_ASSIGN_OR_RETURN(const auto source, audit::open_source(data_));
    TOLLGATE_ASSIGN_OR_RETURN(const auto partitions, source->partitions());
    double records = 0, bytes = 0;
    for (const uint32_t partition : partitions) {
      if (partition == 0) continue;
      TOLLGATE_RETURN_IF_ERROR(source->read(partition, 1, [&](uint64_t, std::string_view record) {
        ++records;
        bytes += static_cast<double>(record.size());
        return true;
      }));
    }
    const auto payments = static_cast<double>(made_payments_);
    made_.records = records / payments;
    made_.archive_bytes = bytes / payments;
    return absl::OkStatus();
  }

  Status reads_and_cards() {
    TOLLGATE_RETURN_IF_ERROR(step("a restart"));
    TOLLGATE_ASSIGN_OR_RETURN(const auto node, start(data_, options_.partners));
    made_.restart_s = node->start_s();
    // A start has written everything to tables.
    const auto payments = static_cast<double>(made_payments_);
    const DataPaths paths{data_};
    made_.log_bytes = bytes_under(paths.log()) / payments;
    made_.sandbox_bytes = bytes_under(paths.sandbox()) / payments;
    made_.tree_bytes = (bytes_under(data_ + "/tlog") + bytes_under(data_ + "/checkpoints")) / payments;
    TOLLGATE_RETURN_IF_ERROR(connect(*node));
    Phase phase;
    phase.seconds_max = options_.seconds;
    phase.payments_made = made_payments_;
    phase.operation = Operation::retrieve;
    TOLLGATE_RETURN_IF_ERROR(step("reads"));
    TOLLGATE_ASSIGN_OR_RETURN(const Measured reads, measure(*node, phase));
    made_.read = {reads.cost.cpu_us, 0, reads.cost.io_us};
    made_.read_wire = reads.wire;
    phase.operation = Operation::list;
    TOLLGATE_RETURN_IF_ERROR(step("lists"));
    TOLLGATE_ASSIGN_OR_RETURN(const Measured lists, measure(*node, phase));
    made_.list = {lists.cost.cpu_us, 0, lists.cost.io_us};
    made_.list_wire = lists.wire;

    const double vault_before = bytes_under(paths.vault()), log_before = bytes_under(paths.log());
    phase.operation = Operation::card;
    phase.count_max = requests_->new_cards_max();  // a card that its partner has already costs less
    phase.payment_first = made_payments_;  // idempotency keys of their own
    TOLLGATE_RETURN_IF_ERROR(step("new cards"));
    TOLLGATE_ASSIGN_OR_RETURN(const Measured cards, measure(*node, phase));
    made_.card = cards.cost;
    made_.card_wire = cards.wire;
    const auto made = static_cast<double>(cards.result.answered);
    made_.vault_bytes = std::max(0.0, bytes_under(paths.vault()) - vault_before) / made;
    made_.card_log_bytes = std::max(0.0, bytes_under(paths.log()) - log_before) / made;
    load_.reset();
    return node->stop();
  }

  StatusOr<Finished> tollgate(const std::vector<std::string>& arguments, bool keep_output = false) const {
    auto finished = run_to_its_end(arguments, log_, keep_output, stop_asked);
    if (stop_asked) return unavailable("stopped: nothing was written");
    return finished;
  }

  Status recovery() {
    TOLLGATE_RETURN_IF_ERROR(step("audit of the log"));
    TOLLGATE_ASSIGN_OR_RETURN(const Finished verified, tollgate({"audit", "verify", data_, "--json"}, true));
    const auto report = nlohmann::json::parse(verified.output, nullptr, false);
    if (!report.is_object() || !report.contains("records") ||
        !report["records"].is_number()) return internal_error("audit verify gave no number of records");
    const auto records = report["records"].get<double>();
    made_.verify_records_per_s = records / verified.seconds;
    TOLLGATE_ASSIGN_OR_RETURN(const Finished replayed, tollgate({"audit", "replay", data_, "--json"}));
    made_.replay_records_per_s = records / replayed.seconds;
    TOLLGATE_RETURN_IF_ERROR(step("backup and restore"));
    TOLLGATE_RETURN_IF_ERROR(tollgate({"backup", "create", "--data", data_, "--to", root_ + "/backups"}).status());
    TOLLGATE_ASSIGN_OR_RETURN(const Finished restored, tollgate({"restore", "--from", root_ + "/backups", "--to", root_ + "/restored"}));
    made_.restore_payments_per_s = static_cast<double>(made_payments_) / restored.seconds;
    return absl::OkStatus();
  }

  const CalibrateOptions options_;
  const std::string root_, data_, log_;
  StepLine progress_;
  int step_ = 0;
  plan::Capacities made_;
  std::optional<load::Requests> requests_;
  std::optional<load::LoadRun> load_;
  uint64_t made_payments_ = 0;
};

}  // namespace

StatusOr<plan::Capacities> calibrate(const CalibrateOptions& options) {
  const StopOnSignal stop;
  // What the runs write at most: 30,000 payments a second of 3 KB, and a backup and a restored copy of them.
  constexpr double disk_bytes_per_second = 300e6;
  TemporaryDirectory directory;
  TOLLGATE_RETURN_IF_ERROR(directory.make(options.directory, options.seconds * disk_bytes_per_second));
  return Calibration(options, directory.path()).run();
}

}  // namespace tollgate::cli
