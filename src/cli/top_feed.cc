#include "cli/top_feed.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "cli/top_look.h"
#include "tollgate/base/assert.h"
#include "tollgate/base/clock.h"

namespace tollgate::cli {
namespace {

// An overview is there within a second of the start.
constexpr int64_t first_overview_wait_us = 3 * us_per_second, first_overview_poll_us = 100 * us_per_ms;
constexpr HttpClientOptions http_options{.connect_timeout_ms = 2'000, .request_timeout_ms = 5'000};
// What a partner is called and may do changes seldom; what it uses of it is of interest every few seconds.
constexpr int64_t partner_fresh_us = 5 * us_per_second;
// In one read, so that a far node is not asked for twenty partners before anything is shown.
constexpr int64_t partners_time_max_us = 500 * us_per_ms;
constexpr std::size_t partners_known_max = 1'000;
constexpr int64_t retry_first_ms = 500, retry_max_ms = 5'000;
constexpr std::chrono::milliseconds stop_wait{300};

// Of a row of the busiest; empty if it is nothing that may stand in a path.
std::string id_of(const Json& row) {
  const Json& id = at(row, {"partner"});
  if (!id.is_string()) return {};
  const std::string& text = id.get_ref<const std::string&>();
  const auto fits = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return std::all_of(text.begin(), text.end(), fits) ? text : std::string();
}

Status without_token(const Status& status, const AdminTarget& target) {
  if (!absl::IsUnauthenticated(status)) return status;
  const std::string where = target.token_file.empty() ? target.data_dir + "/admin.token" : target.token_file;
  return error(status.code(), "the node does not take the admin token of {}: {}", where, message_of(status));
}

}  // namespace

bool is_away(const Status& status) { return absl::IsUnavailable(status) || absl::IsNotFound(status); }

StatusOr<Json> TopSource::read() {
  const auto failed = [&](const Status& status) {
    client_.reset();
    return without_token(status, target_);
  };
  if (!client_) {
    auto opened = AdminClient::open(target_, http_options);
    if (!opened.ok()) return failed(opened.status());
    client_.emplace(*std::move(opened));
  }
  auto now = overview();
  if (!now.ok()) return failed(now.status());
  auto status = client_->get("status");
  if (!status.ok()) return failed(status.status());
  if (const Status learned = learn_partners(*now); !learned.ok()) return failed(learned);
  Json partners = Json::object();
  for (const Json& row : list_at(*now, {"partners"}))
    if (const auto known = partners_.find(id_of(row)); known != partners_.end()) partners[known->first] = known->second.shown;
  return Json{{"admin", client_->url()}, {"overview", *std::move(now)}, {"status", *std::move(status)}, {"partners", std::move(partners)}};
}

StatusOr<Json> TopSource::overview() {
  const int64_t until_us = monotonic_us() + first_overview_wait_us;
  while (true) {
    TOLLGATE_ASSIGN_OR_RETURN(Json now, client_->get("overview"));
    if (!now.is_object()) return unavailable("the overview is no JSON object: is this a tollgate node?");
    // A node that begins has looked at nothing yet.
    if (!now.empty() || monotonic_us() > until_us) return now;
    ::usleep(static_cast<useconds_t>(first_overview_poll_us));
  }
}

// Names and limits of the busiest. A partner that cannot be shown is shown by its id.
Status TopSource::learn_partners(const Json& overview) {
  if (partners_.size() > partners_known_max) partners_.clear();
  const int64_t begin_us = monotonic_us();
  for (const Json& row : list_at(overview, {"partners"})) {
    const std::string id = id_of(row);
    const int64_t now_us = monotonic_us();
    if (now_us - begin_us > partners_time_max_us) break;
    const auto known = partners_.find(id);
    if (id.empty() || (known != partners_.end() && now_us - known->second.asked_us < partner_fresh_us)) continue;
    auto partner = client_->get("partners/" + id);
    if (!partner.ok() && is_away(partner.status())) return partner.status();
    Json shown = Json::object();
    for (const char* field : {"name", "status", "use"})
      if (partner.ok() && partner->contains(field)) shown[field] = (*partner)[field];
    partners_[id] = {std::move(shown), now_us};
  }
  return absl::OkStatus();
}

TopFeed::TopFeed(TopSource source, int64_t interval_ms)
    : source_(std::move(source)), interval_ms_(interval_ms), news_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  TOLLGATE_ASSERT(news_fd_ >= 0);
  thread_ = std::thread([this] { run(); });
}

TopFeed::~TopFeed() {
  (void)stop();
  thread_.join();
  ::close(news_fd_);
}

TopFeed::News TopFeed::take() {
  uint64_t ignored;
  (void)!::read(news_fd_, &ignored, sizeof ignored);
  const std::lock_guard lock(mutex_);
  std::optional<Json> snapshot = std::exchange(news_.snapshot, std::nullopt);
  News news = news_;
  news.snapshot = std::move(snapshot);
  return news;
}

bool TopFeed::stop() {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  changed_.notify_all();
  return changed_.wait_for(lock, stop_wait, [this] { return ended_; });
}

void TopFeed::run() {
  wait_for(interval_ms_);
  while (true) {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) break;
    }
    if (!note(source_.read())) break;
    wait_for(retry_ms_ > 0 ? retry_ms_ : interval_ms_);
  }
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

bool TopFeed::note(StatusOr<Json> answer) {
  const std::lock_guard lock(mutex_);
  const bool goes_on = answer.ok() || is_away(answer.status());
  if (answer.ok()) {
    retry_ms_ = 0;
    news_ = {.snapshot = *std::move(answer)};
  } else if (goes_on) {
    const int64_t now_us = monotonic_us();
    retry_ms_ = std::min(retry_ms_ == 0 ? retry_first_ms : retry_ms_ * 2, retry_max_ms);
    if (news_.away.empty()) news_.away_since_us = now_us;
    news_.away = message_of(answer.status());
    news_.asked_again_us = now_us + retry_ms_ * us_per_ms;
  } else {
    news_.ended = answer.status();
  }
  const uint64_t one = 1;
  (void)!::write(news_fd_, &one, sizeof one);
  return goes_on;
}

void TopFeed::wait_for(int64_t ms) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::milliseconds(ms), [this] { return stopping_; });
}

}  // namespace tollgate::cli
