#include "customer/objects.h"

namespace tollgate {

CustomerDecision decide(const CustomerCommand& command, const CustomerContext& context) {
  return std::visit([&context](const auto& c) { return customer_internal::decide_on(c, context); }, command);
}

}  // namespace tollgate
