// A body that is written while it is sent: events, to someone who watches. The writer never waits: a reader that falls behind by more
// than the bound is cut off. No thread and no socket in here; the connection looks when it is woken.
#pragma once
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

namespace tollgate {

class HttpStream {
 public:
  explicit HttpStream(std::size_t bytes_waiting_max = 256 * 1024) : bytes_waiting_max_(bytes_waiting_max) {}
  HttpStream(const HttpStream&) = delete;
  HttpStream& operator=(const HttpStream&) = delete;

  // Any thread. False: nobody reads any more, or too slowly; nothing more needs to be written.
  bool write(std::string_view bytes) {
    const std::lock_guard lock(mutex_);
    if (ended_) return false;
    if (waiting_.size() + bytes.size() > bytes_waiting_max_) {
      cut_ = ended_ = true;
    } else {
      waiting_.append(bytes);
    }
    if (wake_) wake_();
    return !ended_;
  }
  // What was written before is still sent.
  void end() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    if (wake_) wake_();
  }

  // The connection's side. `wake` is called under the lock, from any thread, and must only leave a note.
  void attach(std::function<void()> wake) {
    const std::lock_guard lock(mutex_);
    wake_ = std::move(wake);
    wake_();
  }
  void detach() {
    const std::lock_guard lock(mutex_);
    wake_ = nullptr;
    ended_ = true;
    waiting_.clear();
  }
  enum class State { open, ended, cut };
  // Swaps what waits into `to`, which is emptied first.
  State take(std::string& to) {
    to.clear();
    const std::lock_guard lock(mutex_);
    if (cut_) return State::cut;
    to.swap(waiting_);
    return ended_ ? State::ended : State::open;
  }

 private:
  const std::size_t bytes_waiting_max_;
  std::mutex mutex_;
  std::string waiting_;
  std::function<void()> wake_;
  bool ended_ = false, cut_ = false;
};

}  // namespace tollgate
