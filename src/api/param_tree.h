// The parameters of one request, whether they came as a form, as JSON or in the query: a tree of names and texts. All text lives
// in one buffer, which is wiped at the end: a card's number may be in it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/errors.h"

namespace tollgate::api {

inline constexpr std::size_t params_max = 500;
inline constexpr std::size_t param_depth_max = 8;

class ParamTree {
 public:
  static constexpr uint32_t root = 0;
  static constexpr uint32_t none = UINT32_MAX;
  enum class Kind : uint8_t { branch, scalar };
  struct Node {
    std::string_view name{};   // empty or digits: an element of a list
    std::string_view value{};  // of a scalar; empty: unset
    uint32_t parent = 0, first_child = 0, last_child = 0, next = 0;  // 0: none (the root is nobody's child)
    Kind kind = Kind::branch;
    bool used = false;
  };

  ParamTree() { nodes_.emplace_back(); }
  ~ParamTree();
  ParamTree(const ParamTree&) = delete;
  ParamTree& operator=(const ParamTree&) = delete;

  // Room for all text that will be added; views into the buffer stay valid because it never grows beyond.
  void reserve(std::size_t text_bytes) { text_.reserve(text_bytes); }

  // application/x-www-form-urlencoded with brackets: a=1&b[c]=2&d[]=3&e[0]=4, brackets raw or escaped.
  [[nodiscard]] std::optional<ApiError> add_form(std::string_view form);
  // A JSON object; numbers must be integers; null unsets, as the empty text does.
  [[nodiscard]] std::optional<ApiError> add_json(std::string_view json);

  [[nodiscard]] const Node& node(uint32_t index) const { return nodes_[index]; }
  [[nodiscard]] Node& node(uint32_t index) { return nodes_[index]; }
  [[nodiscard]] uint32_t find(uint32_t parent, std::string_view name) const;
  // "payment_method_data[card][number]", fit to be shown.
  [[nodiscard]] std::string path(uint32_t index) const;
  [[nodiscard]] std::string path(uint32_t parent, std::string_view child) const;
  // The first scalar or empty branch that nobody read; `none` if all were read.
  [[nodiscard]] uint32_t first_unused() const;
  // All of it counts as read.
  void use_all(uint32_t index);
  // A text that differs exactly if the parameters under `index` differ: sorted names, length-prefixed.
  void append_canonical(std::string& to, uint32_t index) const;
  // No such text is longer.
  [[nodiscard]] std::size_t canonical_bytes_max() const { return text_.size() + nodes_.size() * node_bytes_max; }
  [[nodiscard]] bool is_list(uint32_t index) const;

 private:
  friend class JsonReader;
  static constexpr std::size_t node_bytes_max = 16;  // in a canonical text, besides what is in the buffer
  [[nodiscard]] std::string_view keep(std::string_view text);
  // Appends a child; the caller has looked whether there is one.
  [[nodiscard]] uint32_t add(uint32_t parent, std::string_view name, Kind kind);
  [[nodiscard]] std::optional<ApiError> add_pair(std::string_view raw_name, std::string_view raw_value);
  [[nodiscard]] std::optional<ApiError> set(std::string_view name, std::string_view value);

  std::vector<Node> nodes_;
  std::string text_;
  std::size_t scalars_ = 0;
};

}  // namespace tollgate::api
