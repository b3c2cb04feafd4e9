// What one node was measured to do, on a machine that has a name. Everything that a plan says comes from these numbers and the load.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace tollgate::plan {

// Processor time of one request, in microseconds: of the whole node, and of the threads that can be its limit.
struct Cost {
  double cpu_us = 0;
  double engine_us = 0;  // 0: it never enters the engine
  double io_us = 0;
};

// At a fixed rate. A payment costs less the more there are, because rounds and wake-ups are shared.
struct Point {
  double payments_per_s = 0;
  double cpu_us = 0;  // of each
  double p50_ms = 0, p99_ms = 0;
};

struct Wire {
  double request_bytes = 0, answer_bytes = 0;
};

struct Capacities {
  std::string source;   // where the numbers come from
  std::string machine;
  std::string measured;  // the day
  bool built_in = false;

  double cores = 0;
  double engine_threads = 1, io_threads = 1;
  double partners = 0;  // that there were

  std::vector<Point> points;  // ascending; the last one is as many as came through, with the generator on the same machine
  Cost payment, card, read, list;
  Wire payment_wire, card_wire, read_wire, list_wire;
  double sync_us = 0;  // of a small synced write

  // On disk, as it stands when it has been written to tables once.
  double log_bytes = 0;      // of a payment: records, state, idempotency entry, index
  double sandbox_bytes = 0;  // of a test payment: the test bank's own books
  double tree_bytes = 0;     // of a payment: Merkle tiles and checkpoints
  double archive_bytes = 0;  // of a payment: its records as they are
  double vault_bytes = 0;    // of a new card number
  double card_log_bytes = 0; // of a payment method made of it
  double records = 0;        // of a payment

  double memory_base_bytes = 0;     // at rest, with one partner
  double memory_partner_bytes = 0;  // of one more
  double memory_loaded_bytes = 0;   // caches and write buffers filled, all of it

  double restart_s = 0;             // with the write-ahead log of the run
  double verify_records_per_s = 0, replay_records_per_s = 0;  // tollgate audit
  double restore_payments_per_s = 0;  // from a backup, verified
};

// Measured on the machine that it names; what a plan goes by when it is given no calibration.
[[nodiscard]] const Capacities& reference();

}  // namespace tollgate::plan
