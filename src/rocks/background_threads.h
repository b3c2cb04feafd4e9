// RocksDB's flushes and compactions give way to payments: on few cores their threads made the slowest of 100 payments wait a time slice or
// two for the engine's thread. As nice values (Linux: of one thread); nobody waits for them unless memtables run full.
#pragma once
#include <rocksdb/listener.h>
#include <sys/resource.h>

namespace tollgate {

inline constexpr int background_nice = 10;

// Among the options' listeners. The threads are one pool for all databases of the process.
class GiveWay final : public rocksdb::EventListener {
 public:
  void OnFlushBegin(rocksdb::DB*, const rocksdb::FlushJobInfo&) override { give_way(); }
  void OnCompactionBegin(rocksdb::DB*, const rocksdb::CompactionJobInfo&) override { give_way(); }

 private:
  static void give_way() {
    thread_local bool done = false;
    if (done) return;
    done = true;
    static_cast<void>(::setpriority(PRIO_PROCESS, 0, background_nice));
  }
};

}  // namespace tollgate
