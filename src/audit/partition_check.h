// One partition of partners' payments, checked record by record: each is legal, moves money only as its postings say, and in the end the
// rows are the fold.
#pragma once
#include "audit/counts.h"
#include "audit/directory_check.h"
#include "audit/expected_rows.h"
#include "audit/open_payments.h"
#include "audit/row_hunt.h"
#include "audit/streams.h"
#include "tollgate/projection/index.h"

namespace tollgate::audit {

// What stands as the actor of a request that the operator made.
inline constexpr std::string_view operator_actor = "admin";

[[nodiscard]] std::string name_of_object(const ObjectKey& key);

class PartitionCheck {
 public:
  // `directory`: all partners that there are, whichever partition they belong to. `hunt`: is told every row that the records lead to.
  PartitionCheck(const RecordSource& source, uint32_t partition, const DirectoryCheck& directory, const VerifyOptions& options, const RowHash& hash,
                 RowHunt* hunt = nullptr);

  // The records, and the objects' rows as they pass.
  [[nodiscard]] std::optional<Problem> check_records(Progress& progress);
  // After records without a problem: that there are no other rows than theirs.
  [[nodiscard]] std::optional<Problem> check_rows();
  [[nodiscard]] const Chain& chain() const { return chain_; }
  [[nodiscard]] const Counts& counts() const { return counts_; }
  // Gives back the memory of all but what it found.
  void forget();
  // Adds what was found.
  void count_into(VerifyReport& report) const;

 private:
  template <class T>
  using Objects = absl::flat_hash_map<ObjectKey, std::unique_ptr<T>>;

  // ---- partition_check.cc: records ----
  Fault on_record(Record& record);
  Fault on_event(Record& record);
  Fault on_payment(Record& record, PaymentEvent& event);
  Fault on_customer_object(Record& record, CustomerEvent& event);
  Fault on_ledger(const Record& record);
  template <class T>
  Fault fold_object(Objects<T>& objects, const ObjectKey& key, Record& record, CustomerEvent& event);
  // The postings of a payment's event go into the books.
  Fault post(const Record& record);
  Fault check_created(const PaymentKey& key, StreamState& stream);
  Fault check_key(const Cause& cause, StreamState& stream);
  Fault check_approval(const Cause& cause, const OperationResolvedByHand& resolved);
  Fault missing_references(const RecordHeader& header, const Event& event);
  Fault missing_customer(const RecordHeader& header, CustomerId customer);
  Fault missing_method(const RecordHeader& header, const IdCore& own, const PaymentMethodId& method);
  void count(const PaymentEvent& event);

  // ---- partition_rows.cc: rows ----
  // The row that an object with a record `sequence` must have.
  Fault find_row(const ObjectKey& key, uint64_t sequence, ExpectedRow*& row);
  // After an object's last record: its fold is its row, and is needed no more.
  template <class T>
  Fault complete(Objects<T>& objects, const ObjectKey& key, ExpectedRow& row);
  Fault complete_payment(const PaymentKey& key, const OpenPayment& open, StreamState& stream);
  // What the resolver, the timers and recovery need to know of it.
  Fault expect_of(const Payment& payment, StreamState& stream);
  Fault expect(RowSum& sum, Table table, std::string_view key, std::string_view value, const Origin& origin);
  Fault expect_index_rows(StreamState& stream, const Record& record, const Indexed& before, const Payment* payment);
  Fault expect_key(const KeyRow* row);
  Fault expect_timers();

  Fault find_incomplete();
  template <class T>
  Fault find_incomplete(const Objects<T>& objects);
  Fault find_incomplete_payment();
  Fault check_sum_of_books();
  Fault check_books();
  Fault check_floor();
  Fault check_sums(std::vector<RowRange>& differing);
  Fault sum_partner(PartnerId partner, std::vector<RowRange>& differing);
  RowFault hunt(std::vector<RowRange> ranges);

  const RecordSource& source_;
  const EventLog* log_;  // nullptr: records alone
  uint32_t partition_;
  const DirectoryCheck& directory_;
  const VerifyOptions& options_;
  const RowHash& hash_;
  RowHunt* hunt_;
  Chain chain_;
  Commands commands_;
  Counts counts_;
  Streams streams_;
  OpenPayments open_payments_;
  ExpectedRows rows_;
  Objects<Customer> customers_;
  Objects<PaymentMethod> methods_;
  Objects<SetupIntent> setups_;
  RowSum timers_, in_doubt_;
  uint64_t key_fault_sequence_ = 0;  // of the command whose idempotency key was at fault
  std::vector<Row> index_rows_;  // of one record; kept for its memory
  uint64_t open_floor_ = UINT64_MAX;  // of the requests that wait for an acquirer, the first
  uint64_t payment_count_ = 0, completed_payments_ = 0, customer_count_ = 0, method_count_ = 0, setup_count_ = 0, key_count_ = 0, in_doubt_count_ = 0;
};

}  // namespace tollgate::audit
