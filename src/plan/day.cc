#include "tollgate/plan/day.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "plan/lane.h"
#include "tollgate/base/time.h"

namespace tollgate::plan {
namespace {

// Above it a second is simulated request by request; below it nobody waits for longer than a round.
constexpr double busy_from = 0.9;
// Beyond so many a simulated request stands for several.
constexpr double simulated_max = 20e6;
// A request that is not let in is read and answered: bench/RESULTS.md, "The bare server", a payment's request.
constexpr double refused_us = 6.4;

std::size_t index(RequestClass of) { return static_cast<std::size_t>(of); }

// Of one payment, what comes in each class.
ByClass classes_of(const Mix& mix) {
  ByClass per_payment{};
  per_payment[index(RequestClass::list)] = mix.lists / 100;
  per_payment[index(RequestClass::read)] = mix.reads / 100;
  per_payment[index(RequestClass::test)] = mix.tests / 100;
  per_payment[index(RequestClass::payment)] = 1 + mix.cards / 100;
  per_payment[index(RequestClass::settlement)] = mix.settlements / 100;
  return per_payment;
}

// All lanes are alike: one is simulated.
struct Model {
  LaneOptions lane;
  ByClass per_payment{};
  double lanes = 1, weight = 1;
  double engine_us = 0, io_us = 0;  // of a payment with its company, for deciding which seconds are busy
};

Model model_of(const Capacities& from, const Demand& demand, const Deployment& deployment, uint32_t nodes, const DayOptions& options) {
  Model model;
  model.per_payment = classes_of(demand.mix);
  model.lanes = nodes * from.engine_threads;
  const Cost whole = cost_with_mix(from, demand.mix);
  // Fewer cores than the threads could use: everything takes longer.
  const double cores = deployment.cores > 0 ? deployment.cores : from.cores;
  const double by_threads = std::min(from.engine_threads * 1e6 / whole.engine_us, from.io_threads * 1e6 / whole.io_us);
  const double slower = std::max(1.0, by_threads * whole.cpu_us / (cores * 1e6));
  const double io_share = slower * from.engine_threads / from.io_threads;
  LaneOptions& lane = model.lane;
  lane.queue_delay_target_us = options.queue_delay_target_us;
  const auto set = [&](RequestClass of, const Cost& cost) {
    lane.engine_us[index(of)] = cost.engine_us * slower;
    lane.io_us[index(of)] = cost.io_us * io_share;
  };
  // Payments and new cards are of one class, and here a mean of both.
  const double cards = demand.mix.cards / 100;
  const Cost payment{0, (from.payment.engine_us + cards * from.card.engine_us) / (1 + cards),
      (from.payment.io_us + cards * from.card.io_us) / (1 + cards)};
  set(RequestClass::list, {0, 0, from.list.io_us});
  set(RequestClass::read, {0, 0, from.read.io_us});
  set(RequestClass::test, from.payment);
  set(RequestClass::payment, payment);
  set(RequestClass::settlement, from.payment);
  lane.refused_us = refused_us * io_share;
  lane.sync_us = deployment.sync_us > 0 ? deployment.sync_us : from.sync_us;
  lane.partners = static_cast<uint64_t>(std::max(1.0, demand.partners / model.lanes));
  for (std::size_t i = 0; i < request_class_count; ++i) {
    model.engine_us += model.per_payment[i] * (lane.engine_us[i] + (lane.engine_us[i] > 0 ? lane.sync_us / options.batch_commands_max : 0));
    model.io_us += model.per_payment[i] * lane.io_us[i];
  }
  lane.mailbox_max = static_cast<uint64_t>(options.mailbox_commands_max);
  lane.batch_max = static_cast<uint64_t>(options.batch_commands_max);
  lane.connections_max = static_cast<uint64_t>(std::max(1.0, options.connections_max / from.engine_threads));
  return model;
}

void put_weight(Model& model, double weight) {
  model.weight = weight;
  LaneOptions& lane = model.lane;
  for (double& us : lane.engine_us) us *= weight;
  for (double& us : lane.io_us) us *= weight;
  lane.refused_us *= weight;
  for (uint64_t* bound : {&lane.mailbox_max, &lane.batch_max, &lane.connections_max})
    *bound = std::max<uint64_t>(1, static_cast<uint64_t>(static_cast<double>(*bound) / weight));
  lane.partners = std::max<uint64_t>(1, static_cast<uint64_t>(static_cast<double>(lane.partners) / weight));
}

// Payments of a lane in each second of the day.
std::vector<double> rates_of(const Demand& demand, const DayOptions& options, double lanes) {
  const DayCurve curve(demand.average_per_s, demand.peak_per_s, options.peak_at_s);
  std::vector<double> rates(day_s);
  for (uint32_t second = 0; second < day_s; ++second) {
    const bool in_spike = second >= options.spike.at_s && second < options.spike.at_s + options.spike.minutes * 60;
    rates[second] = curve.at(second) * (in_spike ? options.spike.factor : 1) / lanes;
  }
  return rates;
}

class Simulation {
 public:
  Simulation(Model model, std::vector<double> rates) : model_(std::move(model)), rates_(std::move(rates)),
      times_(model_.lanes * model_.weight) {
    day_.seconds.resize(day_s);
    day_.requests_per_simulated = model_.weight;
  }

