#include "tollgate/partner/partner.h"

namespace tollgate {

Fee Partner::fee_of(Currency currency) const {
  const FeeRule* fallback = nullptr;
  for (const FeeRule& rule : config.fees) {
    if (rule.currency == currency) return {rule.basis_points, rule.fixed};
    if (rule.currency.empty()) fallback = &rule;
  }
  return fallback == nullptr ? Fee{} : Fee{fallback->basis_points, fallback->fixed};
}

bool Partner::accepts(Currency currency) const {
  return config.currencies.empty() ||
         std::find(config.currencies.begin(), config.currencies.end(), currency) != config.currencies.end();
}

}  // namespace tollgate
