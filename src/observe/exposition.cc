#include "observe/exposition.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <limits>
#include <list>
#include <sstream>

namespace tollgate::observe {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

constexpr double seconds(uint64_t us) { return static_cast<double>(us) / 1e6; }

class Families {
 public:
  MetricFamily& counter(std::string name, std::string help) { return add(std::move(name), std::move(help), MetricType::Counter); }
  MetricFamily& gauge(std::string name, std::string help) { return add(std::move(name), std::move(help), MetricType::Gauge); }
  MetricFamily& histogram(std::string name, std::string help) { return add(std::move(name), std::move(help), MetricType::Histogram); }

  // Series of one name stand together, whoever gives them.
  void add(const Sample& sample) {
    auto found = std::find_if(all_.begin(), all_.end(), [&](const MetricFamily& family) { return family.name == sample.name; });
    MetricFamily& family = found != all_.end() ? *found : add(sample.name, sample.help, sample.counter ? MetricType::Counter : MetricType::Gauge);
    ClientMetric metric;
    for (const auto& [name, value] : sample.labels) metric.label.push_back({name, value});
    (sample.counter ? metric.counter.value : metric.gauge.value) = sample.value;
    family.metric.push_back(std::move(metric));
  }

  std::string text() {
    // A name without a series says nothing.
    std::erase_if(all_, [](const MetricFamily& family) { return family.metric.empty(); });
    std::ostringstream out;
    prometheus::TextSerializer().Serialize(out, {std::make_move_iterator(all_.begin()), std::make_move_iterator(all_.end())});
    return std::move(out).str();
  }

 private:
  MetricFamily& add(std::string name, std::string help, MetricType type) {
    MetricFamily family;
    family.name = std::move(name);
    family.help = std::move(help);
    family.type = type;
    return all_.emplace_back(std::move(family));
  }

