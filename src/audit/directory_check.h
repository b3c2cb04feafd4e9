// Partition 0: the partners. Who belongs to which partition follows from its records and from nothing else.
#pragma once
#include <map>

#include "audit/idempotency_check.h"
#include "audit/walk.h"

namespace tollgate::audit {

class DirectoryCheck {
 public:
  DirectoryCheck(const EventLog& log, const VerifyOptions& options) : log_(log), idempotency_(options.idempotency_kept_us) {}

  [[nodiscard]] std::optional<Problem> run(Progress& progress);
  [[nodiscard]] const std::map<PartnerId, Partner>& partners() const { return partners_; }
  [[nodiscard]] const Chain& chain() const { return chain_; }
  [[nodiscard]] IdempotencyCheck& idempotency() { return idempotency_; }

 private:
  Fault on_record(Record& record);
  Fault compare_rows();

  const EventLog& log_;
  Chain chain_{0};
  IdempotencyCheck idempotency_;
  std::map<PartnerId, Partner> partners_;
};

}  // namespace tollgate::audit
