// For the modules that own a RocksDB.
#pragma once
#include <rocksdb/db.h>

#include <memory>

#include "tollgate/rocks/snapshotter.h"

namespace tollgate {

// `db` outlives it.
[[nodiscard]] std::unique_ptr<Snapshotter> make_snapshotter(rocksdb::DB& db);

}  // namespace tollgate
