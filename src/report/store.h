// Where figures are kept: a small RocksDB. Nothing in it is synced or logged, because it follows from the event log; what a crash takes is
// folded again. A batch is one write with the position that it reaches, and memtables are flushed whole: position and figures always fit each
// other.
//
// Figures stand under a generation, a number: a rebuild makes the next one beside the one that is served.
//
//   generation u32, 'p', partition u32                          -> Position
//   generation u32, 'o', partner u64, mode u8, core 12          -> OpenPayment
//   generation u32, 'f', partner u64, day u32, mode, currency u32 -> Figures; partner 0: of all together
//   0 u32                                                       -> Generations              (all big-endian)
#pragma once
#include <map>
#include <memory>
#include <string>

#include "report/fold.h"
#include "tollgate/report/report.h"

namespace tollgate::report {

struct Position {
  uint64_t sequence = 0;
  int64_t time_us = 0;  // of that record
  std::string hash;     // of it as well
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "sequence", self.sequence);
    v(2, "time_us", self.time_us);
    v(3, "hash", self.hash);
  }
  bool operator==(const Position&) const = default;
};
using Positions = std::map<uint32_t, Position>;  // by partition

struct Generations {
  uint32_t version = 0;   // fold_version of all that is here
  uint32_t active = 0;    // that is served; 0: none
  uint32_t building = 0;  // 0: none
  uint32_t newest = 0;    // that there ever was
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "version", self.version);
    v(2, "active", self.active);
    v(3, "building", self.building);
    v(4, "newest", self.newest);
  }
  bool operator==(const Generations&) const = default;
};

// Whole: what was asked for, as it was at one moment.
struct Picture {
  Generations generations;
  Positions positions;  // of the active one
  std::vector<Row> rows;
};

class Store {
 public:
  // A database that cannot be opened because its bytes are wrong is removed and begun anew.
  [[nodiscard]] static StatusOr<std::unique_ptr<Store>> open(const std::string& directory);
  ~Store();

  [[nodiscard]] StatusOr<Generations> generations() const;
  [[nodiscard]] StatusOr<Positions> positions(uint32_t generation) const;
  [[nodiscard]] StatusOr<std::optional<OpenPayment>> open_payment(uint32_t generation, const PaymentKey& key) const;
  // invalid_argument if there are more than rows_max.
  [[nodiscard]] StatusOr<Picture> picture(const Query& query) const;

  // What a batch changed, and where it ended.
  [[nodiscard]] Status write(uint32_t generation, uint32_t partition, const Position& at, const Changes& changes);
  // What was active or being built and is not any more is removed in the same write.
  [[nodiscard]] Status set(const Generations& generations);

 private:
  struct Database;
  explicit Store(std::unique_ptr<Database> database);
  std::unique_ptr<Database> database_;
};

}  // namespace tollgate::report
