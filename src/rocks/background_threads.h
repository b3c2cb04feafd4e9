// RocksDB's flushes and compactions give way to payments; nobody waits for them unless memtables run full.
#pragma once
#include <rocksdb/listener.h>

#include "tollgate/base/give_way.h"

namespace tollgate {

// Among the options' listeners. The threads are one pool for all databases of the process.
class GiveWay final : public rocksdb::EventListener {
 public:
  void OnFlushBegin(rocksdb::DB*, const rocksdb::FlushJobInfo&) override { become_background(); }
  void OnCompactionBegin(rocksdb::DB*, const rocksdb::CompactionJobInfo&) override { become_background(); }
};

}  // namespace tollgate
