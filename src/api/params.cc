#include "api/params.h"

#include <charconv>

#include "api/text.h"

namespace tollgate::api {
namespace {

// Unicode characters of a well-formed text.
std::size_t characters_of(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80 ? 1 : 0;
  return count;
}

}  // namespace

std::optional<ApiError> ParamReader::finish() const {
  if (error) return error;
  const uint32_t unused = tree.first_unused();
  if (unused == ParamTree::none) return std::nullopt;
  std::string path = tree.path(unused);
  return path == "as_of" ? as_of_unsupported() : unknown_param(std::move(path));
}

uint32_t Params::find(std::string_view name) const {
  return node_ == ParamTree::none ? ParamTree::none : reader_->tree.find(node_, name);
}

const ParamTree::Node* Params::scalar(std::string_view name) {
  const uint32_t found = find(name);
  if (found == ParamTree::none) return nullptr;
  ParamTree::Node& node = reader_->tree.node(found);
  node.used = true;
  if (node.kind == ParamTree::Kind::scalar) return &node;
  fail(invalid_param(path(name), fmt::format("Invalid {}: must be a single value, not an object or a list.", path(name))));
  return nullptr;
}

bool Params::unset(std::string_view name) {
  const uint32_t found = find(name);
  if (found == ParamTree::none) return false;
  ParamTree::Node& node = reader_->tree.node(found);
  if (node.kind != ParamTree::Kind::scalar || !node.value.empty()) return false;
  node.used = true;
  return true;
}

std::optional<std::string_view> Params::text_or_unset(std::string_view name, std::size_t characters_max) {
  const ParamTree::Node* node = scalar(name);
  if (node == nullptr) return std::nullopt;
  if (node->value.size() > characters_max && characters_of(node->value) > characters_max) {
    fail(invalid_param(path(name), fmt::format("Invalid {}: must be at most {} characters.", path(name), characters_max)));
    return std::nullopt;
  }
  return node->value;
}

std::optional<std::string_view> Params::text(std::string_view name, std::size_t characters_max) {
  const auto given = text_or_unset(name, characters_max);
  if (given && given->empty()) {
    fail(invalid_param(path(name), fmt::format("{} may not be empty. Leave it out, or give it a value.", path(name)),
                       "parameter_invalid_empty"));
    return std::nullopt;
  }
  return given;
}

void Params::need(std::string_view name) {
  if (node_ != ParamTree::none && !has(name)) fail(missing_param(path(name)));
}

std::string_view Params::need_text(std::string_view name, std::size_t characters_max) {
  need(name);
  return text(name, characters_max).value_or(std::string_view());
}

std::optional<int64_t> Params::integer(std::string_view name, int64_t min, int64_t max) {
  const auto given = text(name);
  if (!given) return std::nullopt;
  int64_t value = 0;
  const char* end = given->data() + given->size();
  const auto parsed = std::from_chars(given->data(), end, value);
  if (parsed.ec != std::errc() || parsed.ptr != end) {
    fail(invalid_param(path(name), fmt::format("Invalid integer: {}", shown(*given)), "parameter_invalid_integer"));
    return std::nullopt;
  }
  if (value < min || value > max) {
    fail(invalid_param(path(name), fmt::format("Invalid {}: must be from {} to {}.", path(name), min, max), "parameter_invalid_integer"));
    return std::nullopt;
  }
  return value;
}

int64_t Params::need_integer(std::string_view name, int64_t min, int64_t max) {
  need(name);
  return integer(name, min, max).value_or(0);
}

std::optional<bool> Params::boolean(std::string_view name) {
  const auto given = text(name);
  if (!given) return std::nullopt;
  if (const auto value = boolean_of(*given)) return value;
  fail(invalid_param(path(name), fmt::format("Invalid boolean: {}", shown(*given))));
  return std::nullopt;
}

std::vector<std::string_view> Params::list(std::string_view name, std::size_t elements_max) {
  std::vector<std::string_view> elements;
  const uint32_t found = find(name);
  if (found == ParamTree::none || unset(name)) return elements;
  ParamTree& tree = reader_->tree;
  tree.node(found).used = true;
  if (tree.node(found).kind == ParamTree::Kind::scalar) {
    fail(invalid_param(path(name), fmt::format("Invalid {}: must be a list.", path(name))));
    return elements;
  }
  for (uint32_t i = tree.node(found).first_child; i != 0; i = tree.node(i).next) {
    tree.node(i).used = true;
    if (tree.node(i).kind != ParamTree::Kind::scalar || tree.node(i).value.empty()) {
      fail(invalid_param(tree.path(i), fmt::format("Invalid {}: each element must be a text.", path(name))));
      return elements;
    }
    elements.push_back(tree.node(i).value);
  }
  if (elements.size() > elements_max) {
    fail(invalid_param(path(name), fmt::format("Invalid {}: at most {} elements.", path(name), elements_max)));
  }
  return elements;
}

Params Params::object(std::string_view name) {
  const uint32_t found = find(name);
  if (found == ParamTree::none) return {*reader_, ParamTree::none};
  ParamTree::Node& node = reader_->tree.node(found);
  node.used = true;
  if (node.kind == ParamTree::Kind::scalar) {
    if (!node.value.empty()) fail(invalid_param(path(name), fmt::format("Invalid {}: must be an object.", path(name))));
    return {*reader_, ParamTree::none};
  }
  return {*reader_, found};
}

void Params::ignore_object(std::string_view name) {
  if (const Params ignored = object(name)) reader_->tree.use_all(ignored.node_);
}

void Params::ignore_objects_but(std::string_view known) {
  if (node_ == ParamTree::none) return;
  const ParamTree& tree = reader_->tree;
  for (uint32_t i = tree.node(node_).first_child; i != 0; i = tree.node(i).next) {
    if (tree.node(i).name != known) ignore_object(tree.node(i).name);
  }
}

MetadataChange Params::metadata() {
  MetadataChange change;
  if (unset("metadata")) {
    change.clear = true;
    return change;
  }
  const Params scope = object("metadata");
  if (!scope) return change;
  ParamTree& tree = reader_->tree;
  for (uint32_t i = tree.node(scope.node_).first_child; i != 0; i = tree.node(i).next) {
    ParamTree::Node& entry = tree.node(i);
    entry.used = true;
    if (entry.kind != ParamTree::Kind::scalar || entry.name.empty()) {
      fail(invalid_param(tree.path(i), "Metadata values must be texts, each under a key of its own."));
      return change;
    }
    if (characters_of(entry.name) > metadata_key_characters_max) {
      fail(invalid_param(tree.path(i), fmt::format("Metadata keys may have at most {} characters.", metadata_key_characters_max)));
      return change;
    }
    if (characters_of(entry.value) > metadata_value_characters_max) {
      fail(invalid_param(tree.path(i), fmt::format("Metadata values may have at most {} characters.", metadata_value_characters_max)));
      return change;
    }
    change.entries.emplace_back(entry.name, entry.value);
  }
  if (change.entries.size() > metadata_keys_max) {
    fail(invalid_param("metadata", fmt::format("Metadata may have at most {} keys.", metadata_keys_max)));
  }
  return change;
}

void Params::fail_choice(std::string_view name, std::string_view given, const std::string& allowed) {
  fail(invalid_param(path(name), fmt::format("Invalid {}: {}. Must be one of: {}.", path(name), shown(given), allowed)));
}

}  // namespace tollgate::api
