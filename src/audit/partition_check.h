// One partition of partners' payments, checked record by record: each is legal, moves money only as its postings say, and in the end the
// rows are the fold.
#pragma once
#include <set>

#include "audit/directory_check.h"

namespace tollgate::audit {

class PartitionCheck {
 public:
  // `partners`: all there are, whichever partition they belong to.
  PartitionCheck(const EventLog& log, uint32_t partition, const std::map<PartnerId, Partner>& partners, const VerifyOptions& options)
      : log_(log), partition_(partition), partners_(partners), chain_(partition), idempotency_(options.idempotency_kept_us) {}

  // All but the rows of the tables below.
  [[nodiscard]] std::optional<Problem> run(Progress& progress);
  // After a run without a problem: takes a row of the books of one of its partners, which are compared in one walk through the table for
  // all partitions (such tables are hashed in memory, where a walk's beginning is what it costs).
  [[nodiscard]] Fault take_books(std::string_view key, std::string_view value);
  // After all of them.
  [[nodiscard]] Fault find_missing_rows();
  [[nodiscard]] IdempotencyCheck& idempotency() { return idempotency_; }
  [[nodiscard]] const Chain& chain() const { return chain_; }
  // Adds what was found.
  void count_into(VerifyReport& report) const;

 private:
  template <class T>
  using Objects = absl::flat_hash_map<ObjectKey, std::unique_ptr<T>>;

  Fault on_record(Record& record);
  Fault on_payment(const RecordHeader& header, const PaymentEvent& event);
  Fault on_customer_object(const RecordHeader& header, const CustomerEvent& event);
  Fault on_ledger(const RecordHeader& header, const LedgerEvent& event);
  template <class T>
  Fault fold(Objects<T>& objects, const ObjectKey& key, const RecordHeader& header, const CustomerEvent& event);
  // The postings of a payment's event go into the books.
  Fault post(const RecordHeader& header, const PaymentEvent& event);
  Fault missing_reference(const RecordHeader& header, CustomerId customer);

  // The row that an object with a record `sequence` must have.
  Fault find_row(const ObjectKey& key, uint64_t sequence, ExpectedRow*& row);
  // After an object's last record: its fold is its row, and is needed no more.
  template <class T>
  Fault complete(Objects<T>& objects, const ObjectKey& key, ExpectedRow& row);

  Fault check_rows();
  Fault check_in_doubt();
  template <class T>
  Fault find_incomplete(const Objects<T>& objects);

  const EventLog& log_;
  uint32_t partition_;
  const std::map<PartnerId, Partner>& partners_;
  Chain chain_;
  IdempotencyCheck idempotency_;
  ExpectedRows rows_;
  Objects<Payment> payments_;
  Objects<Customer> customers_;
  Objects<PaymentMethod> methods_;
  Objects<SetupIntent> setups_;
  struct StreamBooks {
    Books books;
    bool has_row = false;
  };
  std::map<std::string, StreamBooks, std::less<>> books_;  // by row key
  std::set<std::string> in_doubt_;      // row keys
  uint64_t payment_count_ = 0, customer_count_ = 0, method_count_ = 0, setup_count_ = 0;
};

}  // namespace tollgate::audit
