#include "tollgate/audit/verify.h"

#include <thread>

#include "audit/partition_check.h"

namespace tollgate::audit {

namespace {

// Rows of partners that no record has made. Walks from partner to partner, not from row to row.
Fault find_stray_rows(const EventLog& log, const std::map<PartnerId, Partner>& partners) {
  for (const Table table : {Table::payments, Table::customers, Table::methods, Table::setups}) {
    std::string from;
    for (bool more = true; more;) {
      more = false;
      Fault fault;
      const Status scanned = log.scan(table, from, "", Order::forward, [&](std::string_view key, std::string_view) {
        const PartnerId partner{key.size() < 8 ? 0 : load_be64(key.data())};
        if (!partners.contains(partner)) fault = {fmt::format("table {} has the row {}, of no partner", static_cast<int>(table), to_hex(key)), advice_rows};
        from = keys::after_prefix(keys::partner(partner));
        more = !from.empty();
        return false;
      });
      if (!scanned.ok()) return {std::string(message_of(scanned)), advice_bytes};
      if (fault) return fault;
    }
  }
  return {};
}

// Every partition that has records, or partners that could have some; not the directory's.
std::vector<uint32_t> partitions_to_check(const std::vector<uint32_t>& with_records, const std::map<PartnerId, Partner>& partners) {
  std::set<uint32_t> all(with_records.begin(), with_records.end());
  for (const auto& [id, partner] : partners) all.insert(partner.partition);
  all.erase(0);
  return {all.begin(), all.end()};
}

struct Part {
  std::unique_ptr<PartitionCheck> check;
  std::optional<Problem> problem;
};

class Verification {
 public:
  Verification(const EventLog& log, const VerifyOptions& options) : log_(log), options_(options), progress_(options.progress), directory_(log, options) {}
  VerifyReport run();

 private:
  void check_partitions(const std::vector<uint32_t>& ids);
  // The tables that are walked once for all partitions.
  void check_shared_tables();
  // Finds who must know the row, and reports what is wrong with it.
  void take_row(Table table, std::string_view key, std::string_view value);
  void add_end(uint32_t partition, const Chain& chain) {
    report_.partitions.push_back({partition, chain.sequence(), chain.hash()});
    report_.records += chain.sequence();
  }
  static void note(std::optional<Problem>& first, uint32_t partition, Fault fault) {
    if (fault && !first) first = Problem{partition, 0, std::move(fault.what), fault.advice};
  }

  const EventLog& log_;
  const VerifyOptions& options_;
  Progress progress_;
  DirectoryCheck directory_;
  std::optional<Problem> directory_problem_;
  std::map<uint32_t, Part> parts_;
  VerifyReport report_;
};

void Verification::check_partitions(const std::vector<uint32_t>& ids) {
  std::vector<Part*> parts;
  for (const uint32_t id : ids) {
    Part& part = parts_[id];
    part.check = std::make_unique<PartitionCheck>(log_, id, directory_.partners(), options_);
    parts.push_back(&part);
  }
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < parts.size(); i = next++) parts[i]->problem = parts[i]->check->run(progress_);
  };
  std::vector<std::thread> threads;
  for (unsigned i = 1; i < std::min<std::size_t>(options_.threads, parts.size()); ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
}

void Verification::take_row(Table table, std::string_view key, std::string_view value) {
  const auto partner = directory_.partners().find(PartnerId{key.size() < 9 ? 0 : load_be64(key.data())});
  if (partner == directory_.partners().end()) {
    note(directory_problem_, 0, {fmt::format("table {} has the row {}, of no partner", static_cast<int>(table), to_hex(key)), advice_rows});
    return;
  }
  if (table == Table::idempotency && static_cast<Mode>(key[8]) == Mode::none) {
    note(directory_problem_, 0, {directory_.idempotency().wrong_row(key, value, directory_.chain().sequence()), advice_rows});
    return;
  }
  Part& part = parts_.at(partner->second.partition);
  if (part.problem) return;  // its records were not read to the end: nothing can be said about its rows
  if (table == Table::books) note(part.problem, partner->second.partition, part.check->take_books(key, value));
  else note(part.problem, partner->second.partition, {part.check->idempotency().wrong_row(key, value, part.check->chain().sequence()), advice_rows});
}

void Verification::check_shared_tables() {
  for (const Table table : {Table::books, Table::idempotency}) {
    const Status scanned = log_.scan(table, "", "", Order::forward, [&](std::string_view key, std::string_view value) {
      take_row(table, key, value);
      return true;
    });
    if (!scanned.ok()) note(directory_problem_, 0, {std::string(message_of(scanned)), advice_bytes});
  }
  if (const uint64_t sequence = directory_.idempotency().find_missing_row(directory_.chain().time_us()); sequence != 0)
    note(directory_problem_, 0, {fmt::format("the idempotency key of record {} has no row", sequence), advice_rows});
  for (auto& [id, part] : parts_) {
    if (!part.problem) note(part.problem, id, part.check->find_missing_rows());
  }
}

VerifyReport Verification::run() {
  const auto with_records = log_.partitions();
  if (!with_records.ok()) {
    report_.problems.push_back({0, 0, std::string(message_of(with_records.status())), advice_bytes});
    return std::move(report_);
  }
  directory_problem_ = directory_.run(progress_);
  add_end(0, directory_.chain());
  // Without the partners nothing else can be judged.
  if (!directory_problem_) {
    note(directory_problem_, 0, find_stray_rows(log_, directory_.partners()));
    check_partitions(partitions_to_check(*with_records, directory_.partners()));
    check_shared_tables();
  }
  report_.partners = directory_.partners().size();
  report_.idempotency_keys = directory_.idempotency().size();
  if (directory_problem_) report_.problems.push_back(std::move(*directory_problem_));
  for (auto& [id, part] : parts_) {
    add_end(id, part.check->chain());
    part.check->count_into(report_);
    if (part.problem) report_.problems.push_back(std::move(*part.problem));
  }
  return std::move(report_);
}

}  // namespace

VerifyReport verify(const EventLog& log, const VerifyOptions& options) { return Verification(log, options).run(); }

}  // namespace tollgate::audit
