// The built-in reference. From bench/RESULTS.md: throughput and processor time ("Payments, open loop", "closed loop", "Reads"), memory and
// disk ("With history", at 11 million payments), audit and restart, restore ("A machine is lost"). From `tollgate plan --calibrate` on the
// same machine, which was busy with other work at the time: how a payment's time is shared out among threads, new cards, bytes on the wire,
// and how the disk's bytes are shared out. To be measured again with both when the code that a payment runs through changes.
#include "tollgate/plan/capacities.h"

namespace tollgate::plan {
namespace {

constexpr double mib = 1 << 20;
constexpr double payment_us = 60.6, engine_share = 0.573, io_share = 0.385;
constexpr double tree_bytes = 132, sandbox_bytes = 38, disk_bytes = 1'320;  // of a payment; the last in all

Capacities measured() {
  Capacities c;
  c.built_in = true;
  c.machine = "AMD EPYC, 2 cores, 24 GiB, a small synced write 136 us";
  c.measured = "2026-11-23";
  c.source = "bench/RESULTS.md, tollgate plan --calibrate";
  c.cores = 2;
  c.engine_threads = 1;
  c.io_threads = 1;
  c.partners = 1'000;
  c.points = {{500, 347.3, 0.61, 1.78}, {4'998, 148.0, 0.57, 2.31}, {21'856, payment_us, 2.62, 7.44}};
  c.payment = {payment_us, engine_share * payment_us, io_share * payment_us};
  c.card = {55.4, 16.0, 29.1};
  c.read = {13.3, 0, 13.3};
  c.list = {66.6, 0, 66.6};
  c.payment_wire = {672, 1'676};
  c.card_wire = {670, 1'202};
  c.read_wire = {474, 1'427};
  c.list_wire = {462, 12'504};
  c.sync_us = 136;
  c.log_bytes = disk_bytes - tree_bytes - sandbox_bytes;
  c.sandbox_bytes = sandbox_bytes;
  c.tree_bytes = tree_bytes;
  c.archive_bytes = 758;
  c.vault_bytes = 95;
  c.card_log_bytes = 689;
  c.records = 4;
  c.memory_base_bytes = 42.4 * mib;
  c.memory_partner_bytes = 4.3 * mib / 999;  // 46.7 MiB with 1,000 of them
  c.memory_loaded_bytes = 776 * mib;
  c.restart_s = 1.05;
  c.verify_records_per_s = 835'299;
  c.replay_records_per_s = 426'875;
  c.restore_payments_per_s = 22'563;  // 25,181 in 1.12 s, with what it takes to verify them
  return c;
}

}  // namespace

const Capacities& reference() {
  static const Capacities one = measured();
  return one;
}

}  // namespace tollgate::plan
