#include "tollgate/audit/verify.h"

#include <set>
#include <thread>

#include "audit/partition_check.h"
#include "tollgate/base/random.h"

namespace tollgate::audit {

namespace {

constexpr std::size_t hash_key_bytes = 16;

std::string random_key() {
  std::string key(hash_key_bytes, '\0');
  SystemRandom().fill({reinterpret_cast<uint8_t*>(key.data()), key.size()});
  return key;
}

// The first row whose owner, the number at the front of its key, is none of `owners`. Walks from owner to owner, not from row to row.
template <class Owner>
Fault find_stray_rows(const EventLog& log, Table table, const std::function<bool(Owner owner)>& known, const char* what) {
  std::string from;
  for (bool more = true; more;) {
    more = false;
    Fault fault;
    const Status scanned = log.scan(table, from, "", Order::forward, [&](std::string_view key, std::string_view) {
      Owner owner = 0;
      if (key.size() >= sizeof owner) owner = sizeof owner == 8 ? static_cast<Owner>(load_be64(key.data())) : static_cast<Owner>(load_be32(key.data()));
      if (key.size() < sizeof owner || !known(owner)) {
        fault = {fmt::format("table {} has the row {}, of no {}", static_cast<int>(table), to_hex(key), what), advice_rows};
        return false;
      }
      from = keys::after_prefix(std::string(key.substr(0, sizeof owner)));
      more = !from.empty();
      return false;
    });
    if (!scanned.ok()) return {std::string(message_of(scanned)), advice_bytes};
    if (fault) return fault;
  }
  return {};
}

struct Part {
  std::unique_ptr<PartitionCheck> check;
  std::optional<Problem> problem;
};

class Verification {
 public:
  Verification(const RecordSource& source, const VerifyOptions& options)
      : source_(source), options_(options), hash_(random_key()), progress_(options.progress), directory_(source, options) {}
  VerifyReport run();

 private:
  // Every partition that has records, or partners that could have some; not the directory's.
  [[nodiscard]] std::set<uint32_t> partitions_to_check(const std::vector<uint32_t>& with_records) const;
  void check_partitions(const std::set<uint32_t>& ids);
  Fault find_strays(const EventLog& log, const std::set<uint32_t>& ids) const;
  Fault find_stray_meta(const EventLog& log, const std::set<uint32_t>& ids) const;
  // Records of partitions whose partners nobody knows: that they are one chain is all that can be said.
  void check_chains(const std::vector<uint32_t>& ids);
  void add_end(uint32_t partition, const Chain& chain) {
    report_.partitions.push_back({partition, chain.sequence(), chain.hash()});
    report_.records += chain.sequence();
  }
  void fill_checks(const Counts& counts, bool chains_only);

