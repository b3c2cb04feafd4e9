// Which life of a log wrote a record.
#include "tollgate/backup/generation.h"

#include <filesystem>

#include "backup/files.h"
#include "eventlog/backends.h"
#include "tollgate/eventlog/memory.h"

namespace tollgate {
namespace {

using testing::TempDir;

TEST_CASE("A successor counts its ancestors' records up to where it begins") {
  const LogGeneration first;
  const LogGeneration second = first.successor(2, {{0, 5}, {1, 100}});
  CHECK(second.writer_of(1, 100) == 1);
  CHECK(second.writer_of(1, 101) == 2);
  CHECK(second.writer_of(7, 1) == 2);  // a partition that had no record yet
  // It goes on to 150, and is lost: the third begins there.
  const LogGeneration third = second.successor(3, {{0, 5}, {1, 150}});
  CHECK(third.writer_of(1, 100) == 1);
  CHECK(third.writer_of(1, 120) == 2);
  CHECK(third.writer_of(1, 151) == 3);
  // Back to a time before the second had begun: nothing of the second counts.
  const LogGeneration back = third.successor(4, {{0, 5}, {1, 80}});
  CHECK(back.writer_of(1, 80) == 1);
  CHECK(back.writer_of(1, 81) == 4);
  CHECK(back.writer_of(1, 130) == 4);
}

TEST_CASE("Epochs of different generations never meet") {
  LogGeneration generation;
  CHECK(generation.epoch_min() == 0);
  generation.number = 2;
  CHECK(generation.epoch_min() == uint64_t{2} << 32);
}

TEST_CASE("A generation is kept in the data directory, and two that disagree are refused") {
  TempDir dir;
  CHECK(load_generation(dir.path())->number == 1);
  const LogGeneration second = LogGeneration().successor(2, {{0, 5}, {1, 100}});
  REQUIRE(save_generation(dir.path(), second).ok());
  const auto loaded = load_generation(dir.path());
  REQUIRE(loaded.ok());
  CHECK(loaded->number == 2);
  REQUIRE(loaded->parents.size() == 1);
  CHECK(loaded->parents[0].heads == second.parents[0].heads);
  REQUIRE(replace_file(dir.path() + "/log_generation", "1\n").ok());
  CHECK(absl::IsFailedPrecondition(load_generation(dir.path()).status()));
  REQUIRE(replace_file(dir.path() + "/log_generation", "two\n").ok());
  CHECK(absl::IsDataLoss(load_generation(dir.path()).status()));
}

TEST_CASE("A generation that an operator began by hand gets its history when a node starts on it") {
  TempDir dir;
  const auto log = open_memory_log();
  CHECK(begin_generation(dir.path(), *log)->number == 1);
  for (const uint64_t number : {2, 4}) {
    REQUIRE(replace_file(dir.path() + "/log_generation", std::to_string(number) + "\n").ok());
    CHECK(load_generation(dir.path())->number == number / 2);
    CHECK(begin_generation(dir.path(), *log)->number == number);
    CHECK(load_generation(dir.path())->number == number);
    CHECK(load_generation(dir.path())->parents.size() == number / 2);
  }
}

TEST_CASE("A generation that was begun by hand is never given to a restore, and never one that a restore was given") {
  TempDir dir, backups, archive, neither;
  const auto log = open_memory_log();
  REQUIRE(replace_file(backups.path() + "/tollgate-backup", "layout 1\n").ok());
  REQUIRE(replace_file(archive.path() + "/tollgate-archive", "layout 1\n").ok());
  const std::vector<std::string> places{backups.path(), archive.path(), neither.path(), neither.path() + "/missing", ""};
  const auto by_hand = [&](uint64_t number) {
    REQUIRE(replace_file(dir.path() + "/log_generation", std::to_string(number) + "\n").ok());
    return begin_generation(dir.path(), *log, places);
  };
  CHECK(begin_generation(dir.path(), *log, places)->number == 1);
  CHECK(by_hand(2)->number == 2);
  // Lost before its first backup: what is restored from older ones gets another number, from either place.
  CHECK(*reserve_generation({archive.path()}, 1) == 3);
  CHECK(*reserve_generation({backups.path()}, 1) == 3);
  CHECK(std::filesystem::is_empty(neither.path()));
  const auto taken = by_hand(3);
  REQUIRE(absl::IsFailedPrecondition(taken.status()));
  CHECK(message_of(taken.status()).find("Write 4 or more") != std::string_view::npos);
  CHECK(load_generation(dir.path())->number == 2);
  CHECK(by_hand(4)->number == 4);
  // A directory that came later is told at the next start.
  REQUIRE(replace_file(neither.path() + "/tollgate-backup", "layout 1\n").ok());
  CHECK(begin_generation(dir.path(), *log, places)->number == 4);
  REQUIRE(note_generation(4, places).ok());
  CHECK(*reserve_generation({neither.path()}, 1) == 5);
}

TEST_CASE("The number of a restored log is taken once") {
  TempDir one, two;
  CHECK(*reserve_generation({one.path()}, 1) == 2);
  CHECK(*reserve_generation({one.path()}, 1) == 3);
  CHECK(*reserve_generation({one.path(), two.path()}, 1) == 4);
  CHECK(*reserve_generation({two.path()}, 1) == 5);
  CHECK(*reserve_generation({two.path()}, 9) == 10);
  const auto refused = reserve_generation({one.path() + "/missing"}, 1);
  REQUIRE(absl::IsFailedPrecondition(refused.status()));
  CHECK(message_of(refused.status()).find("--generation") != std::string_view::npos);
}

}  // namespace
}  // namespace tollgate
