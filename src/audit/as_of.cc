#include "tollgate/audit/as_of.h"

#include <map>
#include <tuple>

namespace tollgate::audit {

StatusOr<AsOf> as_of(const RecordSource& source, const Cut& cut, std::optional<PartnerId> partner, const ProgressReport& progress) {
  AsOf result;
  TOLLGATE_ASSIGN_OR_RETURN(const auto partitions, source.partitions());
  for (const uint32_t partition : partitions) {
    TOLLGATE_ASSIGN_OR_RETURN(const Head head, source.head(partition));
    result.ends.push_back({partition, std::min(head.sequence, cut.last_sequence(partition))});
  }
  TOLLGATE_ASSIGN_OR_RETURN(const Partners partners, partners_at(source, cut));
  result.partners = partners.size();
  if (partner) {
    const auto found = partners.find(*partner);
    if (found == partners.end()) return not_found("there was no partner {} then", partner->text());
    result.partner = found->second;
  }
  std::map<std::tuple<Mode, Currency, PaymentStatus>, StatusCount> counts;
  PaymentScope scope;
  scope.partner = partner;
  TOLLGATE_RETURN_IF_ERROR(for_each_payment(
      source, partners, cut, scope,
      [&](const Payment& payment, uint32_t) {
        StatusCount& count = counts[{payment.mode, payment.currency, payment.status}];
        ++count.payments;
        count.amount += payment.amount;
        return true;
      },
      progress));
  for (auto& [key, count] : counts) {
    std::tie(count.mode, count.currency, count.status) = key;
    result.payments.push_back(count);
  }
  TOLLGATE_ASSIGN_OR_RETURN(result.balances, balances(source, cut, partner, progress));
  return result;
}

}  // namespace tollgate::audit