  std::list<MetricFamily> all_;  // references to its members stay good
};

void put(MetricFamily& family, Labels labels, double value) {
  ClientMetric metric;
  metric.label = std::move(labels);
  (family.type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  family.metric.push_back(std::move(metric));
}
void put(MetricFamily& family, Labels labels, uint64_t value) { put(family, std::move(labels), static_cast<double>(value)); }

// `to`: bounds that are among those of `from`.
template <const auto& Bounds, std::size_t N>
void put(MetricFamily& family, Labels labels, const HistogramTotals<Bounds>& from, const std::array<uint32_t, N>& to) {
  ClientMetric metric;
  metric.label = std::move(labels);
  std::size_t at = 0;
  uint64_t below = 0;
  for (const uint32_t bound : to) {
    while (at < Bounds.size() && Bounds[at] <= bound) below += from.counts[at++];
    metric.histogram.bucket.push_back({below, seconds(bound)});
  }
  metric.histogram.sample_count = from.count();
  metric.histogram.sample_sum = seconds(from.sum_us);
  metric.histogram.bucket.push_back({metric.histogram.sample_count, std::numeric_limits<double>::infinity()});
  family.metric.push_back(std::move(metric));
}

void add_requests(Families& to, const Shown& shown) {
  const auto names = shown.metrics.operations();
  auto& requests = to.counter("tollgate_requests_total",
                              "Requests of partners by operation and how they ended: ok, declined (402), refused (other 4xx), limited (429), "
                              "overloaded (503), failed (other 5xx).");
  auto& latency = to.histogram("tollgate_request_duration_seconds", "From the whole request read to the answer rendered, by operation.");
  for (std::size_t i = 0; i < names.size(); ++i) {
    const OperationTotal& operation = shown.totals.operations[i];
    if (operation.latency.count() == 0) continue;
    for (std::size_t e = 0; e < ended_count; ++e)
      put(requests, {{"operation", names[i]}, {"ended", std::string(ended_names[e])}}, operation.ended[e]);
    put(latency, {{"operation", names[i]}}, operation.latency, latency_bounds_exposed_us);
  }
  auto& stages = to.histogram("tollgate_stage_duration_seconds", "Where the time of commands goes, by stage; append and sync once a round.");
  for (std::size_t i = 0; i < stage_count; ++i)
    put(stages, {{"stage", std::string(stage_names[i])}}, shown.totals.stages[i], latency_bounds_exposed_us);
}

std::string name_or_number(const std::vector<std::string>& names, std::size_t number) {
  return number < names.size() && !names[number].empty() ? names[number] : std::to_string(number);
}

void add_acquirers(Families& to, const Shown& shown) {
  const auto acquirers = shown.metrics.acquirers();
  const auto declines = shown.metrics.declines(), actions = shown.metrics.actions();
  auto& approved = to.counter("tollgate_authorizations_approved_total", "Authorizations and sales that an acquirer approved.");
  auto& declined = to.counter("tollgate_authorizations_declined_total", "Authorizations and sales that an acquirer declined, by reason.");
  auto& doubt = to.counter("tollgate_operations_in_doubt_total", "Operations whose outcome was unknown when they had to have one.");
  auto& calls = to.counter("tollgate_acquirer_calls_total", "Answers to acquirer calls, by what was asked and what came of it.");
  auto& latency = to.histogram("tollgate_acquirer_call_duration_seconds", "From the call to its answer, or to its timeout.");
  for (std::size_t i = 0; i < acquirers.size(); ++i) {
    const AcquirerTotal& total = shown.totals.acquirers[i];
    const auto label = [&](Labels more) {
      more.insert(more.begin(), {"acquirer", acquirers[i]});
      return more;
    };
    if (i == 0 && total.latency.count() == 0 && total.approved + total.all_declined() + total.in_doubt == 0) continue;
    put(approved, label({}), total.approved);
    put(doubt, label({}), total.in_doubt);
    for (std::size_t c = 0; c < decline_codes_max; ++c)
      if (total.declined[c] > 0) put(declined, label({{"reason", name_or_number(declines, c)}}), total.declined[c]);
    for (std::size_t a = 0; a < actions_max; ++a)
      for (std::size_t o = 0; o < call_outcome_count; ++o)
        if (total.calls[a][o] > 0)
          put(calls, label({{"action", name_or_number(actions, a)}, {"outcome", std::string(call_outcome_names[o])}}), total.calls[a][o]);
    put(latency, label({}), total.latency, latency_bounds_exposed_us);
  }
}

void add_partners(Families& to, const Shown& shown) {
  auto& requests = to.counter("tollgate_partner_requests_total", "Requests of the busiest partners; the rest is partner \"other\".");
  auto& authorizations = to.counter("tollgate_partner_authorizations_total", "Approved and declined authorizations of the busiest partners.");
  auto& latency = to.histogram("tollgate_partner_request_duration_seconds", "Request durations of the busiest partners.");
  const auto add = [&](const std::string& partner, const std::string& mode, const PartnerTotals& total) {
    const Labels labels{{"partner", partner}, {"mode", mode}};
    const auto with = [&](ClientMetric::Label label) {
      Labels more = labels;
      more.push_back(std::move(label));
      return more;
    };
    for (std::size_t e = 0; e < ended_count; ++e) put(requests, with({"ended", std::string(ended_names[e])}), total.ended[e]);
    put(authorizations, with({"outcome", "approved"}), total.approved);
    put(authorizations, with({"outcome", "declined"}), total.declined);
    put(latency, labels, total.latency, latency_bounds_partner_us);
  };
  for (const auto& [key, total] : shown.partners.shown()) add(PartnerId{key.first}.text(), key.second == Mode::live ? "live" : "test", total);
  add("other", "any", shown.partners.other());
}

void add_doubt(Families& to, const InDoubtFacts& doubt) {
  auto& payments = to.gauge("tollgate_in_doubt_payments", "Payments whose outcome at the acquirer is not known, by how long.");
  auto& amounts = to.gauge("tollgate_in_doubt_amount_minor_units", "Their amounts, by currency and how long.");
  for (std::size_t i = 0; i < doubt_ages; ++i) {
    put(payments, {{"age", doubt_age_names[i]}}, doubt.payments[i]);
    for (const auto& [currency, amount] : doubt.amounts[i])
      put(amounts, {{"currency", currency}, {"age", doubt_age_names[i]}}, static_cast<double>(amount));
  }
  put(to.gauge("tollgate_in_doubt_oldest_age_seconds", "How long the oldest of them has been in doubt."), {},
      static_cast<double>(doubt.oldest_age_s));
  put(to.gauge("tollgate_in_doubt_incomplete", "1: there were too many to look at; the figures are lower bounds."), {},
      doubt.incomplete ? 1.0 : 0.0);
}

void add_node(Families& to, const Shown& shown) {
  const NodeFacts& facts = shown.facts;
  const auto gauge = [&](std::string name, std::string help, double value) { put(to.gauge(std::move(name), std::move(help)), {}, value); };
  put(to.gauge("tollgate_build_info", "Always 1; the version is a label."), {{"version", shown.version}}, 1.0);
  gauge("tollgate_ready", "1: the node takes payments (as /readyz says).", facts.ready ? 1 : 0);
  gauge("tollgate_partners", "Partners in the directory.", static_cast<double>(facts.partners));
  gauge("tollgate_partners_seen", "Partners that sent a request since the start, test and live apart.", static_cast<double>(shown.partners.known()));
  gauge("tollgate_disk_size_bytes", "Of the data directory's file system.", static_cast<double>(facts.disk_bytes));
  gauge("tollgate_disk_free_bytes", "What the node may still use of it.", static_cast<double>(facts.disk_free_bytes));
  gauge("tollgate_clock_behind_log_seconds", "How much younger the newest record is than the clock: it was ahead and was set back.",
        static_cast<double>(facts.clock_behind_log_s));
  gauge("process_resident_memory_bytes", "Memory in RAM.", static_cast<double>(facts.resident_bytes));
  gauge("process_open_fds", "Open file descriptors.", static_cast<double>(facts.descriptors_open));
  gauge("process_max_fds", "As many may be open.", static_cast<double>(facts.descriptors_max));
  gauge("tollgate_engine_round_in_work_seconds", "How long the slowest engine thread has been at its present round.",
        static_cast<double>(facts.round_in_work_us) / 1e6);
  gauge("tollgate_eventlog_writes_delayed", "1: compactions are behind and writes are slowed down.", facts.writes_delayed ? 1 : 0);
  gauge("tollgate_eventlog_writes_stopped", "1: compactions are behind and writes wait.", facts.writes_stopped ? 1 : 0);
  if (facts.certificate_expires_in_s)
    gauge("tollgate_certificate_expires_in_seconds", "Until the first of the TLS certificates expires.",
          static_cast<double>(*facts.certificate_expires_in_s));
  if (facts.checkpoint_age_s) gauge("tollgate_checkpoint_age_seconds", "For how long new records have waited for a signed checkpoint.", static_cast<double>(*facts.checkpoint_age_s));
  if (facts.backup_age_s) gauge("tollgate_backup_age_seconds", "Since the last complete backup.", static_cast<double>(*facts.backup_age_s));
  for (const FailingWork& work : facts.backup_failures)
    put(to.gauge("tollgate_backup_failures", "How often backups, the archive, or forgetting what is archived failed since they last went well."),
        {{"work", work.name}}, static_cast<double>(work.failures));
  auto& lag = to.gauge("tollgate_projection_lag_seconds", "How far behind the log what follows it is.");
  for (const auto& [name, lag_s] : facts.lags_s) put(lag, {{"projection", name}}, static_cast<double>(lag_s));
  auto& firing = to.gauge("tollgate_alert_firing", "1: the node's own alert of this name is firing.");
  for (const std::string& name : condition_names()) {
    const bool fires = std::any_of(shown.alerts.begin(), shown.alerts.end(), [&](const Alert& alert) { return alert.name == name; });
    put(firing, {{"alert", name}}, fires ? 1.0 : 0.0);
  }
  put(to.counter("tollgate_logged_lines_dropped_total", "Log lines that the queue did not hold."), {}, facts.log_lines_dropped);
  put(to.counter("tollgate_errors_not_shown_total", "Failed requests that the overview's list had no room for."), {}, shown.metrics.errors_not_shown());
}

}  // namespace

std::string exposition(const Shown& shown) {
  Families families;
  add_requests(families, shown);
  add_acquirers(families, shown);
  add_partners(families, shown);
  add_doubt(families, shown.facts.in_doubt);
  add_node(families, shown);
  for (const Sample& sample : shown.facts.samples) families.add(sample);
  return families.text();
}

}  // namespace tollgate::observe
