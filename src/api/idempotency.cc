#include "api/idempotency.h"

#include <string.h>

#include <algorithm>

#include "api/router.h"
#include "tollgate/base/siphash.h"
#include "api/text.h"
#include "tollgate/base/bytes.h"
#include "tollgate/base/digest.h"

namespace tollgate::api {
namespace {

constexpr std::size_t fingerprint_bytes = 16;
constexpr std::size_t pair_bytes = 4;

uint16_t short_hash(std::string_view key, std::string_view text) { return static_cast<uint16_t>(siphash(key, text)); }

// What stood under a name's hash in a print: the value's hash, or nothing.
std::optional<uint16_t> value_in(std::string_view parameters, uint16_t name) {
  for (std::size_t i = 0; i + pair_bytes <= parameters.size(); i += pair_bytes) {
    if (load_le16(parameters.data() + i) == name) return load_le16(parameters.data() + i + 2);
  }
  return std::nullopt;
}

// The canonical text of parameters, among which may be a card's number: it never grows, because that would leave a copy behind, and is wiped.
class CanonicalText {
 public:
  CanonicalText(const ParamTree& tree, std::size_t more_bytes) : tree_(tree) { text_.reserve(tree.canonical_bytes_max() + more_bytes); }
  CanonicalText(const CanonicalText&) = delete;
  CanonicalText& operator=(const CanonicalText&) = delete;
  ~CanonicalText() { explicit_bzero(text_.data(), text_.capacity()); }
  [[nodiscard]] std::string_view of(uint32_t index, std::string_view before = {}) {
    text_ = before;
    tree_.append_canonical(text_, index);
    return text_;
  }

 private:
  const ParamTree& tree_;
  std::string text_;
};

std::string join(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text.append(text.empty() ? "" : ", ").append(name);
  return text;
}

}  // namespace

std::string operation_of(const Call& call) { return fmt::format("{} {}", name_of(call.method), call.path); }

RequestPrint print_of(std::string_view key, std::string_view operation, const ParamTree& tree) {
  const std::string before = std::string(operation) + '\0';
  CanonicalText canonical(tree, before.size());
  RequestPrint print;
  print.fingerprint = view(hmac_sha256(key, canonical.of(ParamTree::root, before))).substr(0, fingerprint_bytes);
  for (uint32_t i = tree.node(ParamTree::root).first_child; i != 0; i = tree.node(i).next) {
    char pair[pair_bytes];
    store_le16(pair, short_hash(key, tree.node(i).name));
    store_le16(pair + 2, short_hash(key, canonical.of(i)));
    print.parameters.append(pair, sizeof pair);
  }
  return print;
}

ApiError mismatch_error(const Call& call, const IdempotencyEntry& entry) {
  ApiError error{.type = ErrorType::idempotency, .retry = Retry::never};
  const std::string key = shown(call.idempotency_key);
  const std::string operation = operation_of(call);
  if (operation != entry.operation) {
    error.message = fmt::format(
        "The idempotency key '{}' was first used for '{}', and this request is '{}'. A key belongs to one request: use another one "
        "to make a different request.", key, shown(entry.operation), shown(operation));
    return error;
  }
  std::vector<std::string> changed, added;
  std::size_t known = 0;
  const ParamTree& tree = call.params.tree;
  CanonicalText canonical(tree, 0);
  for (uint32_t i = tree.node(ParamTree::root).first_child; i != 0; i = tree.node(i).next) {
    const auto before = value_in(entry.parameters, short_hash(call.services.print_key, tree.node(i).name));
    if (!before) added.push_back(shown(tree.node(i).name));
    else {
      ++known;
      if (*before != short_hash(call.services.print_key, canonical.of(i))) changed.push_back(shown(tree.node(i).name));
    }
  }
  const std::size_t removed = entry.parameters.size() / pair_bytes - std::min(known, entry.parameters.size() / pair_bytes);
  std::string what;
  const auto say = [&what](const std::string& text) { what.append(what.empty() ? "" : "; ").append(text); };
  if (!changed.empty()) say("different: " + join(changed));
  if (!added.empty()) say("not in the first request: " + join(added));
  if (removed > 0) say(fmt::format("left out: {} of the first request's parameters", removed));
  if (changed.size() == 1 && added.empty() && removed == 0) error.param = changed[0];
  error.message = fmt::format("The idempotency key '{}' was first used with other parameters ({}). A key belongs to one request: use "
                              "another one to make a different request.", key, what.empty() ? "different values" : what);
  return error;
}

ApiError in_progress_error(const Call& call) {
  ApiError error{.status = 409, .type = ErrorType::idempotency, .code = "idempotency_key_in_use", .retry = Retry::later};
  if (call.idempotency_key.empty()) {
    error.message = "The request is still being worked on. Read the object to see what came of it.";
  } else {
    error.message = fmt::format("Another request with the idempotency key '{}' is still being worked on. Try again in a moment.",
                                shown(call.idempotency_key));
  }
  return error;
}

}  // namespace tollgate::api
