#include "api/param_tree.h"

#include <string.h>

#include <algorithm>

#include "api/text.h"
#include "tollgate/base/assert.h"
#include "tollgate/base/bytes.h"

namespace tollgate::api {
namespace {

bool is_index(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

ParamTree::~ParamTree() { explicit_bzero(text_.data(), text_.size()); }

std::string_view ParamTree::keep(std::string_view text) {
  TOLLGATE_ASSERT(text_.size() + text.size() <= text_.capacity());
  const std::size_t at = text_.size();
  text_.append(text);
  return {text_.data() + at, text.size()};
}

uint32_t ParamTree::find(uint32_t parent, std::string_view name) const {
  for (uint32_t i = nodes_[parent].first_child; i != 0; i = nodes_[i].next) {
    if (nodes_[i].name == name) return i;
  }
  return none;
}

uint32_t ParamTree::add(uint32_t parent, std::string_view name, Kind kind) {
  const auto index = static_cast<uint32_t>(nodes_.size());
  nodes_.push_back(Node{.name = name, .parent = parent, .kind = kind});
  Node& above = nodes_[parent];
  if (above.first_child == 0) above.first_child = index;
  else nodes_[above.last_child].next = index;
  above.last_child = index;
  return index;
}

bool ParamTree::is_list(uint32_t index) const {
  const uint32_t first = nodes_[index].first_child;
  if (first == 0) return false;
  for (uint32_t i = first; i != 0; i = nodes_[i].next) {
    if (!is_index(nodes_[i].name)) return false;
  }
  return true;
}

std::string ParamTree::path(uint32_t index) const {
  if (index == root) return {};
  return path(nodes_[index].parent, nodes_[index].name);
}

std::string ParamTree::path(uint32_t parent, std::string_view child) const {
  if (parent == root) return shown(child);
  return path(parent) + "[" + shown(child) + "]";
}

uint32_t ParamTree::first_unused() const {
  for (uint32_t i = 1; i < nodes_.size(); ++i) {
    const Node& node = nodes_[i];
    if (!node.used && (node.kind == Kind::scalar || node.first_child == 0)) return i;
  }
  return none;
}

void ParamTree::use_all(uint32_t index) {
  nodes_[index].used = true;
  for (uint32_t child = nodes_[index].first_child; child != 0; child = nodes_[child].next) use_all(child);
}

void ParamTree::append_canonical(std::string& to, uint32_t index) const {
  const Node& node = nodes_[index];
  const auto append_text = [&to](std::string_view text) {
    char size[4];
    store_le32(size, static_cast<uint32_t>(text.size()));
    to.append(size, sizeof size);
    to.append(text);
  };
  if (node.kind == Kind::scalar) {
    to.push_back('s');
    append_text(node.value);
    return;
  }
  const bool list = is_list(index);
  to.push_back(list ? 'l' : 'o');
  if (list) {
    for (uint32_t i = node.first_child; i != 0; i = nodes_[i].next) append_canonical(to, i);
  } else {
    std::vector<uint32_t> children;
    for (uint32_t i = node.first_child; i != 0; i = nodes_[i].next) children.push_back(i);
    std::sort(children.begin(), children.end(), [this](uint32_t a, uint32_t b) { return nodes_[a].name < nodes_[b].name; });
    for (const uint32_t i : children) {
      append_text(nodes_[i].name);
      append_canonical(to, i);
    }
  }
  to.push_back('e');
}

}  // namespace tollgate::api
