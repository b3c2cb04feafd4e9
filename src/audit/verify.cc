#include "tollgate/audit/verify.h"

#include <thread>

#include "audit/partition_check.h"

namespace tollgate::audit {

namespace {

// Rows of partners that no record has made. Walks from partner to partner, not from row to row.
Fault find_stray_rows(const EventLog& log, const std::map<PartnerId, Partner>& partners) {
  for (const Table table : {Table::payments, Table::customers, Table::methods, Table::setups, Table::books, Table::idempotency}) {
    std::string from;
    for (bool more = true; more;) {
      more = false;
      Fault fault;
      const Status scanned = log.scan(table, from, "", Order::forward, [&](std::string_view key, std::string_view) {
        if (key.size() < 8) {
          fault = {fmt::format("a row of table {} has the key {}", static_cast<int>(table), to_hex(key)), advice_rows};
          return false;
        }
        const PartnerId partner{load_be64(key.data())};
        if (!partners.contains(partner)) fault = {fmt::format("table {} has a row of {}, which is no partner", static_cast<int>(table), partner.text()), advice_rows};
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

void add_end(VerifyReport& report, uint32_t partition, const Chain& chain) {
  report.partitions.push_back({partition, chain.sequence(), chain.hash()});
  report.records += chain.sequence();
}

}  // namespace

VerifyReport verify(const EventLog& log, const VerifyOptions& options) {
  VerifyReport report;
  Progress progress(options.progress);
  const auto with_records = log.partitions();
  if (!with_records.ok()) {
    report.problems.push_back({0, 0, std::string(message_of(with_records.status())), advice_bytes});
    return report;
  }
  DirectoryCheck directory(log, options);
  if (auto problem = directory.run(progress)) {
    // Without the partners nothing else can be judged.
    add_end(report, 0, directory.chain());
    report.problems.push_back(std::move(*problem));
    return report;
  }
  add_end(report, 0, directory.chain());
  report.partners = directory.partners().size();
  report.idempotency_keys = directory.idempotency().size();
  if (Fault fault = find_stray_rows(log, directory.partners())) report.problems.push_back({0, 0, std::move(fault.what), fault.advice});

  const std::vector<uint32_t> ids = partitions_to_check(*with_records, directory.partners());
  std::vector<std::optional<Problem>> problems(ids.size());
  std::vector<Chain> ends;
  for (const uint32_t id : ids) ends.emplace_back(id);
  std::atomic<std::size_t> next{0};
  std::mutex counting;
  const auto work = [&] {
    for (std::size_t i = next++; i < ids.size(); i = next++) {
      PartitionCheck check(log, ids[i], directory.partners(), options);
      problems[i] = check.run(progress);
      ends[i] = check.chain();
      std::lock_guard lock(counting);
      check.count_into(report);
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 1; i < std::min<std::size_t>(options.threads, ids.size()); ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    add_end(report, ids[i], ends[i]);
    if (problems[i]) report.problems.push_back(std::move(*problems[i]));
  }
  return report;
}

}  // namespace tollgate::audit
