// One connection: read a request, hand it over, write the response, again. One operation is pending at a time, or none
// while a handler works. `Stream` is a plain socket or TLS over one.
#pragma once
#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <type_traits>

#include "http/io_thread.h"
#include "http/request_head.h"

namespace tollgate::http {

// The memory of a connection's pending operation, so that none is allocated per request.
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

// What has arrived and is not used yet, contiguous.
class ReadBuffer {
 public:
  [[nodiscard]] std::string_view unread() const { return {data_.get() + begin_, end_ - begin_}; }
  // At least one byte to read into, and room for `bytes_wanted` from the first unread byte on. May move what is there.
  [[nodiscard]] asio::mutable_buffer room(std::size_t bytes_wanted);
  void arrived(std::size_t bytes) { end_ += bytes; }
  void consume(std::size_t bytes);

 private:
  static constexpr std::size_t bytes_first = 4 * 1024;
  static constexpr std::size_t bytes_kept_max = 32 * 1024;  // a larger one is given back when it is empty
  std::unique_ptr<char[]> data_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t capacity_ = 0;
};

using TlsStream = asio::ssl::stream<Socket>;

template <class Stream>
class Session final : public SessionBase {
 public:
  Session(IoThread& thread, Stream stream, std::string peer);
  ~Session() override;

  void start();
  void respond(HttpResponse response) override;
  void on_deadline() override;
  void on_drain() override;
  void cut() override { close(); }

 private:
  static constexpr bool is_tls = std::is_same_v<Stream, TlsStream>;
  static constexpr uint32_t linger_timeout_ms = 1'000;
  static constexpr uint32_t requests_per_turn_max = 16;
  static constexpr std::size_t out_bytes_kept_max = 64 * 1024;

  enum class State : uint8_t { handshake, idle, head, body, handling, writing, lingering, closed };
  enum class AfterWrite : uint8_t { next_request, read_body, finish };
  using Error = boost::system::error_code;

  // What Asio keeps for an operation: a reference and which member to call.
  template <void (Session::*member)(Error, std::size_t)>
  struct Completion {
    using allocator_type = OperationAllocator<void>;
    using executor_type = Executor;
    boost::intrusive_ptr<Session> session;
    [[nodiscard]] allocator_type get_allocator() const noexcept { return allocator_type(session->memory_); }
    [[nodiscard]] executor_type get_executor() const noexcept { return session->thread_.context().get_executor(); }
    void operator()(Error ec, std::size_t bytes = 0) { (session.get()->*member)(ec, bytes); }
  };
  template <void (Session::*member)(Error, std::size_t)>
  [[nodiscard]] Completion<member> then() { return {this}; }

  void on_handshake(Error ec, std::size_t);
  void read_more(std::size_t bytes_wanted);
  void on_read(Error ec, std::size_t bytes);
  void process();
  void on_next_turn(Error, std::size_t) { process(); }
  [[nodiscard]] bool take_request();
  [[nodiscard]] bool take_head();
  [[nodiscard]] bool take_body();
  void hand_over();
  void refuse(const HeadError& error);
  void send(AfterWrite after);
  [[nodiscard]] bool send_now();
  void on_written(Error ec, std::size_t bytes);
  void written();
  void finish();
  void on_shutdown(Error ec, std::size_t);
  void linger();
  void on_linger(Error ec, std::size_t bytes);
  void close();
  void set_deadline(uint32_t timeout_ms) { deadline_ms_ = coarse_ms() + timeout_ms; }
  [[nodiscard]] Socket& socket();

  IoThread& thread_;
  const HttpServerOptions& options_;
  const HeadLimits limits_;
  Stream stream_;
  const std::string peer_;
  OperationMemory memory_;
  ReadBuffer in_;
  HeadScanner scanner_;
  RequestHead head_;
  std::string out_;         // head of the response, and its body if that is small
  std::string large_body_;  // else the body
  std::size_t sent_ = 0;    // of both
  uint64_t requests_ = 0;
  State state_ = State::idle;
  AfterWrite after_write_ = AfterWrite::next_request;
  bool keep_alive_ = true;  // of the response being made
  bool timed_out_ = false;  // the read was cancelled for its deadline
  bool processing_ = false;  // process() is on the stack and goes on by itself
  bool continued_ = false;  // 100 Continue was sent
  bool body_split_ = false;  // the body came later than the head
};

}  // namespace tollgate::http
