// Records that exist already, applied again: a log restored from an archive gets its state rows from here, by the same code that
// wrote them the first time. Nothing is decided and nobody is called; an answer that had gone out has gone out.
#pragma once
#include <cstdint>
#include <memory>
#include <string_view>

#include "tollgate/base/status.h"
#include "tollgate/eventlog/event_log.h"

namespace tollgate {

class LogReplayer {
 public:
  // `log`: where records and rows go; it may be empty, or end anywhere.
  [[nodiscard]] static StatusOr<std::unique_ptr<LogReplayer>> open(EventLog& log);
  virtual ~LogReplayer() = default;

  // The record that comes next in its partition. data_loss if it does not follow from the one before: nothing of it is applied.
  // Partners are records as well: those of partition 0 come before those that are about them.
  [[nodiscard]] virtual Status take(uint32_t partition, std::string_view record) = 0;
  // Makes durable what was taken. Records are also written on the way, in rounds.
  [[nodiscard]] virtual Status flush() = 0;
  [[nodiscard]] virtual uint64_t taken() const = 0;
};

}  // namespace tollgate
