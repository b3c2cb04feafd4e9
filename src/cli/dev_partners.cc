#include "cli/dev_partners.h"

#include <unistd.h>

#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <nlohmann/json.hpp>

#include "tollgate/directory/secret_file.h"

namespace tollgate::cli {
namespace {

// Commands that wait for their results at a time: well below the engine's mailbox, far above one batch.
constexpr std::size_t in_flight_max = 4'096;

// Results come from an engine thread; this thread waits for them.
class Window final : public ResultSink {
 public:
  void deliver(std::vector<Item> items) override {
    for (Item& item : items) item.handler(std::move(item.result));
    {
      const std::scoped_lock lock(mutex_);
      in_flight_ -= items.size();
    }
    changed_.notify_one();
  }
  void enter() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return in_flight_ < in_flight_max; });
    ++in_flight_;
  }
  void wait_until_empty() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return in_flight_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t in_flight_ = 0;
};

PartnerConfig dev_config(std::size_t number) {
  PartnerConfig config;
  config.name = number == 0 ? "Dev partner" : fmt::format("Dev partner {}", number + 1);
  config.default_currency = *Currency::parse("usd");
  FeeRule dollars, others;
  dollars.currency = config.default_currency;
  dollars.basis_points = others.basis_points = 290;
  dollars.fixed = 30;
  config.fees = {dollars, others};
  return config;
}

StatusOr<std::vector<DevKey>> load_keys(const Node& node, const Directory& directory, const std::string& file) {
  std::vector<DevKey> keys;
  const auto content = load_secret_file(file);
  if (!content.ok()) {
    if (content.status().code() == absl::StatusCode::kNotFound) return keys;
    return content.status();
  }
  std::string_view rest = content->reveal();
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const auto line = nlohmann::json::parse(rest.substr(0, end), nullptr, false);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (!line.is_object()) continue;
    DevKey key{line.value("partner", std::string()), line.value("secret_key", std::string())};
    // A key that was revoked by hand is passed over.
    AuthFailure why{};
    if (directory.authenticate(key.secret_key, node.clock().now_us(), why)) keys.push_back(std::move(key));
  }
  return keys;
}

std::string lines_of(const std::vector<DevKey>& keys) {
  std::string text;
  for (const DevKey& key : keys)
    text += fmt::format("{{\"partner\":\"{}\",\"secret_key\":\"{}\"}}\n", key.partner, key.secret_key);
  return text;
}

void show_progress(std::size_t made, std::size_t wanted) {
  if (::isatty(STDERR_FILENO) != 0)
    std::fprintf(stderr, "\rmaking partners: %zu of %zu%s", made, wanted, made == wanted ? "\n" : "");
}

Status create(Node& node, std::size_t count, std::vector<DevKey>& keys) {
  constexpr std::size_t progress_step = 1'000;
  SystemRandom random;
  Window window;
  std::mutex mutex;
  Status failure;
  const std::size_t first = keys.size();
  keys.reserve(count);
  for (std::size_t i = first; i < count; ++i) {
    const int64_t now_us = node.clock().now_us();
    NewKey key = node.directory().new_key(Mode::test, KeyScope::all, now_us, random);
    CreatePartner creation{.partner = PartnerId{random.next_u64() | 1},
                           .partition = node.directory().choose_partition(),
                           .config = dev_config(i),
                           .keys = {key.key}};
    keys.push_back({creation.partner.text(), std::move(key.text)});
    Command command;
    command.partner = creation.partner;
    command.mode = Mode::none;
    command.cause.request = RequestId{IdCore::make(now_us, static_cast<uint16_t>(i), random.next_u32())};
    command.cause.operation = "tollgate dev";
    command.cause.actor = "admin";
    command.target = OnPartner{std::move(creation)};
    window.enter();
    node.commands().submit(std::move(command), window, [&](const CommandResult& result) {
      if (result.kind == CommandResult::Kind::done) return;
      const std::scoped_lock lock(mutex);
      failure = unavailable("a partner was not made: the engine refused it");
    });
    if ((i + 1) % progress_step == 0) show_progress(i + 1, count);
  }
  window.wait_until_empty();
  if (count - first >= progress_step) show_progress(count, count);
  return failure;
}

}  // namespace

StatusOr<std::vector<DevKey>> make_dev_partners(Node& node, const std::string& keys_file, std::size_t count) {
  TOLLGATE_ASSIGN_OR_RETURN(std::vector<DevKey> keys, load_keys(node, node.directory(), keys_file));
  const std::size_t wanted = std::max<std::size_t>(count, 1);
  if (keys.size() >= wanted) return keys;
  TOLLGATE_RETURN_IF_ERROR(create(node, wanted, keys));
  TOLLGATE_RETURN_IF_ERROR(write_secret_file(keys_file, lines_of(keys)));
  return keys;
}

}  // namespace tollgate::cli
