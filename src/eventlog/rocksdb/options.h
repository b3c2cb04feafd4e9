// How RocksDB is set up: every setting that differs from its default, and why.
#pragma once
#include <rocksdb/db.h>

#include <string>
#include <vector>

#include "tollgate/eventlog/rocksdb.h"

namespace tollgate {

inline constexpr int open_files_max = 512;
[[nodiscard]] rocksdb::DBOptions database_options(const std::string& directory, const RocksdbLogOptions& options);
// "default", "log", then one for each Table, in its order.
[[nodiscard]] std::vector<rocksdb::ColumnFamilyDescriptor> column_families(const RocksdbLogOptions& options);

}  // namespace tollgate
