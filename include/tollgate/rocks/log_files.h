// A stricter look at the append-only files of a RocksDB (its write-ahead logs and its MANIFEST) than RocksDB takes when it opens them.
// It must take what looks like a torn tail for one, and so may drop, without a word, everything behind
// - a length that was changed to one beyond the end of the file,
// - a record type that was changed to one of recycled logs, which end at the first such record,
// - a header that became zeros: the rest of its 32 KiB block is skipped,
// - a write-ahead log that is gone or cut while a newer one is there,
// and it cannot see that a MANIFEST was cut between two records.
// Here each of these is told from a torn tail: the bytes of the record are still there and fit its checksum, or batches are missing
// in their count, or the MANIFEST is shorter than its anchor says (rocks/manifest_anchor.h). Whatever else is wrong RocksDB reports itself. Only for databases that never recycle logs.
//
// The format: blocks of 32 KiB; in them records: masked CRC-32C u32, length u16, type u8 (1 whole, 2 first, 3 middle, 4 last part),
// payload;
// no header begins in the last 6 bytes of a block. A write-ahead log's payload begins with sequence u64, count u32.
#pragma once
#include <string>

#include "tollgate/base/status.h"

namespace tollgate {

// data_loss names the file and the byte. OK for a directory without a database. Without synced writes a power loss may well leave a hole
// between two write-ahead logs: that is no damage then.
enum class Writes : bool { synced, not_synced };
[[nodiscard]] Status check_log_files(const std::string& database_directory, Writes writes = Writes::synced);

}  // namespace tollgate
