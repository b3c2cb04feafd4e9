#include <algorithm>
#include <cmath>

#include "tollgate/plan/day.h"

namespace tollgate::plan {
namespace {

// `unit` stands behind the bounds.
Status within(std::string_view option, double value, double min, double max, std::string_view unit) {
  if (std::isfinite(value) && value >= min && value <= max) return absl::OkStatus();
  return invalid_argument("{} is {}, but must be {} to {} {}", option, value, min, max, unit);
}

Status positive(std::string_view name, double value) {
  if (std::isfinite(value) && value > 0 && value < 1e18) return absl::OkStatus();
  return invalid_argument("{} is {}, but must be more than 0", name, value);
}
Status not_negative(std::string_view name, double value) {
  if (std::isfinite(value) && value >= 0 && value < 1e18) return absl::OkStatus();
  return invalid_argument("{} is {}, but must be 0 or more", name, value);
}

}  // namespace

Status check(const Demand& demand, const Deployment& deployment) {
  constexpr double rate_min = 0.001, rate_max = 10'000'000, mix_max = 10'000, days_max = 36'500;
  const struct {
    std::string_view option;
    double value, min, max;
    std::string_view unit;
  } all[] = {
      {"--partners", demand.partners, 1, 10'000'000, "partners"},
      {"--average", demand.average_per_s, rate_min, rate_max, "payments a second"},
      {"--peak", demand.peak_per_s, rate_min, rate_max, "payments a second"},
      {"--mix list", demand.mix.lists, 0, mix_max, "for 100 payments"},
      {"--mix read", demand.mix.reads, 0, mix_max, "for 100 payments"},
      {"--mix test", demand.mix.tests, 0, mix_max, "for 100 payments"},
      {"--mix settlement", demand.mix.settlements, 0, mix_max, "for 100 payments"},
      {"--mix card", demand.mix.cards, 0, mix_max, "for 100 payments"},
      {"--largest-partner", demand.largest_partner_percent, 0, 100, "percent of the traffic"},
      {"--retention-days", demand.retention_days, 1, days_max, "days"},
      {"--archive-days", demand.archive_days, 0, days_max, "days"},
      {"--cores", deployment.cores, 0, 1'024, "cores of a node"},
      {"--utilisation", deployment.utilisation * 100, 5, 95, "percent"},
      {"--utilisation-node-lost", deployment.utilisation_degraded * 100, 5, 100, "percent"},
      {"--sync-ms", deployment.sync_us / 1e3, 0, 1'000, "milliseconds"},
      {"--memory-gib", deployment.memory_bytes / (1 << 30), 0, 65'536, "GiB of a node"},
      {"--disk-gib", deployment.disk_bytes / (1 << 30), 0, 1e9, "GiB of a node"},
      {"--nodes", static_cast<double>(deployment.nodes), 0, nodes_max, "nodes"},
      {"--spare", static_cast<double>(deployment.spare), 0, nodes_max - 1, "nodes"},
  };
  for (const auto& one : all) TOLLGATE_RETURN_IF_ERROR(within(one.option, one.value, one.min, one.max, one.unit));
  if (demand.average_per_s > demand.peak_per_s)
    return invalid_argument("--average is {} and --peak is {}: the average cannot be more than the peak", demand.average_per_s,
        demand.peak_per_s);
  constexpr double times_max = 1'000;
  if (demand.peak_per_s > times_max * demand.average_per_s)
    return invalid_argument("--peak is {} and --average is {}: a peak of more than {} times the average is a spike: give it as --spike-factor",
                            demand.peak_per_s, demand.average_per_s, times_max);
  if (deployment.utilisation_degraded < deployment.utilisation)
    return invalid_argument("--utilisation-node-lost is {} and --utilisation is {}: nodes that are left have more to do, not less",
                            deployment.utilisation_degraded * 100, deployment.utilisation * 100);
  return absl::OkStatus();
}

Status check(const DayOptions& options) {
  TOLLGATE_RETURN_IF_ERROR(within("--spike-factor", options.spike.factor, 1, 100, "times the traffic"));
  TOLLGATE_RETURN_IF_ERROR(within("--spike-minutes", options.spike.minutes, 1, 1'440, "minutes"));
  if (options.spike.at_s >= day_s ||
      options.peak_at_s >= day_s) return invalid_argument("--spike-at and --peak-at must be times of the day, 00:00 to 23:59");
  if (options.spike.factor > 1 && options.spike.at_s + options.spike.minutes * 60 > day_s)
    return invalid_argument("the spike (--spike-at, --spike-minutes) ends after midnight: the day that is simulated ends there");
  return absl::OkStatus();
}

Status check(const Capacities& of) {
  const std::pair<std::string_view, double> above_zero[] = {
      {"cores", of.cores},
      {"engine_threads", of.engine_threads},
      {"io_threads", of.io_threads},
      {"payment.cpu_us", of.payment.cpu_us},
      {"payment.engine_us", of.payment.engine_us},
      {"payment.io_us", of.payment.io_us},
      {"verify_records_per_s", of.verify_records_per_s},
      {"replay_records_per_s", of.replay_records_per_s},
      {"restore_payments_per_s", of.restore_payments_per_s},
  };
  for (const auto& [name, value] : above_zero) TOLLGATE_RETURN_IF_ERROR(positive(name, value));
  const std::pair<std::string_view, double> others[] = {
      {"partners", of.partners},
      {"sync_us", of.sync_us},
      {"card.cpu_us", of.card.cpu_us},
      {"card.engine_us", of.card.engine_us},
      {"card.io_us", of.card.io_us},
      {"read.cpu_us", of.read.cpu_us},
      {"read.io_us", of.read.io_us},
      {"list.cpu_us", of.list.cpu_us},
      {"list.io_us", of.list.io_us},
      {"log_bytes", of.log_bytes},
      {"sandbox_bytes", of.sandbox_bytes},
      {"tree_bytes", of.tree_bytes},
      {"archive_bytes", of.archive_bytes},
      {"vault_bytes", of.vault_bytes},
      {"card_log_bytes", of.card_log_bytes},
      {"records", of.records},
      {"memory_base_bytes", of.memory_base_bytes},
      {"memory_partner_bytes", of.memory_partner_bytes},
      {"memory_loaded_bytes", of.memory_loaded_bytes},
      {"restart_s", of.restart_s},
  };
  for (const auto& [name, value] : others) TOLLGATE_RETURN_IF_ERROR(not_negative(name, value));
  if (of.points.empty()) return invalid_argument("points is empty: no rate was measured");
  double before = 0;
  for (const Point& point : of.points) {
    if (!(point.payments_per_s > before)) return invalid_argument("points must have ascending payments_per_s above 0");
    TOLLGATE_RETURN_IF_ERROR(positive("points.cpu_us", point.cpu_us));
    TOLLGATE_RETURN_IF_ERROR(not_negative("points.p50_ms", point.p50_ms));
    before = point.payments_per_s;
  }
  return absl::OkStatus();
}

}  // namespace tollgate::plan
