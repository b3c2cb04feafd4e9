// A log and the transparency over it, with a data directory that outlives both.
#pragma once
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <sstream>

#include "eventlog/backends.h"
#include "tollgate/transparency/transparency.h"
#include "transparency/files.h"

namespace tollgate::testing {

class TellingSink final : public ResultSink {
 public:
  void deliver(std::vector<Item> items) override {
    for (Item& item : items) item.handler(std::move(item.result));
  }
};

struct Node {
  TempDir dir;
  std::shared_ptr<MemoryStore> store = make_memory_store();
  std::unique_ptr<EventLog> log = open_memory_log(store);
  TransparencyOptions options;
  std::vector<std::string> reports, complaints;
  std::unique_ptr<Transparency> transparency;

  Node() {
    options.data_dir = dir.path();
    options.origin = "log.example";
    options.checkpoint_interval_us = 1'000 * us_per_second;  // only when someone waits, and at the stop
    options.retry_us = 20 * us_per_ms;
    options.complain = [this](const std::string& what) { complaints.push_back(what); };
    options.report = [this](const std::string& what) { reports.push_back(what); };
  }
  ~Node() {
    if (transparency) transparency->stop();
  }
  [[nodiscard]] std::string path(const std::string& name) const { return dir.path() + "/" + name; }
  [[nodiscard]] std::string file(const std::string& name) const {
    std::ifstream in(path(name), std::ios::binary);
    std::ostringstream content;
    content << in.rdbuf();
    return content.str();
  }
  void write(const std::string& name, const std::string& content) const {
    std::ofstream(path(name), std::ios::binary) << content;
    std::filesystem::permissions(path(name), std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }
  void append(uint32_t partition, std::size_t count) const { REQUIRE(append_next(*log, partition, count).ok()); }

  Status open() {
    auto opened = Transparency::open(options, *log);
    if (opened.ok()) transparency = *std::move(opened);
    return opened.status();
  }
  void start() {
    const Status opened = open();
    INFO(opened.ToString());
    REQUIRE(opened.ok());
    transparency->start();
  }
  void stop() {
    transparency->stop();
    transparency.reset();
  }
  // As an unclean end does to the tiles: what is in memory is gone. Everything else is on disk anyway.
  void restart() {
    if (transparency) stop();
    start();
  }
  // Waits until a checkpoint covers the record.
  CommandResult::Kind cover(uint32_t partition, uint64_t sequence) const {
    std::mutex mutex;
    std::condition_variable arrived;
    std::optional<CommandResult::Kind> kind;
    TellingSink sink;
    transparency->when_covered(partition, sequence, sink, [&](CommandResult result) {
      const std::lock_guard lock(mutex);
      kind = result.kind;
      arrived.notify_all();
    });
    std::unique_lock lock(mutex);
    REQUIRE(arrived.wait_for(lock, std::chrono::seconds(30), [&] { return kind.has_value(); }));
    return *kind;
  }
  // The newest, verified with the key that stands beside it.
  proof::Checkpoint checkpoint(uint32_t partition) const {
    const auto bytes = transparency->get(partition, {proof::Resource::Kind::checkpoint, {}});
    INFO(bytes.status().ToString());
    REQUIRE(bytes.ok());
    const auto key = transparency->key(partition);
    REQUIRE(key.ok());
    const auto opened = proof::open_checkpoint(*bytes, *key);
    INFO(opened.status().ToString());
    REQUIRE(opened.ok());
    return opened->checkpoint;
  }
  Digest root_of_log(uint32_t partition, uint64_t size) const {
    proof::TreeBuilder builder;
    REQUIRE(log->read(partition, 1, [&](uint64_t sequence, std::string_view record) {
                 builder.add(proof::hash_leaf(record), [](const proof::TileId&, std::string_view) {});
                 return sequence < size;
               }).ok());
    REQUIRE(builder.size() == size);
    return builder.root();
  }
};

}  // namespace tollgate::testing
