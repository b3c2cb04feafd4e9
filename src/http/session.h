// One connection: read a request, hand it over, write the response, again. One operation is pending at a time, or none
// while a handler works. `Stream` is a plain socket or TLS over one.
#pragma once
#include <boost/asio/ssl/stream.hpp>
#include <string>
#include <type_traits>

#include "http/io_thread.h"
#include "http/operation_memory.h"
#include "http/read_buffer.h"
#include "http/request_head.h"

namespace tollgate::http {

using TlsStream = asio::ssl::stream<Socket>;

template <class Stream>
class Session final : public SessionBase {
 public:
  Session(IoThread& thread, Stream stream, Peer peer);
  ~Session() override;

  void start();
  void respond(HttpResponse response) override;
  void on_deadline() override;
  void on_drain() override;
  void cut() override { close(); }

 private:
  static constexpr bool is_tls = std::is_same_v<Stream, TlsStream>;
  static constexpr uint32_t linger_timeout_ms = 1'000;
  // While draining: for the first request of a connection that was made before.
  static constexpr uint32_t first_request_wait_ms = 500;
  static constexpr uint32_t requests_per_turn_max = 16;
  static constexpr std::size_t out_bytes_kept_max = 64 * 1024;

  enum class State : uint8_t { handshake, idle, head, body, handling, writing, streaming, lingering, closed };
  enum class AfterWrite : uint8_t { next_request, read_body, stream, finish };
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
  [[nodiscard]] Completion<member> then() {
    return {this};
  }

  void on_handshake(Error ec, std::size_t);
  void read_more(std::size_t bytes_wanted);
  void read_more_of(std::size_t request_bytes);
  void on_read(Error ec, std::size_t bytes);
  void process();
  void on_next_turn(Error, std::size_t) { process(); }
  [[nodiscard]] bool take_request();
  [[nodiscard]] bool take_head();
  [[nodiscard]] bool take_body();
  [[nodiscard]] bool body_wanted() const { return admission_ == nullptr || admission_->wants_body; }
  [[nodiscard]] bool skip_body();
  void hand_over();
  void refuse(const HeadError& error);
  void hold_answer(std::string body);
  void let_go_of_answer();
  void send(AfterWrite after);
  [[nodiscard]] bool send_now();
  void on_written(Error ec, std::size_t bytes);
  void written();
  void begin_stream();
  void go_on_with_stream();
  void end_stream();
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
  const Peer peer_;
  std::string client_certificate_;  // as requests name it (api/http_message.h)
  OperationMemory memory_;
  ReadBuffer in_;
  HeadScanner scanner_;
  RequestHead head_;
  std::string out_;         // head of the response, and its body if that is small
  std::string large_body_;  // else the body
  std::size_t sent_ = 0;    // of both
  std::size_t bytes_held_ = 0;  // of large_body_, as they are counted for all connections
  // Of the request in work.
  std::unique_ptr<Admission> admission_;
  std::optional<HttpResponse> refusal_;  // its head was not admitted
  std::size_t skip_bytes_ = 0;           // of the body of the one before, which nobody wanted: still to come
  uint64_t requests_ = 0;
  // A streamed body: shared with the one who writes it. The link is cut when the session ends; until then it keeps it alive.
  struct StreamLink {
    boost::intrusive_ptr<Session> session;
  };
  std::shared_ptr<HttpStream> stream_body_;
  std::shared_ptr<StreamLink> stream_link_;
  State state_ = State::idle;
  AfterWrite after_write_ = AfterWrite::next_request;
  bool keep_alive_ = true;   // of the response being made
  bool timed_out_ = false;   // the read was cancelled for its deadline
  bool processing_ = false;  // process() is on the stack and goes on by itself
  bool continued_ = false;   // 100 Continue was sent
  bool body_split_ = false;  // the body came later than the head
};

}  // namespace tollgate::http
