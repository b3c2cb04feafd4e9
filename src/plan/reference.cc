// The built-in reference. Throughput, processor time, restart and audit: bench/RESULTS.md. What stands there not: `tollgate plan --calibrate`
// on the same machine. To be measured again with both when the code that a payment runs through changes.
#include "tollgate/plan/capacities.h"

namespace tollgate::plan {

const Capacities& reference() {
  static const Capacities measured = [] {
    Capacities c;
    c.built_in = true;
    c.machine = "AMD EPYC, 2 cores, 24 GiB, a small synced write 136 us";
    c.measured = "2026-11-23";
    c.source = "bench/RESULTS.md, and tollgate plan --calibrate";
    c.cores = 2;
    c.engine_threads = 1;
    c.io_threads = 1;
    c.partners = 1'000;
    // "Payments, open loop" and "Payments, closed loop", 64 connections.
    c.points = {{500, 347.3, 0.61, 1.78}, {4'998, 148.0, 0.57, 2.31}, {21'856, 60.6, 2.62, 7.44}};
    c.payment = {60.6, 33, 18};
    c.card = {60, 30, 25};
    c.read = {13.3, 0, 12.0};
    c.list = {66.6, 0, 62.0};
    c.payment_wire = {700, 1'800};
    c.card_wire = {700, 900};
    c.read_wire = {600, 1'800};
    c.list_wire = {600, 14'000};
    c.sync_us = 136;
    c.log_bytes = 1'776;
    c.sandbox_bytes = 200;
    c.tree_bytes = 150;
    c.archive_bytes = 1'300;
    c.vault_bytes = 300;
    c.card_log_bytes = 700;
    c.records = 4;
    constexpr double mib = 1 << 20;
    c.memory_base_bytes = 42.4 * mib;
    c.memory_partner_bytes = 4.3 * mib / 999;
    c.memory_loaded_bytes = 776 * mib;
    c.restart_s = 1.05;
    c.verify_records_per_s = 835'268;
    c.replay_records_per_s = 426'875;
    c.restore_payments_per_s = 50'000;
    return c;
  }();
  return measured;
}

}  // namespace tollgate::plan
