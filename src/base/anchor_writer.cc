#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>

#include "base/anchor_image.h"

namespace tollgate {
namespace {

// What is noted meanwhile goes into the same write. Leaves the rest of anchor_lag_max_ms to the disk.
constexpr auto gather_time = std::chrono::milliseconds(40);

}  // namespace

AnchorWriter::AnchorWriter(std::string path, int descriptor, const Anchor& anchor, std::function<void(Status)> failed)
    : path_(std::move(path)), descriptor_(descriptor), failed_(std::move(failed)), generation_(anchor.generation) {
  for (const AnchorSlot& slot : anchor.slots) slots_[slot.id] = slot;
  thread_ = std::thread([this] { run(); });
}

StatusOr<std::unique_ptr<AnchorWriter>> AnchorWriter::open(const std::string& path, Anchor anchor, std::function<void(Status)> failed) {
  TOLLGATE_RETURN_IF_ERROR(write_anchor(path, anchor));
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (descriptor < 0) return unavailable("cannot open {}: {}", path, std::strerror(errno));
  return std::unique_ptr<AnchorWriter>(new AnchorWriter(path, descriptor, anchor, std::move(failed)));
}

AnchorWriter::~AnchorWriter() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_one();
  thread_.join();
  ::close(descriptor_);
}

void AnchorWriter::note(const AnchorSlot& slot) {
  bool was_idle = false;
  {
    const std::lock_guard lock(mutex_);
    slots_[slot.id] = slot;
    was_idle = std::exchange(copies_behind_, 2) == 0;
  }
  if (was_idle) wake_.notify_one();
}

Status AnchorWriter::status() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

// Not into the page that holds the newest copy, and a sync of data alone: the file's size never changes.
Status AnchorWriter::write_next_copy(const std::string& image) const {
  auto at = static_cast<off_t>((generation_ % 2) * anchor_copy_bytes);
  for (std::string_view rest = image; !rest.empty();) {
    const ssize_t written = ::pwrite(descriptor_, rest.data(), rest.size(), at);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return unavailable("cannot write {}: {}", path_, std::strerror(errno));
    rest.remove_prefix(static_cast<std::size_t>(written));
    at += written;
  }
  if (::fdatasync(descriptor_) != 0) return unavailable("cannot sync {}: {}", path_, std::strerror(errno));
  return absl::OkStatus();
}

void AnchorWriter::run() {
  pthread_setname_np(pthread_self(), "anchor");
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopped_ || copies_behind_ > 0; });
    if (copies_behind_ == 0) return;
    wake_.wait_for(lock, gather_time, [this] { return stopped_; });
    Anchor anchor;
    anchor.generation = ++generation_;
    for (const auto& [id, slot] : slots_) anchor.slots.push_back(slot);
    --copies_behind_;
    lock.unlock();
    Status written = anchor.slots.size() > anchor_slots_max ? invalid_argument("{} holds at most {} slots", path_, anchor_slots_max)
                                                            : write_next_copy(anchor_image(anchor));
    lock.lock();
    if (written.ok()) continue;
    // A failed sync is never tried again: the kernel may have dropped what it could not write.
    error_ = written;
    lock.unlock();
    if (failed_) failed_(std::move(written));
    return;
  }
}

}  // namespace tollgate
