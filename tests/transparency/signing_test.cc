#include "transparency/node.h"

#include "tollgate/proof/receipt.h"

namespace tollgate::testing {
namespace {

using Kind = CommandResult::Kind;

std::string why_not(Node& node) {
  const Status opened = node.open();
  return opened.ok() ? "" : std::string(message_of(opened));
}
bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

// A signed log of 300 records in partition 1 and 5 in partition 2, stopped.
void sign_some(Node& node) {
  node.append(1, 300);
  node.append(2, 5);
  node.start();
  node.stop();
}

// Readable records that are not acknowledged as durable yet.
class LaggingHead final : public EventLog {
 public:
  LaggingHead(EventLog& log, uint64_t head) : log_(log), head_(head) {}
  Status append(std::span<const Append>, std::span<const Row>) override { return unavailable("not here"); }
  StatusOr<Head> head(uint32_t partition) const override {
    auto head = log_.head(partition);
    if (head.ok()) head->sequence = std::min(head->sequence, head_);
    return head;
  }
  StatusOr<std::vector<uint32_t>> partitions() const override { return log_.partitions(); }
  Status read(uint32_t partition, uint64_t from, const RecordVisitor& visit) const override { return log_.read(partition, from, visit); }
  Status get(Table table, std::string_view key, std::string& value) const override { return log_.get(table, key, value); }
  Status scan(Table table, std::string_view from, std::string_view to, Order order, const RowVisitor& visit) const override {
    return log_.scan(table, from, to, order, visit);
  }

