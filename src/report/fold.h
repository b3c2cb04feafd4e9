// What records come to: changes of figures, and of what must be known of payments between their records. Pure but for the lookups in what was
// folded before.
#pragma once
#include <absl/container/flat_hash_map.h>

#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "tollgate/record/decode.h"
#include "tollgate/report/figures.h"

namespace tollgate::report {

// Figures that an older binary folded are folded anew when this is another number: change it with whatever changes what is counted.
inline constexpr uint32_t fold_version = 1;
inline constexpr std::size_t event_types_max = 32;  // of payments

struct PaymentKey {
  PartnerId partner;
  Mode mode = Mode::none;
  IdCore core;
  bool operator==(const PaymentKey&) const = default;
  template <class H>
  friend H AbslHashValue(H state, const PaymentKey& key) {
    return H::combine(std::move(state), key.partner.value, key.mode, key.core.bytes);
  }
};

// Few records say which currency they are about. A payment is known here from its creation until it has ended and nothing of it is in doubt;
// afterwards its currency cannot change any more, and its row in the log's own tables has it.
struct OpenPayment {
  Currency currency;
  int64_t authorized = 0, captured = 0;
  uint16_t increment = 0;         // the operation that is the newest increment
  bool ended = false;
  std::vector<uint64_t> doubted;  // operations
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "currency", self.currency);
    v(2, "authorized", self.authorized);
    v(3, "captured", self.captured);
    v(4, "increment", self.increment);
    v(5, "ended", self.ended);
    v(6, "doubted", self.doubted);
  }
  bool operator==(const OpenPayment&) const = default;
};

struct FigureKey {
  PartnerId partner;
  int64_t day = 0;
  Mode mode = Mode::none;
  Currency currency;
  auto operator<=>(const FigureKey&) const = default;
};

// What was folded before.
class Folded {
 public:
  virtual ~Folded() = default;
  [[nodiscard]] virtual StatusOr<std::optional<OpenPayment>> open_payment(const PaymentKey& key) const = 0;
  [[nodiscard]] virtual StatusOr<Currency> currency_of_ended(const PaymentKey& key) const = 0;
};

struct Changes {
  struct Slot {
    std::optional<OpenPayment> payment;  // nothing: there is none to be known any more
    bool stood = false;                  // in what was folded before
  };
  absl::flat_hash_map<PaymentKey, Slot> payments;
  std::map<FigureKey, Figures> figures;  // to be added
  void clear() {
    payments.clear();
    figures.clear();
  }
};

class Fold {
 public:
  Fold(const Folded& before, Changes& to) : before_(before), to_(to) {}
  // After an error `to` is of no use.
  [[nodiscard]] Status add(const RecordHeader& header, std::string_view record);
  // The event alone, for what was decoded already.
  [[nodiscard]] Status add(const RecordHeader& header, const Event& event);

 private:
  const Folded& before_;
  Changes& to_;
  std::vector<Record> decoded_ = std::vector<Record>(event_types_max);  // by event type, so that each is used again with its memory
};

}  // namespace tollgate::report
