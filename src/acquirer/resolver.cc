#include "acquirer/resolver.h"

#include <algorithm>

namespace tollgate {
namespace {

std::string key_of(AcquirerAction action, Mode mode, const std::string& reference) {
  std::string key(1, static_cast<char>(action));
  key += static_cast<char>(mode);
  key += reference;
  return key;
}
std::string key_of(const AcquirerRequest& request) { return key_of(request.action, request.mode, request.reference); }

}  // namespace

bool Resolver::add(AcquirerRequest request, int64_t now_us, int64_t utc_us) {
  std::string key = key_of(request);
  if (const auto found = jobs_.find(key); found != jobs_.end()) {
    // What is known of the operation now; when it is asked about stays.
    const int64_t sent_us = found->second.request.sent_us;
    found->second.request = std::move(request);
    found->second.request.sent_us = sent_us;
    return true;
  }
  if (jobs_.size() >= options_.in_doubt_max) return false;
  // A time that lies ahead tells only that clocks differ: then it counts from now.
  if (request.sent_us <= 0 || request.sent_us > utc_us) request.sent_us = utc_us;
  Job job;
  // From now on, and not from when it was sent: that is a time of day, and a clock that was set ahead since would make it old at once.
  job.not_found_after_us = now_us + options_.not_found_grace_us;
  job.delay_us = options_.inquiry_delay_first_us;
  job.next_us = now_us;
  inquiries_ += request.action == AcquirerAction::inquire;
  job.request = std::move(request);
  const auto& added = *jobs_.emplace(std::move(key), std::move(job)).first;
  due_.emplace(added.second.next_us, &added.first);
  return true;
}

void Resolver::take_due(int64_t now_us, std::vector<AcquirerRequest>& due) {
  for (std::size_t taken = 0; taken < due_batch_max && next_us() <= now_us; ++taken) {
    // Those that were tried before come first: they hold one of the places already.
    const bool retry = !waiting_.empty() && waiting_.begin()->first <= now_us;
    auto& job = *jobs_.find(*(retry ? waiting_ : due_).begin()->second);
    due.push_back(job.second.request);
    due.back().call = static_cast<uint64_t>(now_us);
    ++job.second.tries;
    job.second.last_try_us = now_us;
    // In case that no answer comes: then the next try is a delay behind this one's deadline.
    schedule(job, now_us + options_.call_timeout_us + (retry ? next_delay_us(job.second) : job.second.delay_us), true);
  }
}

std::optional<AcquirerRequest> Resolver::settle(const AcquirerRequest& request, const AcquirerAnswer& answer, int64_t now_us) {
  const auto found = jobs_.find(key_of(request));
  if (found == jobs_.end()) return std::nullopt;
  Job& job = found->second;
  if (!definite(job, request, answer)) {
    job.last_answer = Job::Answer{answer.outcome, answer.not_found, answer.reached, answer.doubt};
    int64_t next_us = now_us + next_delay_us(job);
    // Not later than the moment from which on the same answer would do.
    if (answer.not_found && now_us < job.not_found_after_us) next_us = std::min(next_us, job.not_found_after_us);
    schedule(*found, next_us, false);
    return std::nullopt;
  }
  AcquirerRequest settled = std::move(job.request);
  (job.waiting ? waiting_ : due_).erase({job.next_us, &found->first});
  jobs_.erase(found);
  inquiries_ -= settled.action == AcquirerAction::inquire;
  return settled;
}

std::optional<Resolving> Resolver::find(AcquirerAction action, Mode mode, const std::string& reference) const {
  const auto found = jobs_.find(key_of(action, mode, reference));
  if (found == jobs_.end()) return std::nullopt;
  const Job& job = found->second;
  Resolving resolving;
  resolving.action = action;
  resolving.tries = job.tries;
  resolving.last_try_us = job.last_try_us;
  resolving.waiting = job.waiting;
  resolving.next_us = job.next_us;
  if (!job.last_answer) return resolving;
  resolving.answered = true;
  resolving.outcome = job.last_answer->outcome;
  resolving.not_found = job.last_answer->not_found;
  resolving.reached = job.last_answer->reached;
  resolving.doubt = job.last_answer->doubt;
  return resolving;
}

AskNow Resolver::hurry(AcquirerAction action, Mode mode, const std::string& reference, int64_t now_us) {
  const auto found = jobs_.find(key_of(action, mode, reference));
  if (found == jobs_.end()) return AskNow::not_waiting;
  if (found->second.tries > 0 && now_us - found->second.last_try_us < ask_now_pause_us) return AskNow::too_soon;
  // One that waits for its answer is asked again, and the first definite answer of both counts.
  if (found->second.next_us > now_us || found->second.waiting) schedule(*found, now_us, false);
  return AskNow::asked;
}

bool Resolver::definite(const Job& job, const AcquirerRequest& asked, const AcquirerAnswer& answer) {
  if (job.request.action == AcquirerAction::reverse) return answer.outcome == Outcome::approved;
  // The acquirer looked after this inquiry had left: an answer that was long on its way tells nothing of what has arrived since.
  if (answer.not_found) return static_cast<int64_t>(asked.call) >= job.not_found_after_us;
  return answer.outcome != Outcome::unknown;
}

void Resolver::schedule(Jobs::value_type& job, int64_t next_us, bool waiting) {
  (job.second.waiting ? waiting_ : due_).erase({job.second.next_us, &job.first});
  job.second.next_us = next_us;
  job.second.waiting = waiting;
  (waiting ? waiting_ : due_).emplace(next_us, &job.first);
}

int64_t Resolver::next_delay_us(Job& job) {
  const int64_t delay_us = job.delay_us;
  job.delay_us = std::min(delay_us * 2, options_.inquiry_delay_max_us);
  // Between three quarters and five quarters.
  return delay_us / 4 * 3 + static_cast<int64_t>(jitter_.next_u32() % 1024) * (delay_us / 2) / 1024;
}

}  // namespace tollgate
