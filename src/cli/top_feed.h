// Where the pictures of `tollgate top` come from: the admin API, asked again and again, also across a restart of the node.
#pragma once
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "cli/admin_client.h"

namespace tollgate::cli {

// Asks once, and blocks while it does. A connection is kept between two calls.
class TopSource {
 public:
  explicit TopSource(AdminTarget target) : target_(std::move(target)) {}
  // {"admin", "overview", "status", "partners"}. After an error that is_away() the next call looks anew where the node is.
  [[nodiscard]] StatusOr<Json> read();

 private:
  [[nodiscard]] StatusOr<Json> overview();
  [[nodiscard]] Status learn_partners(const Json& overview);

  struct Known {
    Json shown;
    int64_t asked_us = 0;
  };
  const AdminTarget target_;
  std::optional<AdminClient> client_;
  std::map<std::string, Known> partners_;
};

// The node does not answer now, and may again: nothing that asking differently would help.
[[nodiscard]] bool is_away(const Status& status);

// Asks from a thread of its own.
class TopFeed {
 public:
  TopFeed(TopSource source, int64_t interval_ms);
  ~TopFeed();
  TopFeed(const TopFeed&) = delete;
  TopFeed& operator=(const TopFeed&) = delete;

  // Readable when there is news.
  [[nodiscard]] int news_fd() const { return news_fd_; }
  struct News {
    std::optional<Json> snapshot;  // a new one
    Status ended;                  // not ok: it will not be asked any more, and why
    std::string away;              // why the node does not answer; empty: it does
    int64_t away_since_us = 0, asked_again_us = 0;  // monotonic
  };
  [[nodiscard]] News take();
  // False: it still waits for an answer, and the destructor would wait with it.
  [[nodiscard]] bool stop();

 private:
  void run();
  [[nodiscard]] bool note(StatusOr<Json> answer);  // false: it has ended
  void wait_for(int64_t ms);

  TopSource source_;
  const int64_t interval_ms_;
  const int news_fd_;
  std::mutex mutex_;
  std::condition_variable changed_;
  News news_;                // of what follows, with the mutex
  int64_t retry_ms_ = 0;
  bool stopping_ = false, ended_ = false;
  std::thread thread_;
};

}  // namespace tollgate::cli
