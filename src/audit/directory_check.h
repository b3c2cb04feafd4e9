// Partition 0: the partners, and the admin users with the trail of what they did. Who belongs to which partition follows from its records and from nothing else.
#pragma once
#include <map>
#include <set>

#include "audit/commands.h"
#include "audit/counts.h"
#include "audit/exact_rows.h"
#include "audit/walk.h"
#include "tollgate/audit/folds.h"

namespace tollgate::audit {

class DirectoryCheck {
 public:
  DirectoryCheck(const RecordSource& source, const VerifyOptions& options)
      : source_(source), rows_(options.idempotency_kept_us) {}

  [[nodiscard]] std::optional<Problem> run(Progress& progress);
  [[nodiscard]] const Partners& partners() const { return partners_; }
  // How many partners a partition has.
  [[nodiscard]] std::size_t partners_in(uint32_t partition) const;
  // Whether the partner ever had that key of that mode.
  [[nodiscard]] bool has_key(PartnerId partner, std::string_view key, Mode mode) const;
  // Who asked for something that waited for a second person, and who agreed. Of what was resolved by hand.
  struct Agreed {
    std::string path, asked_by, approved_by;
  };
  // nullptr if no such approval was given.
  [[nodiscard]] const Agreed* approval(std::string_view id) const;
  [[nodiscard]] const Chain& chain() const { return chain_; }
  [[nodiscard]] const Counts& counts() const { return counts_; }
  [[nodiscard]] uint64_t idempotency_keys() const { return rows_.size(); }

 private:
  Fault on_record(Record& record);
  Fault on_admin(const AdminEvent& event, const RecordHeader& header);
  Fault expect(const KeyRow* row);
  Fault compare_admins(const EventLog& log);
  Fault compare_rows(const EventLog& log);
  RowFault compare_keys(const EventLog& log);

  const RecordSource& source_;
  Chain chain_{0};
  Counts counts_;
  Commands commands_;
  ExactRows rows_;  // of idempotency keys: partners change seldom
  Partners partners_;
  AdminState admins_;
  std::map<std::string, Agreed, std::less<>> agreed_;  // by the approval's id
  std::map<uint32_t, std::size_t> partners_in_;
  std::map<PartnerId, std::set<std::pair<std::string, Mode>, std::less<>>> keys_;
};

}  // namespace tollgate::audit
