#include "engine/meter.h"

#include "tollgate/base/clock.h"

namespace tollgate::engine {

using observe::Stage;
using observe::StageTimes;

int64_t Meter::read_clock() {
  spent_ = true;
  return clock_us_ = monotonic_us();
}

// Where one command ends the next one begins: one look at the clock for each.
void Meter::begin(const Input& input) {
  if (metrics_ == nullptr) return;
  begin_us_ = clock_us_ != 0 ? clock_us_ : read_clock();
  spent_ = false;
  present_ = StageTimes();
  present_.submitted_us = input.since_us;
  if (input.since_us != 0) present_.add(Stage::queue, begin_us_ - input.since_us);
}

void Meter::end() {
  if (metrics_ == nullptr) return;
  if (!spent_) present_[Stage::decide] = static_cast<uint32_t>(read_clock() - begin_us_);
  observe::ThreadMetrics& here = *metrics_->here();
  if (present_.submitted_us != 0) here.stage(Stage::queue).record(present_[Stage::queue]);
  here.stage(Stage::decide).record(present_[Stage::decide]);
}

StageTimes Meter::spent() {
  if (metrics_ == nullptr) return {};
  present_[Stage::decide] = static_cast<uint32_t>(read_clock() - begin_us_);
  return present_;
}

Waited Meter::waits() {
  if (metrics_ == nullptr) return {};
  if (round_ == nullptr) round_ = std::make_shared<RoundTimes>();
  return {spent(), round_};
}

StageTimes Meter::answered(const Waited& waited) {
  if (metrics_ == nullptr) return {};
  const StageTimes now = spent();
  StageTimes sum = waited.stages;
  for (std::size_t i = 0; i < observe::stage_count; ++i) sum.us[i] += now.us[i];
  if (waited.round == nullptr) return sum;
  sum[Stage::append] += waited.round->append_us;
  sum[Stage::sync] += waited.round->sync_us;
  if (now.submitted_us != 0 && waited.round->durable_us != 0) {
    sum.add(Stage::acquirer, now.submitted_us - waited.round->durable_us);
    metrics_->here()->stage(Stage::acquirer).record(now.submitted_us - waited.round->durable_us);
  }
  return sum;
}

observe::AcquirerMetrics& Meter::acquirer_of(const Payment& payment) {
  static const std::string sandbox = "sandbox", none;
  const Attempt* attempt = payment.newest_attempt();
  const std::string& name = payment.mode == Mode::test ? sandbox : attempt == nullptr ? none : attempt->acquirer;
  const auto [known, is_new] = acquirers_.try_emplace(name, uint16_t{0});
  if (is_new) known->second = metrics_->acquirer(known->first);
  return metrics_->here()->acquirers[known->second];
}

void Meter::count(const PaymentEvent& event, const Payment& payment) {
  if (metrics_ == nullptr) return;
  const bool approved = std::holds_alternative<AuthorizationApproved>(event);
  const auto* declined = std::get_if<AuthorizationDeclined>(&event);
  if (!approved && declined == nullptr) {
    if (std::holds_alternative<OperationInDoubt>(event)) acquirer_of(payment).in_doubt.add();
    return;
  }
  observe::PartnerMetrics& of_partner = metrics_->here()->partners.of({payment.partner.value, payment.mode});
  observe::AcquirerMetrics& acquirer = acquirer_of(payment);
  if (approved) {
    acquirer.approved.add();
    of_partner.approved.add();
  } else {
    acquirer.declined[std::min<std::size_t>(static_cast<std::size_t>(declined->code), observe::decline_codes_max - 1)].add();
    of_partner.declined.add();
  }
}

void Meter::committed(int64_t append_us, int64_t sync_us) {
  if (metrics_ == nullptr) return;
  sync_us = std::min(sync_us, append_us);
  last_round_ = {static_cast<uint32_t>(append_us - sync_us), static_cast<uint32_t>(sync_us), monotonic_us()};
  if (append_us > 0) {
    observe::ThreadMetrics& here = *metrics_->here();
    here.stage(Stage::append).record(append_us - sync_us);
    here.stage(Stage::sync).record(sync_us);
  }
  if (round_ != nullptr) *std::exchange(round_, nullptr) = last_round_;
  clock_us_ = 0;
}

void Meter::add_round(StageTimes& stages) const {
  if (metrics_ == nullptr) return;
  stages[Stage::append] += last_round_.append_us;
  stages[Stage::sync] += last_round_.sync_us;
  stages.delivered_us = last_round_.durable_us;
}

}  // namespace tollgate::engine
