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
  // Returns the signal's number, or 0 after raise().
  [[nodiscard]] int wait();

 private:
  int signals_ = -1, raised_ = -1;
};

// No core dumps and no other process of the same user reading our memory: keys and card numbers are in it.
void protect_memory();

}  // namespace tollgate::cli
