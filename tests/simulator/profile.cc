#include "simulator/world.h"

namespace tollgate::sim {
namespace {

// A likelihood that is often zero, mostly small, and sometimes large.
uint32_t swarm(Choice& choice, uint32_t usual, uint32_t most) {
  switch (choice.below(6)) {
    case 0:
    case 1: return 0;
    case 2: return static_cast<uint32_t>(choice.between(1, most));
    default: return static_cast<uint32_t>(choice.between(1, usual));
  }
}

Faults faults_of(Choice& choice) {
  Faults faults;
  faults.crash = swarm(choice, 8, 60);
  faults.append_crash = swarm(choice, 8, 60);
  faults.append_error = swarm(choice, 5, 40);
  faults.read_error = swarm(choice, 5, 30);
  faults.request_lost = swarm(choice, 30, 300);
  faults.request_twice = swarm(choice, 30, 300);
  faults.request_slow = swarm(choice, 50, 400);
  faults.answer_lost = swarm(choice, 30, 300);
  faults.answer_twice = swarm(choice, 30, 300);
  faults.answer_slow = swarm(choice, 50, 400);
  faults.answer_unknown = swarm(choice, 30, 200);
  faults.wrong_amount = swarm(choice, 20, 100);
  faults.wrong_currency = swarm(choice, 10, 50);
  faults.hidden = swarm(choice, 30, 200);
  faults.decline = swarm(choice, 100, 400);
  faults.challenge = swarm(choice, 100, 400);
  faults.refund_pending = swarm(choice, 200, 600);
  faults.refund_fails_later = swarm(choice, 100, 400);
  faults.reply_lost = swarm(choice, 50, 300);
  faults.bank_down = swarm(choice, 8, 30);
  faults.clock_step = swarm(choice, 15, 60);
  faults.long_pause = swarm(choice, 15, 60);
  faults.suspend = swarm(choice, 15, 60);
  return faults;
}

}  // namespace

Profile profile_of(uint64_t seed) {
  Choice choice(seed, 1);
  Profile profile;
  EngineOptions& engine = profile.engine;
  engine.partitions = static_cast<uint32_t>(choice.between(1, 3));
  profile.workers = static_cast<uint32_t>(choice.between(1, 2));
  profile.partners = static_cast<uint32_t>(choice.between(1, 3));
  engine.batch_commands_max = static_cast<std::size_t>(choice.between(1, 12));
  // Often so small that nearly everything is read back from its row.
  const std::size_t cached = 4 * engine.batch_commands_max + (choice.one_in(2) ? 200 : 0);
  engine.cached_payments_max = engine.cached_others_max = engine.cached_books_max = cached;
  engine.timers_per_round_max = choice.one_in(3) ? static_cast<std::size_t>(choice.between(1, 3)) : 256;
  constexpr int64_t validities_us[] = {10 * us_per_second, 600 * us_per_second, us_per_day, 7 * us_per_day};
  engine.authorization_validity_us = validities_us[choice.below(4)];
  engine.live_acquirers = {"bank"};

  DispatcherOptions& dispatcher = profile.dispatcher;
  if (choice.one_in(2)) dispatcher.call_timeout_us = choice.between(2, 5) * us_per_second;
  if (choice.one_in(2)) dispatcher.inquiry_delay_max_us = choice.between(1, 10) * us_per_second;
  if (choice.one_in(4)) dispatcher.in_flight_max = static_cast<std::size_t>(choice.between(1, 4));
  if (choice.one_in(4)) dispatcher.in_doubt_max = static_cast<std::size_t>(choice.between(1, 4));
  dispatcher.jitter_seed = choice.next();

  profile.inbox_commands_max = choice.one_in(4) ? static_cast<std::size_t>(choice.between(2, 6)) : 64;
  profile.faults = faults_of(choice);
  return profile;
}

}  // namespace tollgate::sim
