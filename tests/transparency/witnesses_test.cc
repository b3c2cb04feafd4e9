#include "transparency/witnesses.h"

#include "http/http_support.h"
#include "support/certificate.h"
#include "tollgate/base/base64.h"
#include "tollgate/base/bytes.h"
#include "transparency/node.h"

namespace tollgate::testing {
namespace {

using http_test::eventually;
using http_test::Handler;
using Kind = CommandResult::Kind;

// A witness after C2SP tlog-witness, with one size and root for each log.
class TestWitness {
 public:
  explicit TestWitness(std::string name) : name_(std::move(name)) {}
  TestWitness(std::string name, const Certificate& certificate) : name_(std::move(name)), scheme_("https"), server_(http_test::serve(handler_, tls(certificate))) {}
  ~TestWitness() {
    server_->stop(0);
    unanswered_.clear();
  }
  [[nodiscard]] proof::VerifierKey key() const {
    return proof::VerifierKey::make(name_, proof::SignatureType::cosignature, ed25519_public_key(seed_));
  }
  [[nodiscard]] std::string line(const std::string& prefix = "") const {
    return fmt::format("witness {} {} {}://127.0.0.1:{}{}\n", name_, key().text(), scheme_, server_->port(), prefix);
  }
  void knows(const proof::VerifierKey& log) {
    const std::lock_guard lock(mutex_);
    logs_.push_back(log);
  }
  // What it has seen of a log: also before it was ever asked.
  void remember(const std::string& origin, uint64_t size, const Digest& root) {
    const std::lock_guard lock(mutex_);
    seen_[origin] = {size, root};
  }
  [[nodiscard]] uint64_t size(const std::string& origin) {
    const std::lock_guard lock(mutex_);
    return seen_[origin].first;
  }
  enum class Mood { honest, silent, forging, babbling };
  std::atomic<Mood> mood{Mood::honest};
  std::atomic<int> asked{0};

 private:
  struct Answer {
    int status;
    std::string body;
  };
  Answer add_checkpoint(std::string_view body) {
    std::vector<std::string> lines;
    proof::Path path;
    const std::size_t gap = body.find("\n\n");
    REQUIRE(body.starts_with("old "));
    REQUIRE(gap != std::string_view::npos);
    const std::size_t first_end = body.find('\n');
    const uint64_t old_size = *proof::parse_size(body.substr(4, first_end - 4));
    for (std::size_t at = first_end + 1; at < gap;) {
      const std::size_t end = body.find('\n', at);
      path.push_back(*proof::parse_hash(body.substr(at, end - at)));
      at = end + 1;
    }
    const auto checkpoint = proof::read_checkpoint(body.substr(gap + 2));
    REQUIRE(checkpoint.ok());
    const proof::Checkpoint& said = checkpoint->checkpoint;
    const std::lock_guard lock(mutex_);
    const auto log = std::find_if(logs_.begin(), logs_.end(), [&](const auto& one) { return one.name == said.origin; });
    if (log == logs_.end()) return {404, ""};
    if (!proof::verify_note(checkpoint->note, *log).ok()) return {403, ""};
    auto& [size, root] = seen_[said.origin];
    if (old_size != size) return {409, fmt::format("{}\n", size)};
    const Digest old_root = size == 0 ? proof::empty_root() : root;
    if (!proof::verify_consistency(old_size, old_root, said.size, said.root, path).ok()) return {old_size == said.size ? 409 : 422, fmt::format("{}\n", size)};
    size = said.size;
    root = said.root;
    return {200, cosign(checkpoint->note.text)};
  }
  [[nodiscard]] std::string cosign(const std::string& text) const {
    const uint64_t time_s = 1'750'000'000;
    const std::string signed_text = mood == Mood::forging ? "something else\n" : text;
    const Ed25519Signature made = ed25519_sign(seed_, fmt::format("cosignature/v1\ntime {}\n{}", time_s, signed_text));
    proof::NoteSignature signature{name_, key().id, {}};
    append_be64(signature.bytes, time_s);
    signature.bytes.append(reinterpret_cast<const char*>(made.data()), made.size());
    return signature.line();
  }

  static HttpServerOptions tls(const Certificate& certificate) {
    HttpServerOptions options;
    options.tls_certificate_path = certificate.path();
    options.tls_key_path = certificate.key_path();
    return options;
  }

