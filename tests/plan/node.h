// A node with round numbers, so that plans for it can be worked out by hand.
#pragma once
#include "tollgate/plan/day.h"

namespace tollgate::plan {

// 2 cores, one engine thread, one io thread. A payment: 100 us of the node, 50 of them the engine's, 40 the io thread's.
inline Capacities round_node() {
  Capacities c;
  c.cores = 2;
  c.partners = 1'000;
  c.points = {{1'000, 200, 1, 2}, {10'000, 100, 3, 6}};
  c.payment = {100, 50, 40};
  c.card = {100, 50, 40};
  c.read = {10, 0, 8};
  c.list = {80, 0, 70};
  c.payment_wire = {1'000, 2'000};
  c.log_bytes = 1'000;
  c.sandbox_bytes = 100;
  c.tree_bytes = 10;
  c.archive_bytes = 600;
  c.vault_bytes = 300;
  c.card_log_bytes = 500;
  c.records = 4;
  c.memory_base_bytes = 100e6;
  c.memory_partner_bytes = 1'000;
  c.memory_loaded_bytes = 400e6;
  c.restart_s = 2;
  c.verify_records_per_s = 400'000;
  c.replay_records_per_s = 200'000;
  c.restore_payments_per_s = 50'000;
  return c;
}

// The same, twenty times slower: 1,000 payments a second.
inline Capacities slow_node() {
  Capacities c = round_node();
  for (Cost* cost : {&c.payment, &c.card, &c.read, &c.list}) *cost = {cost->cpu_us * 20, cost->engine_us * 20, cost->io_us * 20};
  for (Point& point : c.points) {
    point.payments_per_s /= 20;
    point.cpu_us *= 20;
  }
  return c;
}

inline Mix nothing_besides() { return {.lists = 0, .reads = 0, .tests = 0, .settlements = 0, .cards = 0}; }

inline Demand payments_only(double average, double peak) {
  Demand demand;
  demand.average_per_s = average;
  demand.peak_per_s = peak;
  demand.mix = nothing_besides();
  return demand;
}

}  // namespace tollgate::plan
