#include "tollgate/base/anchor.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "support/catch.h"
#include "tollgate/base/clock.h"

namespace tollgate {
namespace {

class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "tollgate_test_XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] std::string file() const { return path_ + "/anchor"; }

 private:
  std::string path_;
};

AnchorSlot slot(uint32_t id, uint64_t sequence) { return {id, 7, sequence, sha256(std::to_string(sequence))}; }

void flip(const std::string& path, std::size_t at) {
  std::fstream io(path, std::ios::in | std::ios::out | std::ios::binary);
  io.seekg(static_cast<std::streamoff>(at));
  const char byte = static_cast<char>(io.get() ^ 0x01);
  io.seekp(static_cast<std::streamoff>(at));
  io.put(byte);
  REQUIRE(io.good());
}

// Until the file says so, or it has not for ten seconds.
bool comes_to_say(const std::string& path, const AnchorSlot& wanted) {
  for (int64_t end_us = monotonic_us() + 10 * us_per_second; monotonic_us() < end_us;) {
    const auto anchor = read_anchor(path);
    for (const AnchorSlot& one : anchor->slots)
      if (one == wanted) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

TEST_CASE("an anchor reads as it was written") {
  const Folder folder;
  REQUIRE(write_anchor(folder.file(), {3, {slot(0, 5), slot(4, 9)}}).ok());
  const auto anchor = read_anchor(folder.file());
  REQUIRE(anchor.ok());
  CHECK(anchor->generation == 3);
  CHECK(anchor->slots == std::vector<AnchorSlot>{slot(0, 5), slot(4, 9)});
  struct stat about {};
  REQUIRE(::stat(folder.file().c_str(), &about) == 0);
  CHECK((about.st_mode & 077) == 0);
}

TEST_CASE("no anchor is not found; an empty one, or another file, is damaged") {
  const Folder folder;
  CHECK(absl::IsNotFound(read_anchor(folder.file()).status()));
  std::ofstream(folder.file()) << "";
  CHECK(absl::IsDataLoss(read_anchor(folder.file()).status()));
  std::ofstream(folder.file()) << std::string(200'000, 'x');
  CHECK(absl::IsDataLoss(read_anchor(folder.file()).status()));
}

TEST_CASE("one bad byte costs no anchor: the other copy has it all") {
  const Folder folder;
  const std::size_t used = anchor_header_bytes + 2 * anchor_slot_bytes;
  for (const std::size_t copy : {std::size_t{0}, anchor_copy_bytes})
    for (std::size_t at = 0; at < used; ++at) {
      REQUIRE(write_anchor(folder.file(), {3, {slot(0, 5), slot(4, 9)}}).ok());
      flip(folder.file(), copy + at);
      const auto anchor = read_anchor(folder.file());
      REQUIRE(anchor.ok());
      CHECK(anchor->slots.size() == 2);
      CHECK(anchor->slots[1] == slot(4, 9));
    }
}

TEST_CASE("an anchor with both copies bad is damaged, not empty") {
  const Folder folder;
  REQUIRE(write_anchor(folder.file(), {3, {slot(0, 5)}}).ok());
  flip(folder.file(), 70);
  flip(folder.file(), anchor_copy_bytes + 10);
  CHECK(absl::IsDataLoss(read_anchor(folder.file()).status()));
}

TEST_CASE("a cut anchor is its first copy, or damaged") {
  const Folder folder;
  REQUIRE(write_anchor(folder.file(), {3, {slot(0, 5)}}).ok());
  for (const std::size_t size : {anchor_copy_bytes + 60, anchor_copy_bytes, anchor_header_bytes + anchor_slot_bytes}) {
    std::filesystem::resize_file(folder.file(), size);
    CHECK(read_anchor(folder.file())->slots[0] == slot(0, 5));
  }
  std::filesystem::resize_file(folder.file(), anchor_header_bytes + anchor_slot_bytes - 1);
  CHECK(absl::IsDataLoss(read_anchor(folder.file()).status()));
}

TEST_CASE("what is noted is on disk soon, in both copies once nothing more comes") {
  const Folder folder;
  const auto writer = AnchorWriter::open(folder.file(), {0, {slot(1, 1)}}, {});
  REQUIRE(writer.ok());
  (*writer)->note(slot(2, 4));
  CHECK(comes_to_say(folder.file(), slot(2, 4)));
  const uint64_t first_generation = read_anchor(folder.file())->generation;
  for (int64_t end_us = monotonic_us() + 10 * us_per_second; read_anchor(folder.file())->generation == first_generation &&
      monotonic_us() < end_us;)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  flip(folder.file(), 0);
  CHECK(read_anchor(folder.file())->slots[1] == slot(2, 4));
  flip(folder.file(), 0);
  flip(folder.file(), anchor_copy_bytes);
  CHECK(read_anchor(folder.file())->slots[1] == slot(2, 4));
}

TEST_CASE("what is noted last is on disk when the writer has ended") {
  const Folder folder;
  {
    const auto writer = AnchorWriter::open(folder.file(), {}, {});
    for (uint64_t i = 1; i <= 10'000; ++i) (*writer)->note(slot(1, i));
  }
  CHECK(read_anchor(folder.file())->slots == std::vector<AnchorSlot>{slot(1, 10'000)});
}

TEST_CASE("at any moment one copy is whole") {
  const Folder folder;
  const auto writer = AnchorWriter::open(folder.file(), {}, {});
  std::atomic<bool> stop{false};
  std::thread noting([&] {
    for (uint64_t i = 1; !stop; ++i)
      for (uint32_t id = 0; id < 100; ++id) (*writer)->note(slot(id, i));
  });
  uint64_t before = 0;
  bool whole = true, rising = true;
  for (const int64_t end_us = monotonic_us() + us_per_second / 2; monotonic_us() < end_us;) {
    const auto anchor = read_anchor(folder.file());
    whole = whole && anchor.ok();
    rising = rising && (!anchor.ok() || anchor->generation >= before);
    if (anchor.ok()) before = anchor->generation;
  }
  stop = true;
  noting.join();
  CHECK(whole);
  CHECK(rising);
  CHECK(before > 5);
}

TEST_CASE("when the file can no longer be written, it is said once") {
  const Folder folder;
  std::atomic<int> said{0};
  const auto writer = AnchorWriter::open(folder.file(), {}, [&](const Status& status) {
    CHECK(message_of(status).find("anchor") != std::string_view::npos);
    ++said;
  });
  REQUIRE(writer.ok());
  // No file of this process may be written beyond its first bytes.
  const auto before = std::signal(SIGXFSZ, SIG_IGN);
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &limit) == 0);
  const rlimit small{10, limit.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  (*writer)->note(slot(1, 1));
  for (const int64_t end_us = monotonic_us() + 10 * us_per_second; said == 0 && monotonic_us() < end_us;)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  (*writer)->note(slot(1, 2));
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
  std::signal(SIGXFSZ, before);
  CHECK(said == 1);
  CHECK_FALSE((*writer)->status().ok());
}

}  // namespace
}  // namespace tollgate