  std::string name_, scheme_ = "http";
  const std::string seed_ = std::string(32, 'w');
  std::mutex mutex_;
  std::vector<proof::VerifierKey> logs_;
  std::map<std::string, std::pair<uint64_t, Digest>> seen_;
  std::vector<Respond> unanswered_;
  Handler handler_{[this](const HttpRequest& request, ResultSink&, Respond respond) {
    ++asked;
    if (mood == Mood::silent) {
      unanswered_.push_back(std::move(respond));
      return;
    }
    HttpResponse response;
    if (request.path.ends_with("/add-checkpoint")) {
      const Answer answer = add_checkpoint(request.body);
      response.status = answer.status;
      response.body = mood == Mood::babbling ? "<html>hello</html>" : answer.body;
    } else {
      response.status = 404;
    }
    respond(std::move(response));
  }};
  std::unique_ptr<HttpServer> server_ = http_test::serve(handler_);
};

struct Witnessed : Node {
  void use(const std::string& lines) {
    write("witnesses", lines);
    options.witness_file = path("witnesses");
    options.witness_interval_us = 20 * us_per_ms;
    options.witness_timeout_ms = 300;
  }
  [[nodiscard]] uint64_t cosigned(uint32_t partition) const {
    for (const auto& one : transparency->status().partitions)
      if (one.partition == partition) return one.cosigned;
    return 0;
  }
  [[nodiscard]] std::string problem() const { return transparency->status().witnesses.at(0).problem; }
  [[nodiscard]] proof::VerifierKey key_of(uint32_t partition) {
    start();
    REQUIRE(cover(partition, 1) == Kind::done);
    const auto key = transparency->key(partition);
    stop();
    return *key;
  }
};

}  // namespace

TEST_CASE("Witnesses are asked for what is new, and their cosignatures are kept, served and given with receipts") {
  TestWitness one("one.example"), two("two.example");
  Witnessed node;
  node.append(1, 300);
  node.append(2, 3);
  for (const uint32_t partition : {1u, 2u}) {
    const proof::VerifierKey key = node.key_of(partition);
    one.knows(key);
    two.knows(key);
  }
  node.use("# two of them\n\n" + one.line() + two.line("/some/where/"));
  node.start();
  REQUIRE(eventually([&] { return node.cosigned(1) == 300 && node.cosigned(2) == 3; }));
  node.append(1, 100);
  REQUIRE(node.cover(1, 400) == Kind::done);
  REQUIRE(eventually([&] { return node.cosigned(1) == 400; }));
  const auto bytes = node.transparency->get(1, {proof::Resource::Kind::checkpoint, {}});
  const auto checkpoint = proof::read_checkpoint(*bytes);
  REQUIRE(checkpoint.ok());
  CHECK(checkpoint->note.signatures.size() == 3);
  CHECK(proof::verify_note(checkpoint->note, one.key()).ok());
  CHECK(proof::verify_note(checkpoint->note, two.key()).ok());
  const std::vector<uint64_t> sequences = {1, 400};
  CHECK(node.transparency->receipt(PaymentId{IdCore::make(1, 1, 1)}, 1, sequences)->checkpoint.note.signatures.size() == 3);
  CHECK(node.problem().empty());
  CHECK(node.transparency->status().witnesses.at(0).cosigned >= 3);
  node.stop();
  // Kept over a restart, also without the witnesses.
  node.options.witness_file.clear();
  node.start();
  CHECK(node.cosigned(1) == 400);
}

TEST_CASE("A witness is asked over https, and only if its certificate holds") {
  const Certificate certificate, another;
  TestWitness witness("one.example", certificate);
  Witnessed node;
  node.append(1, 300);
  witness.knows(node.key_of(1));
  node.use(witness.line("/some/prefix"));
  SECTION("the right one") {
    node.options.witness_ca_file = certificate.path();
    node.start();
    REQUIRE(eventually([&] { return node.cosigned(1) == 300; }));
    CHECK(node.problem().empty());
    node.append(1, 100);
    REQUIRE(node.cover(1, 400) == Kind::done);
    REQUIRE(eventually([&] { return node.cosigned(1) == 400; }));
    return;
  }
  SECTION("another one") { node.options.witness_ca_file = another.path(); }
  SECTION("one that the system does not know") {}
  node.start();
  REQUIRE(eventually([&] { return node.problem().find("its certificate is not accepted") != std::string::npos; }));
  CHECK(witness.asked == 0);
  CHECK(node.cosigned(1) == 0);
}

TEST_CASE("A witness over https that is silent, or gone, costs nothing but its cosignature") {
  const Certificate certificate;
  TestWitness witness("one.example", certificate);
  Witnessed node;
  node.append(1, 300);
  std::string line = witness.line(), expected;
  SECTION("silent") {
    witness.mood = TestWitness::Mood::silent;
    expected = "no answer in time";
  }
  SECTION("gone") {
    line = fmt::format("witness one.example {} https://127.0.0.1:1\n", witness.key().text());
    expected = "no answer: ";
  }
  node.use(line);
  node.options.witness_ca_file = certificate.path();
  node.start();
  REQUIRE(node.cover(1, 300) == Kind::done);
  REQUIRE(eventually([&] { return node.problem().find(expected) != std::string::npos; }));
}

TEST_CASE("A witness that has seen more than we know says so, and is asked again from there") {
  TestWitness witness("one.example");
  Witnessed node;
  node.append(1, 300);
  witness.knows(node.key_of(1));
  witness.remember("log.example/1", 70, node.root_of_log(1, 70));
  node.use(witness.line());
  node.start();
  REQUIRE(eventually([&] { return node.cosigned(1) == 300; }));
  CHECK(witness.asked == 2);
}

TEST_CASE("What a witness knows and the log does not is told to the operator") {
  TestWitness witness("one.example");
  Witnessed node;
  node.append(1, 300);
  witness.knows(node.key_of(1));
  node.use(witness.line());
  SECTION("another root") {
    witness.remember("log.example/1", 70, sha256("another history"));
    node.start();
    REQUIRE(eventually([&] { return node.problem().find("the log was forked") != std::string::npos; }));
  }
  SECTION("another root of the same size") {
    witness.remember("log.example/1", 300, sha256("another history"));
    node.start();
    REQUIRE(eventually([&] { return node.problem().find("the log was forked") != std::string::npos; }));
  }
  SECTION("more records") {
    witness.remember("log.example/1", 301, sha256("a lost tail"));
    node.start();
    REQUIRE(eventually([&] { return node.problem().find("another node signs with this key, or records were lost") != std::string::npos; }));
  }
  CHECK(node.cosigned(1) == 0);
}

TEST_CASE("A witness that does not know the log, forges, babbles, is silent or is gone costs nothing but its cosignature") {
  TestWitness bad("bad.example"), good("good.example");
  Witnessed node;
  node.append(1, 300);
  const proof::VerifierKey key = node.key_of(1);
  good.knows(key);
  std::string line = bad.line(), expected;
  SECTION("does not know the log") { expected = "does not know the log"; }
  SECTION("has another key for it") {
    bad.knows(proof::VerifierKey::make(key.name, key.type, ed25519_public_key(std::string(32, 'x'))));
    expected = "has another key";
  }
  SECTION("forges") {
    bad.knows(key);
    bad.mood = TestWitness::Mood::forging;
    expected = "does not fit the checkpoint";
  }
  SECTION("babbles") {
    bad.knows(key);
    bad.mood = TestWitness::Mood::babbling;
    expected = "newline";
  }
  SECTION("is silent") {
    bad.mood = TestWitness::Mood::silent;
    expected = "timed out";
  }
  SECTION("is gone") {
    line = fmt::format("witness bad.example {} http://127.0.0.1:1\n", bad.key().text());
    expected = "cannot connect";
  }
  node.use(line + good.line());
  node.start();
  REQUIRE(eventually([&] { return node.cosigned(1) == 300; }));
  INFO(node.problem());
  CHECK(node.problem().find(expected) != std::string::npos);
  const auto bytes = node.transparency->get(1, {proof::Resource::Kind::checkpoint, {}});
  CHECK(proof::read_checkpoint(*bytes)->note.signatures.size() == 2);
  node.append(1, 1);
  CHECK(node.cover(1, 301) == Kind::done);
}

TEST_CASE("A witness file is read line by line, and what is wrong with it names its line") {
  const TestWitness witness("one.example");
  CHECK(transparency::parse_witnesses("")->empty());
  CHECK(transparency::parse_witnesses("# nobody\n\n   \n" + witness.line())->size() == 1);
  const std::string log_key = proof::SignerKey::make("log.example", Secret(std::string(32, 'k'))).verifier().text();
  for (const std::string& wrong : {std::string("witness\n"), std::string("log x y z\n"), "witness a " + witness.key().text() + "\n", witness.line().substr(0, 60),
                                   "witness a " + log_key + " http://127.0.0.1:1\n", "witness a " + witness.key().text() + " http://:x\n", "witness a " + witness.key().text() + " https://:x\n", "witness a " + witness.key().text() + " https://user@one.example\n",
                                   "witness a " + witness.key().text() + " http://127.0.0.1:1 more\n"}) {
    const auto parsed = transparency::parse_witnesses("\n" + wrong);
    INFO(wrong);
    REQUIRE_FALSE(parsed.ok());
    CHECK(message_of(parsed.status()).starts_with("line 2"));
  }
  std::string many;
  for (std::size_t i = 0; i <= transparency::witnesses_max; ++i) many += witness.line();
  CHECK_FALSE(transparency::parse_witnesses(many).ok());
  Node node;
  node.options.witness_file = node.path("missing");
  CHECK(absl::IsNotFound(node.open()));
}

}  // namespace tollgate::testing
