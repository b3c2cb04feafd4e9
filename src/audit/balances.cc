#include "tollgate/audit/balances.h"

#include <algorithm>

#include "tollgate/projection/postings.h"
#include "tollgate/record/record.h"

namespace tollgate::audit {

namespace {

constexpr uint64_t records_per_report = 65'536;
using Totals = std::map<std::pair<Mode, Currency>, std::map<Account, AccountTotal>>;

void add(Totals& totals, Mode mode, const Postings& postings) {
  for (const Posting& posting : postings) {
    AccountTotal& total = totals[{mode, posting.currency}][posting.account];
    total.account = posting.account;
    ++total.postings;
    if (posting.amount >= 0) total.debits += posting.amount;
    else total.credits -= static_cast<Sum>(posting.amount);
  }
}

// One partition's.
Status add_partition(const RecordSource& source, uint32_t partition, uint64_t last, std::optional<PartnerId> partner, Totals& totals,
                     Balances& balances, const ProgressReport& progress) {
  Status bad;
  uint64_t uncounted = 0;
  TOLLGATE_RETURN_IF_ERROR(source.read(partition, 1, [&](uint64_t sequence, std::string_view bytes) {
    if (sequence > last) return false;
    ++balances.records;
    if (++uncounted == records_per_report && progress) progress(std::exchange(uncounted, 0));
    const auto header = decode_header(bytes);
    if (!header.ok()) {
      bad = header.status();
      return false;
    }
    if (!may_post(header->event_type) || (partner && *partner != header->partner)) return true;
    const auto record = decode_record(bytes);
    if (!record.ok()) {
      bad = record.status();
      return false;
    }
    const Postings& postings = *postings_of(record->event);
    if (!balanced(postings) && balances.unbalanced_records++ == 0) {
      balances.unbalanced_partition = partition;
      balances.unbalanced_sequence = sequence;
    }
    add(totals, header->mode, postings);
    return true;
  }));
  return bad;
}

}  // namespace

Sum TrialBalance::debits() const {
  Sum sum = 0;
  for (const AccountTotal& account : accounts) sum += account.debits;
  return sum;
}
Sum TrialBalance::credits() const {
  Sum sum = 0;
  for (const AccountTotal& account : accounts) sum += account.credits;
  return sum;
}

bool Balances::ok() const {
  return unbalanced_records == 0 &&
         std::all_of(currencies.begin(), currencies.end(), [](const TrialBalance& one) { return one.balanced(); });
}

StatusOr<Balances> balances(const RecordSource& source, const Cut& cut, std::optional<PartnerId> partner, const ProgressReport& progress) {
  Balances result;
  Totals totals;
  TOLLGATE_ASSIGN_OR_RETURN(const auto partitions, source.partitions());
  for (const uint32_t partition : partitions) {
    if (partition == 0) continue;  // the partners' own: no money there
    TOLLGATE_RETURN_IF_ERROR(add_partition(source, partition, cut.last_sequence(partition), partner, totals, result, progress));
  }
  for (const auto& [key, accounts] : totals) {
    TrialBalance& one = result.currencies.emplace_back(TrialBalance{key.first, key.second, {}});
    for (const auto& [account, total] : accounts) one.accounts.push_back(total);
  }
  return result;
}

std::string digits_of(Sum value) {
  if (value == 0) return "0";
  std::string digits;
  const bool negative = value < 0;
  for (Sum rest = negative ? -value : value; rest != 0; rest /= 10) digits.push_back(static_cast<char>('0' + static_cast<int>(rest % 10)));
  if (negative) digits.push_back('-');
  std::reverse(digits.begin(), digits.end());
  return digits;
}

std::string major_units(Sum minor, Currency currency) {
  std::string digits = digits_of(minor < 0 ? -minor : minor);
  const auto exponent = static_cast<std::size_t>(currency.exponent());
  if (digits.size() <= exponent) digits.insert(0, exponent + 1 - digits.size(), '0');
  const std::string fraction = exponent == 0 ? "" : "." + digits.substr(digits.size() - exponent);
  digits.resize(digits.size() - exponent);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
  return (minor < 0 ? "-" : "") + digits + fraction;
}

}  // namespace tollgate::audit