 private:
  EventLog& log_;
  uint64_t head_;
};

}  // namespace

TEST_CASE("Every partition's records are signed under the partition's own name, and who waits is told") {
  Node node;
  node.append(1, 300);
  node.append(2, 5);
  node.start();
  CHECK(node.cover(1, 300) == Kind::done);
  CHECK(node.cover(2, 5) == Kind::done);
  CHECK(node.checkpoint(1) == proof::Checkpoint{"log.example/1", 300, node.root_of_log(1, 300)});
  CHECK(node.checkpoint(2) == proof::Checkpoint{"log.example/2", 5, node.root_of_log(2, 5)});
  node.append(1, 213);
  CHECK(node.cover(1, 513) == Kind::done);
  CHECK(node.checkpoint(1) == proof::Checkpoint{"log.example/1", 513, node.root_of_log(1, 513)});
  CHECK(node.checkpoint(2).size == 5);
  CHECK(node.file("checkpoints/1.vkey") == node.transparency->key(1)->text() + "\n");
  CHECK(node.transparency->status().partitions.size() == 2);
  CHECK(node.reports.empty());
  // What was not appended is not covered, and nobody waits for it without end.
  CHECK(node.cover(1, 514) == Kind::in_progress);
  CHECK(node.cover(7, 1) == Kind::in_progress);
}

TEST_CASE("The stop signs what is durable, and gives up who waits for more") {
  Node node;
  node.append(1, 10);
  node.start();
  REQUIRE(node.cover(1, 10) == Kind::done);
  node.append(1, 10);
  TellingSink sink;
  std::optional<Kind> kind;
  node.transparency->when_covered(1, 21, sink, [&](CommandResult result) { kind = result.kind; });
  node.transparency->stop();
  CHECK(kind == Kind::overloaded);
  CHECK(node.checkpoint(1).size == 20);
  node.transparency->when_covered(1, 21, sink, [&](CommandResult result) { kind = result.kind; });
  CHECK(kind == Kind::overloaded);
}

TEST_CASE("Only what the log has acknowledged as durable is signed") {
  Node node;
  node.append(1, 50);
  LaggingHead lagging(*node.log, 40);
  auto opened = Transparency::open(node.options, lagging);
  REQUIRE(opened.ok());
  (*opened)->start();
  (*opened)->stop();
  CHECK((*opened)->status().partitions.at(0).size == 40);
}

TEST_CASE("Tiles, entries and checkpoint are served up to what was signed, and as they were at any smaller size") {
  Node node;
  node.append(1, 600);
  node.start();
  REQUIRE(node.cover(1, 600) == Kind::done);
  const auto get = [&](const std::string& path) { return node.transparency->get(1, *proof::parse_path(path)); };
  CHECK(get("tile/0/000")->size() == 8'192);
  CHECK(get("tile/0/001.p/7")->size() == 7 * 32);
  CHECK(*get("tile/0/001.p/7") == get("tile/0/001")->substr(0, 7 * 32));
  CHECK(get("tile/0/002.p/88")->size() == 88 * 32);
  CHECK(get("tile/1/000.p/2")->size() == 64);
  for (const char* beyond : {"tile/0/002", "tile/0/002.p/89", "tile/0/003.p/1", "tile/1/000.p/3", "tile/1/001.p/1", "tile/2/000.p/1", "tile/63/000.p/1",
                             "tile/entries/002", "tile/entries/002.p/89", "tile/entries/x999/999"}) {
    INFO(beyond);
    CHECK(absl::IsNotFound(get(beyond).status()));
  }
  CHECK(absl::IsNotFound(node.transparency->get(9, *proof::parse_path("checkpoint")).status()));
  const std::string bundle = *get("tile/entries/002.p/88"), tile = *get("tile/0/002.p/88");
  const auto entries = proof::entries_of(bundle, 88);
  REQUIRE(entries.ok());
  for (std::size_t i = 0; i < 88; ++i) CHECK(proof::hash_leaf((*entries)[i]) == proof::hash_at(tile, i));
}

TEST_CASE("A receipt proves its records against the newest checkpoint") {
  Node node;
  node.append(1, 600);
  node.start();
  REQUIRE(node.cover(1, 600) == Kind::done);
  const PaymentId payment{IdCore::make(1, 1, 1)};
  const std::vector<uint64_t> sequences = {3, 257, 600};
  const auto receipt = node.transparency->receipt(payment, 1, sequences);
  REQUIRE(receipt.ok());
  for (std::size_t i = 0; i < 3; ++i) {
    const proof::ReceiptRecord& record = receipt->records[i];
    CHECK(record.index == sequences[i] - 1);
    CHECK(proof::verify_inclusion(proof::hash_leaf(record.bytes), record.index, 600, record.path, node.root_of_log(1, 600)).ok());
  }
  const std::vector<uint64_t> beyond = {3, 601};
  CHECK(absl::IsFailedPrecondition(node.transparency->receipt(payment, 1, beyond).status()));
  CHECK(absl::IsFailedPrecondition(node.transparency->receipt(payment, 8, sequences).status()));
  std::vector<uint64_t> many;
  while (many.size() < receipt_content_bytes_max / 64) many.push_back(many.size() % 600 + 1);
  many.push_back(600);
  CHECK(absl::IsResourceExhausted(node.transparency->receipt(payment, 1, many).status()));
}

TEST_CASE("A restart goes on with the same key and name, and what was signed stays true") {
  Node node;
  sign_some(node);
  const std::string key = node.file("checkpoint.key"), before = node.file("checkpoints/signed");
  node.options.origin.clear();
  node.start();
  CHECK(node.checkpoint(1).size == 300);
  CHECK(node.file("checkpoints/signed") == before);  // nothing new, nothing signed
  node.append(1, 1);
  CHECK(node.cover(1, 301) == Kind::done);
  CHECK(node.checkpoint(1) == proof::Checkpoint{"log.example/1", 301, node.root_of_log(1, 301)});
  CHECK(node.file("checkpoint.key") == key);
  // Until then nobody has been given another name.
  node.stop();
  node.options.origin = "other.example";
  CHECK(contains(why_not(node), "a log keeps its name"));
}

TEST_CASE("A name is made up where none is given, and differs from node to node") {
  Node one, two;
  one.options.origin = two.options.origin = "";
  sign_some(one);
  sign_some(two);
  one.start();
  two.start();
  CHECK(one.checkpoint(1).origin.starts_with("tollgate.internal/"));
  CHECK(one.checkpoint(1).origin != two.checkpoint(1).origin);
}

TEST_CASE("Tiles that are gone, behind, damaged or another log's are made again") {
  Node node;
  sign_some(node);
  const auto check = [&] {
    node.start();
    CHECK(node.checkpoint(1).root == node.root_of_log(1, node.checkpoint(1).size));
    node.append(1, 300);
    CHECK(node.cover(1, node.log->head(1)->sequence) == Kind::done);
    CHECK(node.checkpoint(1).root == node.root_of_log(1, node.log->head(1)->sequence));
    node.stop();
  };
  std::filesystem::remove_all(node.path("tlog"));
  check();
  for (const auto& entry : std::filesystem::directory_iterator(node.path("tlog"))) {
    if (entry.path().extension() == ".sst" || entry.path().filename().string().starts_with("MANIFEST")) {
      INFO(entry.path());
      std::filesystem::resize_file(entry.path(), std::filesystem::file_size(entry.path()) / 2);
    }
  }
  check();
  // Tiles of another log, longer and shorter than this one.
  for (const std::size_t records : {100u, 5'000u}) {
    Node other;
    REQUIRE(append_next(*other.log, 1, records, 33).ok());
    other.start();
    other.stop();
    std::filesystem::remove_all(node.path("tlog"));
    std::filesystem::copy(other.path("tlog"), node.path("tlog"), std::filesystem::copy_options::recursive);
    check();
  }
}

TEST_CASE("A log that is shorter than what was signed is refused") {
  Node node;
  sign_some(node);
  node.store = make_memory_store();
  node.log = open_memory_log(node.store);
  node.append(1, 299);
  node.append(2, 5);
  const std::string why = why_not(node);
  INFO(why);
  CHECK(contains(why, "partition 1 ends at record 299, but a checkpoint over 300 records was signed"));
  CHECK(contains(why, "Restore a backup"));
  node.append(1, 1);  // the same record again: the tail is back
  CHECK(why_not(node).empty());
}

TEST_CASE("A log with other records than those signed is refused, however long it is") {
  for (const std::size_t records : {300u, 301u, 1'000u}) {
    Node node;
    sign_some(node);
    node.store = make_memory_store();
    node.log = open_memory_log(node.store);
    REQUIRE(append_next(*node.log, 1, records, 11).ok());
    node.append(2, 5);
    const std::string why = why_not(node);
    INFO(why);
    CHECK(contains(why, "partition 1: its first 300 records are not those that a checkpoint was signed over"));
    // Also when the tiles are gone, which could have told.
    std::filesystem::remove_all(node.path("tlog"));
    CHECK(contains(why_not(node), "not those that a checkpoint was signed over"));
  }
}

TEST_CASE("Without what was signed nothing is signed: any change of its file is refused") {
  Node node;
  sign_some(node);
  const std::string whole = node.file("checkpoints/signed");
  for (std::size_t i = 0; i < whole.size(); i += 13) {
    std::string changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    node.write("checkpoints/signed", changed);
    CHECK(contains(why_not(node), "checkpoints/signed is damaged"));
    node.write("checkpoints/signed", whole.substr(0, i));
    CHECK(contains(why_not(node), "checkpoints/signed is damaged"));
  }
  std::filesystem::remove(node.path("checkpoints/signed"));
  CHECK(contains(why_not(node), "checkpoints/signed is missing"));
  node.write("checkpoints/signed", whole);
  CHECK(why_not(node).empty());
}

TEST_CASE("A key that is damaged, another one, or readable by others is refused") {
  Node node;
  sign_some(node);
  const std::string key = node.file("checkpoint.key");
  std::string changed = key;
  changed[changed.size() - 3] = changed[changed.size() - 3] == 'A' ? 'B' : 'A';
  node.write("checkpoint.key", changed);
  CHECK(contains(why_not(node), "checkpoint.key"));
  node.write("checkpoint.key", std::string(proof::SignerKey::make("log.example", Secret(std::string(32, 'x'))).text().reveal()));
  CHECK(contains(why_not(node), "was not signed with"));
  node.write("checkpoint.key", key);
  std::filesystem::permissions(node.path("checkpoint.key"), std::filesystem::perms::others_read, std::filesystem::perm_options::add);
  CHECK(contains(why_not(node), "chmod 600"));
  std::filesystem::permissions(node.path("checkpoint.key"), std::filesystem::perms::others_read, std::filesystem::perm_options::remove);
  CHECK(why_not(node).empty());
}

TEST_CASE("The next generation of a log signs under a name of its own, whatever the lost one had signed") {
  Node node;
  sign_some(node);
  const std::string lost = node.file("checkpoints/signed");
  node.store = make_memory_store();
  node.log = open_memory_log(node.store);
  REQUIRE(append_next(*node.log, 1, 200, 17).ok());
  REQUIRE_FALSE(why_not(node).empty());
  node.write("log_generation", "2\n");
  node.start();
  REQUIRE(node.cover(1, 200) == Kind::done);
  CHECK(node.checkpoint(1) == proof::Checkpoint{"log.example/1/2", 200, node.root_of_log(1, 200)});
  CHECK(std::filesystem::exists(node.path("checkpoints/1-2.vkey")));
  CHECK(std::filesystem::exists(node.path("checkpoints/1.vkey")));
  node.stop();
  // What the lost one had said last is kept: of the partition that has signed since in the history, of the other one where it was.
  const auto kept = read_kept_files(node.dir.path());
  REQUIRE(kept.ok());
  std::set<std::pair<std::string, uint64_t>> said;
  for (const auto& one : kept->history) said.emplace(one.checkpoint.checkpoint.origin, one.checkpoint.checkpoint.size);
  for (const auto& one : kept->signed_last) said.emplace(one.checkpoint.checkpoint.origin, one.checkpoint.checkpoint.size);
  CHECK(said.contains({"log.example/1", 300}));
  CHECK(said.contains({"log.example/2", 5}));
  CHECK(kept->keys.size() == 3);
  node.restart();
  CHECK(node.checkpoint(1).origin == "log.example/1/2");
  node.stop();
  // Back to the first one: no.
  std::filesystem::remove(node.path("log_generation"));
  CHECK(contains(why_not(node), "generation 2 of the log has signed"));
  node.write("log_generation", "two\n");
  CHECK(contains(why_not(node), "log_generation must hold a number"));
}

TEST_CASE("If what is to be signed cannot be made durable, no signature leaves until it can") {
  Node node;
  node.append(1, 10);
  node.start();
  REQUIRE(node.cover(1, 10) == Kind::done);
  std::filesystem::create_directory(node.path("checkpoints/signed.new"));  // in the way of the new file
  node.append(1, 1);
  CHECK(node.cover(1, 11) == Kind::overloaded);
  CHECK(contains(node.transparency->status().problem, "signed.new"));
  CHECK(node.checkpoint(1).size == 10);
  // Tried again and again, and said once.
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  CHECK(node.cover(1, 11) == Kind::overloaded);
  std::filesystem::remove(node.path("checkpoints/signed.new"));
  for (int i = 0; i < 1'000 && !node.transparency->status().problem.empty(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  CHECK(node.cover(1, 11) == Kind::done);
  node.append(1, 5);
  CHECK(node.cover(1, 16) == Kind::done);
  CHECK(node.checkpoint(1).root == node.root_of_log(1, 16));
  node.restart();
  CHECK(node.complaints.size() == 1);
  CHECK(node.reports.size() == 1);
  CHECK(node.cover(1, 16) == Kind::done);
}

TEST_CASE("A log that is not what was signed is not signed again, whatever passes") {
  Node node;
  node.append(1, 10);
  node.start();
  REQUIRE(node.cover(1, 10) == Kind::done);
  std::filesystem::create_directory(node.path("checkpoints/signed.new"));
  node.append(1, 1);
  CHECK(node.cover(1, 11) == Kind::overloaded);
  // What was signed disappears meanwhile.
  std::filesystem::remove(node.path("checkpoints/signed"));
  std::filesystem::remove(node.path("checkpoints/signed.new"));
  for (int i = 0; i < 1'000 && node.transparency->status().problem.find("missing") == std::string::npos; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  CHECK(contains(node.transparency->status().problem, "is missing"));
  CHECK(node.cover(1, 11) == Kind::overloaded);
  CHECK_FALSE(std::filesystem::exists(node.path("checkpoints/signed")));
}

TEST_CASE("A checkpoint that reached the disk but nobody is as good as one that left") {
  // The crash between the file's rename and everything after it: the file is ahead of all that was shown.
  Node node;
  node.append(1, 10);
  node.start();
  REQUIRE(node.cover(1, 10) == Kind::done);
  node.append(1, 5);
  REQUIRE(node.cover(1, 15) == Kind::done);
  node.stop();
  std::filesystem::remove(node.path("checkpoints/1.vkey"));  // an older node wrote it behind the checkpoint
  node.start();
  CHECK(node.checkpoint(1).size == 15);
  CHECK(std::filesystem::exists(node.path("checkpoints/1.vkey")));
}

TEST_CASE("A checkpoint never stands on disk without the key that it is verified with") {
  Node node;
  node.append(1, 10);
  node.start();
  std::filesystem::create_directory(node.path("checkpoints/1.vkey.new"));  // in the way of the key
  CHECK(node.cover(1, 10) == Kind::overloaded);
  CHECK(contains(node.transparency->status().problem, "1.vkey.new"));
  // What an auditor beside the node sees then.
  const auto kept = read_kept_files(node.dir.path());
  REQUIRE(kept.ok());
  CHECK(kept->signed_last.empty());
  CHECK(kept->keys.empty());
  node.stop();
  std::filesystem::remove(node.path("checkpoints/1.vkey.new"));
  node.start();
  CHECK(node.cover(1, 10) == Kind::done);
}

TEST_CASE("A crash between a log's first key and its first checkpoint does not look like lost evidence") {
  Node node;
  node.append(1, 10);
  node.start();
  REQUIRE(node.cover(1, 10) == Kind::done);
  node.stop();
  node.write("checkpoints/signed", proof::format_kept({}));
  node.start();
  CHECK(node.cover(1, 10) == Kind::done);
  CHECK(node.checkpoint(1).size == 10);
}

TEST_CASE("A history that a crash has cut off is mended, a damaged one is refused") {
  Node node;
  node.append(1, 10);
  node.start();
  REQUIRE(node.cover(1, 10) == Kind::done);
  node.append(1, 10);
  REQUIRE(node.cover(1, 20) == Kind::done);
  node.stop();
  const std::string whole = node.file("checkpoints/history");
  REQUIRE(read_kept_files(node.dir.path())->history.size() == 1);
  node.write("checkpoints/history", whole + whole.substr(0, whole.size() / 2));
  node.start();
  CHECK(node.file("checkpoints/history") == whole);
  node.stop();
  node.write("checkpoints/history", whole.substr(0, 30) + "xxx" + whole.substr(33));
  CHECK(contains(why_not(node), "checkpoints/history is damaged"));
}

}  // namespace tollgate::testing
