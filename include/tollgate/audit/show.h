// One object with everything that was ever recorded of it.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "tollgate/audit/folds.h"

namespace tollgate::audit {

// A record, and the hash of its stored bytes.
struct HashedRecord {
  Record record;
  Digest hash{};
};

struct Shown {
  Subject subject;        // kind none: the records of a request, which may be about several
  std::string id;         // of the object
  PartnerId partner;
  std::string partner_name;  // at the cut
  Mode mode = Mode::none;
  uint32_t partition = 0;
  std::vector<HashedRecord> records;
  // The fold of the records: the one that fits the subject.
  std::optional<Payment> payment;
  std::optional<Customer> customer;
  std::optional<PaymentMethod> method;
  std::optional<SetupIntent> setup;
  std::optional<Partner> partner_state;
};

struct ShowOptions {
  // Looks through the whole log, and takes nothing from state rows: slow, and sees what a row might hide.
  bool scan = false;
  ProgressReport progress;
};

// `id`: of a payment or anything that belongs to one (pi_, ch_, re_, txn_, pm_), of a customer, payment method or setup intent, of a partner (acct_), of an event
// (evt_) or a request (req_). More than one answer only for ids that several partners use. not_found if there is none, invalid_argument if the text is no id.
[[nodiscard]] StatusOr<std::vector<Shown>> show(const RecordSource& source, const std::string& id, const Cut& cut = {},
                                                const ShowOptions& options = {});

}  // namespace tollgate::audit
