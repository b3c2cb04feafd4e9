#include "report/projection.h"

#include "tollgate/base/give_way.h"
#include "tollgate/eventlog/keys.h"
#include "tollgate/record/wire.h"

namespace tollgate::report {
namespace {

constexpr uint64_t records_between_ways = 64;  // some 0.1 ms

class FoldedInStore final : public Folded {
 public:
  FoldedInStore(const Store& store, uint32_t generation, const EventLog& log) : store_(store), generation_(generation), log_(log) {}
  StatusOr<std::optional<OpenPayment>> open_payment(const PaymentKey& key) const override { return store_.open_payment(generation_, key); }
  StatusOr<Currency> currency_of_ended(const PaymentKey& key) const override { return currency_in(log_, key); }

 private:
  const Store& store_;
  const uint32_t generation_;
  const EventLog& log_;
};

}  // namespace

StatusOr<Currency> currency_in(const EventLog& log, const PaymentKey& key) {
  std::string row;
  Payment payment;
  if (const Status found = log.get(Table::payments, keys::object(key.partner, key.mode, key.core), row); !found.ok())
    return data_loss("the row of payment {} cannot be read: {}", PaymentId{key.core}.text(), message_of(found));
  TOLLGATE_RETURN_IF_ERROR(wire::decode(row, payment));
  return payment.currency;
}

StatusOr<std::unique_ptr<Projection>> Projection::open(std::unique_ptr<Store> store, const EventLog& log, uint64_t batch_records_max,
                                                       const std::function<void(const std::string&)>& say) {
  std::unique_ptr<Projection> made(new Projection(std::move(store), log, batch_records_max));
  TOLLGATE_RETURN_IF_ERROR(made->load(say));
  return StatusOr<std::unique_ptr<Projection>>(std::move(made));
}

// Every record holds the hash of the one before, so the last one folded stands for all of them.
StatusOr<std::string> Projection::other_log(const Positions& positions) const {
  for (const auto& [partition, at] : positions) {
    if (at.sequence == 0) continue;
    TOLLGATE_ASSIGN_OR_RETURN(const Head head, log_.head(partition));
    if (head.sequence < at.sequence)
      return fmt::format("partition {} ends at record {}, and {} were in the figures", partition, head.sequence, at.sequence);
    std::string hash{view(head.hash)};
    if (head.sequence > at.sequence) {
      StatusOr<RecordHeader> next = data_loss("partition {}: record {} is missing", partition, at.sequence + 1);
      TOLLGATE_RETURN_IF_ERROR(log_.read(partition, at.sequence + 1, [&next](uint64_t, std::string_view record) {
        next = decode_header(record);
        return false;
      }));
      if (!next.ok()) return next.status();
      hash = view(next->prev_hash);
    }
    if (hash != at.hash) return fmt::format("record {} of partition {} is not the one that was in the figures", at.sequence, partition);
  }
  return std::string();
}

Status Projection::set(const Generations& generations) {
  TOLLGATE_RETURN_IF_ERROR(store_->set(generations));
  generations_ = generations;
  return absl::OkStatus();
}

Status Projection::load(const std::function<void(const std::string&)>& say) {
  TOLLGATE_ASSIGN_OR_RETURN(generations_, store_->generations());
  std::string why;
  if (generations_.version != 0 && generations_.version != fold_version) {
    why = "this version of tollgate counts differently";
  } else {
    TOLLGATE_ASSIGN_OR_RETURN(active_, store_->positions(generations_.active));
    TOLLGATE_ASSIGN_OR_RETURN(built_, store_->positions(generations_.building));
    for (const Positions* positions : {&active_, &built_}) {
      auto other = other_log(*positions);
      // What was forgotten since it was folded cannot be compared, nor followed: the next batch says so.
      if (!other.ok() && !absl::IsFailedPrecondition(other.status()) && !absl::IsNotFound(other.status())) return other.status();
      if (why.empty() && other.ok()) why = *std::move(other);
    }
  }
  if (!why.empty()) {
    say(fmt::format("the reports are made again: {}", why));
    active_.clear();
    built_.clear();
    return set({fold_version, 0, 0, generations_.newest});
  }
  if (generations_.version == 0) return set({fold_version, 0, 0, generations_.newest});
  return absl::OkStatus();
}

Status Projection::fold_batch(uint32_t generation, Positions& positions, uint32_t partition, uint64_t end) {
  const Position before = positions[partition];
  if (before.sequence >= end) return absl::OkStatus();
  const uint64_t last = std::min(end, before.sequence + batch_records_max_);
  changes_.clear();
  const FoldedInStore folded(*store_, generation, log_);
  Fold fold(folded, changes_);
  Position at;
  Status wrong;
  TOLLGATE_RETURN_IF_ERROR(log_.read(partition, before.sequence + 1, [&](uint64_t sequence, std::string_view record) {
    const auto header = decode_header(record);
    wrong = header.ok() ? fold.add(*header, record) : header.status();
    if (!wrong.ok()) return false;
    if (sequence == last) at = {sequence, header->time_us, std::string(view(hash_of_record(record)))};
    if (sequence % records_between_ways == 0) give_way();
    return sequence < last;
  }));
  TOLLGATE_RETURN_IF_ERROR(wrong);
  if (at.sequence != last) return data_loss("partition {}: record {} is missing", partition, last);
  TOLLGATE_RETURN_IF_ERROR(store_->write(generation, partition, at, changes_));
  positions[partition] = std::move(at);
  return absl::OkStatus();
}

Status Projection::follow(const std::function<bool()>& go_on) {
  if (generations_.active == 0) return absl::OkStatus();
  TOLLGATE_ASSIGN_OR_RETURN(const std::vector<uint32_t> partitions, log_.partitions());
  for (const uint32_t partition : partitions) {
    TOLLGATE_ASSIGN_OR_RETURN(const Head head, log_.head(partition));
    while (active_[partition].sequence < head.sequence) {
      if (!go_on()) return absl::OkStatus();
      TOLLGATE_RETURN_IF_ERROR(fold_batch(generations_.active, active_, partition, head.sequence));
    }
  }
  return absl::OkStatus();
}

Status Projection::begin_build() {
  built_.clear();
  return set({fold_version, generations_.active, generations_.newest + 1, generations_.newest + 1});
}

Status Projection::give_up_build() {
  built_.clear();
  return set({fold_version, generations_.active, 0, generations_.newest});
}

Status Projection::build_on() {
  TOLLGATE_ASSIGN_OR_RETURN(const std::vector<uint32_t> partitions, log_.partitions());
  for (const uint32_t partition : partitions) {
    TOLLGATE_ASSIGN_OR_RETURN(const Head head, log_.head(partition));
    const uint64_t end = generations_.active == 0 ? head.sequence : active_[partition].sequence;
    if (built_[partition].sequence < end) return fold_batch(generations_.building, built_, partition, end);
  }
  TOLLGATE_RETURN_IF_ERROR(set({fold_version, generations_.building, 0, generations_.newest}));
  active_ = std::exchange(built_, {});
  return absl::OkStatus();
}

StatusOr<Projection::Built> Projection::built() const {
  Built built;
  TOLLGATE_ASSIGN_OR_RETURN(const std::vector<uint32_t> partitions, log_.partitions());
  for (const uint32_t partition : partitions) {
    TOLLGATE_ASSIGN_OR_RETURN(const Head head, log_.head(partition));
    built.of += head.sequence;
    if (const auto at = built_.find(partition); at != built_.end()) built.records += at->second.sequence;
  }
  return built;
}

}  // namespace tollgate::report