  const RecordSource& source_;
  const VerifyOptions& options_;
  RowHash hash_;
  Progress progress_;
  DirectoryCheck directory_;
  std::map<uint32_t, Part> parts_;
  VerifyReport report_;
};

std::set<uint32_t> Verification::partitions_to_check(const std::vector<uint32_t>& with_records) const {
  std::set<uint32_t> all(with_records.begin(), with_records.end());
  for (const auto& [id, partner] : directory_.partners()) all.insert(partner.partition);
  all.erase(0);
  return all;
}

void Verification::check_partitions(const std::set<uint32_t>& ids) {
  std::vector<std::pair<uint32_t, Part*>> parts;
  for (const uint32_t id : ids) parts.emplace_back(id, &parts_[id]);
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < parts.size(); i = next++) {
      Part& part = *parts[i].second;
      part.check = std::make_unique<PartitionCheck>(source_, parts[i].first, directory_, options_, hash_);
      part.problem = part.check->check_records(progress_);
      if (!part.problem) part.problem = part.check->check_rows();
      part.check->forget();
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 1; i < std::min<std::size_t>(options_.threads, parts.size()); ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
}

Fault Verification::find_strays(const EventLog& log, const std::set<uint32_t>& ids) const {
  for (const Table table : {Table::payments, Table::customers, Table::methods, Table::setups, Table::books, Table::idempotency, Table::index}) {
    if (Fault fault = find_stray_rows<uint64_t>(log, table, [&](uint64_t id) { return directory_.partners().contains(PartnerId{id}); }, "partner")) return fault;
  }
  for (const Table table : {Table::timers, Table::in_doubt})
    if (Fault fault = find_stray_rows<uint32_t>(log, table, [&](uint32_t id) { return ids.contains(id); }, "partition")) return fault;
  return find_stray_meta(log, ids);
}

// Of a partition, of a partner's day in it, or the admin users' row, which was looked at with the directory.
Fault Verification::find_stray_meta(const EventLog& log, const std::set<uint32_t>& ids) const {
  const std::size_t of_day = keys::stream(PartnerId{}, Mode::test).size() + sizeof(uint32_t);
  Fault fault;
  const Status scanned = log.scan(Table::meta, "", "", Order::forward, [&](std::string_view key, std::string_view) {
    if (key == keys::admins) return true;
    const uint32_t id = key.size() < sizeof(uint32_t) ? UINT32_MAX : load_be32(key.data());
    const bool known = key.size() == sizeof(uint32_t) ? id == 0 || ids.contains(id)
                                                      : key.size() == of_day && ids.contains(id) && directory_.partners().contains(PartnerId{load_be64(key.data() + sizeof id)});
    if (!known) fault = {fmt::format("the meta row {} is of no partition", to_hex(key)), advice_rows};
    return known;
  });
  if (!scanned.ok()) return {std::string(message_of(scanned)), advice_bytes};
  return fault;
}

void Verification::check_chains(const std::vector<uint32_t>& ids) {
  Counts counts;
  for (const uint32_t id : ids) {
    Chain chain(id);
    auto problem = walk(source_, id, chain, progress_, [](Record&) { return Fault(); });
    if (!problem) problem = check_head(source_, id, chain);
    counts.add(Check::chain, chain.sequence());
    counts.add(Check::encoding, chain.sequence());
    counts.add(Check::heads);
    add_end(id, chain);
    if (problem) report_.problems.push_back(*std::move(problem));
  }
  fill_checks(counts, true);
}

void Verification::fill_checks(const Counts& counts, bool chains_only) {
  for (std::size_t i = 0; i < check_count; ++i) {
    CheckResult& result = report_.checks.emplace_back();
    result.check = static_cast<Check>(i);
    result.count = counts.of(result.check);
    const bool needs_rows = i >= static_cast<std::size_t>(Check::state);
    result.skipped = (needs_rows && source_.log() == nullptr) || (chains_only && i > static_cast<std::size_t>(Check::heads));
  }
}

VerifyReport Verification::run() {
  const auto with_records = source_.partitions();
  if (!with_records.ok()) {
    report_.problems.push_back({0, 0, std::string(message_of(with_records.status())), advice_bytes});
    return std::move(report_);
  }
  const bool without_partners = source_.log() == nullptr && !with_records->empty() && with_records->front() != 0;
  if (without_partners) {
    check_chains(*with_records);
    return std::move(report_);
  }
  std::optional<Problem> problem = directory_.run(progress_);
  add_end(0, directory_.chain());
  // Without the partners nothing else can be judged.
  if (!problem) {
    const std::set<uint32_t> ids = partitions_to_check(*with_records);
    check_partitions(ids);
    if (source_.log() != nullptr) {
      if (Fault fault = find_strays(*source_.log(), ids)) problem = Problem{0, 0, std::move(fault.what), fault.advice};
    }
  }
  Counts counts = directory_.counts();
  report_.partners = directory_.partners().size();
  report_.idempotency_keys = directory_.idempotency_keys();
  if (problem) report_.problems.push_back(std::move(*problem));
  for (auto& [id, part] : parts_) {
    add_end(id, part.check->chain());
    part.check->count_into(report_);
    counts.add(part.check->counts());
    if (part.problem) report_.problems.push_back(std::move(*part.problem));
  }
  fill_checks(counts, false);
  return std::move(report_);
}

}  // namespace

VerifyReport verify(const RecordSource& source, const VerifyOptions& options) { return Verification(source, options).run(); }

VerifyReport verify(const EventLog& log, const VerifyOptions& options) { return verify(*source_of(log), options); }

}  // namespace tollgate::audit
