// How far behind the log those are that follow it: what is signed, backed up, archived and reported.
#pragma once
#include <map>

#include "tollgate/backup/service.h"
#include "tollgate/eventlog/event_log.h"
#include "tollgate/observe/node_facts.h"
#include "tollgate/proof/static_log.h"
#include "tollgate/report/reports.h"

namespace tollgate::cli {

class Followers {
 public:
  // `checkpoints` and `reports` may be null. All of them outlive this.
  Followers(const EventLog& log, const proof::StaticLog* checkpoints, const BackupService& backups, const Reports* reports);
  void add_to(observe::NodeFacts& facts);

 private:
  // For how long the oldest record that is not signed has waited, as far as looking now and then can tell.
  [[nodiscard]] int64_t unsigned_us(int64_t now_us);

  struct Signed {
    uint64_t size = 0;
    int64_t behind_since_us = 0;  // monotonic; 0: it is not
  };
  const EventLog& log_;
  const proof::StaticLog* const checkpoints_;
  const BackupService& backups_;
  const Reports* const reports_;
  const int64_t begin_us_;
  std::map<uint32_t, Signed> signed_;  // by partition
};

}  // namespace tollgate::cli
