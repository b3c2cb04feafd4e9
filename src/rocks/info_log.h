// For the modules that own a RocksDB: what it has to say about itself goes to LOG in its directory, warnings and errors only.
//
// Not its own logger: that one, once a write has failed, ends the process with an assertion at the next (in Debian's build), so that a full
// disk, or one bad write of a file that nobody needs, would kill the node without a word.
#pragma once
#include <rocksdb/env.h>

#include <memory>
#include <string>

namespace tollgate {

// LOG grows to 1 MiB, then becomes LOG.old. What cannot be written is dropped.
[[nodiscard]] std::shared_ptr<rocksdb::Logger> make_info_log(const std::string& directory);
// Writes nothing.
[[nodiscard]] std::shared_ptr<rocksdb::Logger> make_no_log();

}  // namespace tollgate
