// What must always hold, looked at whenever an append has become durable, at every start of the node, and at the end.
#pragma once
#include <map>
#include <set>
#include <string>

#include "simulator/disk.h"
#include "simulator/model.h"
#include "simulator/node.h"

namespace tollgate::sim {

class Checks final : public DurableObserver {
 public:
  Checks(World& world, Bank& bank) : world_(world), bank_(bank), model_(world) {}
  void watch(const Disk& disk, Node& node) { disk_ = &disk, node_ = &node; }

  void durable(std::span<const Append> appends, std::span<const Row> rows) override;
  // The whole log, as an auditor does.
  void audit();
  // The index and timer rows are exactly those that follow from the log.
  void derived_rows();
  // Nothing is open any more: the node and the acquirer say the same about every payment.
  void at_rest();
  // Nothing waits for a timer any more.
  void timers_done();

 private:
  void payment_row(const Row& row);
  void books_row(const Row& row);
  void object_row(const Row& row);
  void key_row(const Row& row);
  template <class T>
  [[nodiscard]] bool decoded(const Row& row, T& object);
  void compare_tables(Table table, const std::map<std::string, std::string>& expected, const char* name, bool more_allowed);

  World& world_;
  Bank& bank_;
  Model model_;
  const Disk* disk_ = nullptr;
  Node* node_ = nullptr;
  std::map<std::string, std::string> keys_;            // every idempotency row as it was first written
  std::set<std::string> over_;                         // objects that are deleted, detached, canceled or done for good
};

}  // namespace tollgate::sim
