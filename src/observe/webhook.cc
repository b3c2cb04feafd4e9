#include <pthread.h>
#include <signal.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "observe/overview.h"
#include "tollgate/observe/alerts.h"

namespace tollgate::observe {
namespace {

class WebhookImpl final : public Webhook {
 public:
  WebhookImpl(Post post, WebhookOptions options) : post_(std::move(post)), options_(options), thread_([this] { run(); }) {}

  ~WebhookImpl() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  void send(const Alert& alert) override {
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.size() >= options_.alerts_max) {
        waiting_.pop_front();
        ++stats_.dropped;
      }
      waiting_.push_back(alert_json(alert));
    }
    changed_.notify_all();
  }

  WebhookStats stats() const override {
    const std::lock_guard lock(mutex_);
    return stats_;
  }

 private:
  void run() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    pthread_setname_np(pthread_self(), "alerts");
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (stopping_) return;
      const std::string body = std::move(waiting_.front());
      waiting_.pop_front();
      deliver(body, lock);
      if (stopping_) return;
    }
  }

  void deliver(const std::string& body, std::unique_lock<std::mutex>& lock) {
    auto delay = std::chrono::milliseconds(options_.delay_first_ms);
    for (uint32_t attempt = 1;; ++attempt) {
      lock.unlock();
      const Status posted = post_(body);
      lock.lock();
      if (posted.ok()) {
        ++stats_.sent;
        return;
      }
      ++stats_.failed_attempts;
      if (attempt == options_.attempts_max) {
        ++stats_.dropped;
        spdlog::error("an alert could not be told to the webhook, {} attempts: {}; it is lost: {}", attempt, message_of(posted), body);
        return;
      }
      if (attempt == 1) spdlog::warn("the alert webhook does not take an alert: {}; it is tried again", message_of(posted));
      if (changed_.wait_for(lock, delay, [this] { return stopping_; })) return;
      delay *= 2;
    }
  }

  const Post post_;
  const WebhookOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> waiting_;
  WebhookStats stats_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<Webhook> Webhook::open(Post post, WebhookOptions options) { return std::make_unique<WebhookImpl>(std::move(post), options); }

}  // namespace tollgate::observe
