// SIGTERM and SIGINT as something to wait for, together with a call from another thread.
#pragma once

namespace tollgate::cli {

class StopSignal {
 public:
  // Blocks the signals in this thread and in all that it starts from now on.
  StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;
  ~StopSignal();

  // Any thread.
  void raise();
  // Returns the signal's number (SIGTERM, SIGINT, SIGHUP), or 0 after raise(), or when `timeout_ms` are over. Negative: no timeout.
  [[nodiscard]] int wait(int timeout_ms = -1);

 private:
  int signals_ = -1, raised_ = -1;
};

// Before the first thread is started: threads inherit it, and leave these signals to StopSignal.
void block_stop_signals();

// No core dumps and no other process of the same user reading our memory: keys and card numbers are in it.
void protect_memory();

}  // namespace tollgate::cli