  Day run() {
    for (uint32_t second = 0; second < day_s; ++second) step(second);
    if (lane_) add(day_.waiting, lane_->waiting());
    return std::move(day_);
  }

 private:
  [[nodiscard]] bool is_busy(uint32_t second) const { return rates_[second] * std::max(model_.engine_us,
      model_.io_us) >= busy_from * us_per_second; }

  void step(uint32_t number) {
    Requests arriving{};
    for (std::size_t i = 0; i < request_class_count; ++i) {
      due_[i] += rates_[number] * model_.per_payment[i] / model_.weight;
      arriving[i] = static_cast<uint64_t>(due_[i]);
      due_[i] -= static_cast<double>(arriving[i]);
    }
    LaneSecond done;
    if (!lane_ && is_busy(number)) lane_.emplace(model_.lane, int64_t{number} * us_per_second);
    if (lane_) {
      done = lane_->second(arriving);
      if (lane_->idle() && !is_busy(number)) lane_.reset();
    } else {
      done.served = arriving;
    }
    note(number, arriving, done);
  }

  void add(ByClass& to, const Requests& count) const {
    for (std::size_t i = 0; i < request_class_count; ++i) to[i] += static_cast<double>(count[i]) * times_;
  }

  void note(uint32_t number, const Requests& arriving, const LaneSecond& done) {
    add(day_.arrived, arriving);
    add(day_.served, done.served);
    add(day_.shed, done.shed);
    add(day_.refused, done.refused);
    const auto total = [&](const Requests& of) { return static_cast<double>(std::accumulate(of.begin(), of.end(), uint64_t{0})) * times_; };
    Second& second = day_.seconds[number];
    second = {total(arriving), total(done.served), total(done.shed), total(done.refused), static_cast<double>(done.waiting_max) * times_,
              static_cast<double>(done.wait_max_us) / 1e3};
    if (second.waiting > day_.waiting_max) {
      day_.waiting_max = second.waiting;
      day_.waiting_max_at_s = number;
    }
    day_.wait_max_ms = std::max(day_.wait_max_ms, second.wait_ms);
    const bool waits_long = done.wait_max_us > 2 * model_.lane.queue_delay_target_us;
    if (second.shed == 0 && second.refused == 0 && !waits_long) return;
    if (!day_.trouble()) day_.first_trouble_s = number;
    day_.last_trouble_s = number;
  }

  const Model model_;
  const std::vector<double> rates_;
  const double times_;  // requests of all nodes for one that is simulated
  ByClass due_{};       // less than one, kept for the next second
  std::optional<Lane> lane_;
  Day day_;
};

}  // namespace

double sum(const ByClass& of) { return std::accumulate(of.begin(), of.end(), 0.0); }

Day simulate(const Capacities& capacities, const Demand& demand, const Deployment& deployment, uint32_t nodes, const DayOptions& options) {
  Model model = model_of(capacities, demand, deployment, nodes, options);
  std::vector<double> rates = rates_of(demand, options, model.lanes);
  double simulated = 0;
  for (const double rate : rates)
    if (rate * std::max(model.engine_us, model.io_us) >= busy_from * us_per_second) simulated += rate * sum(model.per_payment);
  put_weight(model, std::max(1.0, std::ceil(simulated / simulated_max)));
  return Simulation(std::move(model), std::move(rates)).run();
}

}  // namespace tollgate::plan
