// The memory of a connection's pending operation, so that none is allocated per request.
#pragma once
#include <cstddef>
#include <new>

namespace tollgate::http {

class OperationMemory {
 public:
  OperationMemory() = default;
  OperationMemory(const OperationMemory&) = delete;
  OperationMemory& operator=(const OperationMemory&) = delete;
  void* allocate(std::size_t bytes) {
    if (used_ || bytes > sizeof storage_) return ::operator new(bytes);
    used_ = true;
    return storage_;
  }
  void deallocate(void* memory) {
    if (memory == storage_) {
      used_ = false;
    } else {
      ::operator delete(memory);
    }
  }

 private:
  alignas(std::max_align_t) std::byte storage_[384];
  bool used_ = false;
};

template <class T>
class OperationAllocator {
 public:
  using value_type = T;
  explicit OperationAllocator(OperationMemory& memory) : memory_(&memory) {}
  template <class U>
  OperationAllocator(const OperationAllocator<U>& other) noexcept : memory_(other.memory_) {}
  T* allocate(std::size_t n) { return static_cast<T*>(memory_->allocate(sizeof(T) * n)); }
  void deallocate(T* memory, std::size_t) { memory_->deallocate(memory); }
  bool operator==(const OperationAllocator& other) const { return memory_ == other.memory_; }

 private:
  template <class>
  friend class OperationAllocator;
  OperationMemory* memory_;
};

}  // namespace tollgate::http
