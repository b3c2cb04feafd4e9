// Reading parameters by name, with type and range. Every endpoint reads what it knows; what nobody has read in the end is
// refused by its full name. The first error is kept, so that a handler reads all and looks once.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/param_tree.h"
#include "tollgate/payment/types.h"

namespace tollgate::api {

inline constexpr std::size_t text_characters_max = 5000;
inline constexpr std::size_t metadata_key_characters_max = 40;
inline constexpr std::size_t metadata_value_characters_max = 500;

template <class E>
using Choices = std::span<const std::pair<std::string_view, E>>;

struct MetadataChange {
  bool clear = false;
  Metadata entries;  // an empty value deletes its key
};

// All parameters of a request, and what went wrong while they were read.
class Params;
struct ParamReader {
  ParamTree tree;
  std::optional<ApiError> error;

  [[nodiscard]] Params root();
  // The first error; else the first parameter that nobody read; else nothing.
  [[nodiscard]] std::optional<ApiError> finish() const;
  void fail(ApiError made) {
    if (!error) error = std::move(made);
  }
};

// The parameters of one object: the root, or `shipping[...]`. Absent if the object was not given.
class Params {
 public:
  Params(ParamReader& reader, uint32_t node) : reader_(&reader), node_(node) {}
  // Given, with or without anything in it.
  explicit operator bool() const { return node_ != ParamTree::none; }

  [[nodiscard]] bool has(std::string_view name) const { return find(name) != ParamTree::none; }
  // Given as the empty text: to be unset.
  [[nodiscard]] bool unset(std::string_view name);

  // Not empty; at most `characters_max` bytes.
  [[nodiscard]] std::optional<std::string_view> text(std::string_view name, std::size_t characters_max = text_characters_max);
  [[nodiscard]] std::string_view need_text(std::string_view name, std::size_t characters_max = text_characters_max);
  // Empty means unset.
  [[nodiscard]] std::optional<std::string_view> text_or_unset(std::string_view name, std::size_t characters_max = text_characters_max);
  [[nodiscard]] std::optional<int64_t> integer(std::string_view name, int64_t min, int64_t max);
  [[nodiscard]] int64_t need_integer(std::string_view name, int64_t min, int64_t max);
  [[nodiscard]] std::optional<bool> boolean(std::string_view name);
  template <class E>
  [[nodiscard]] std::optional<E> choice(std::string_view name, Choices<E> choices) {
    const auto given = text(name);
    if (!given) return std::nullopt;
    for (const auto& [word, value] : choices) {
      if (word == *given) return value;
    }
    std::string allowed;
    for (const auto& [word, value] : choices) allowed.append(allowed.empty() ? "" : ", ").append(word);
    fail_choice(name, *given, allowed);
    return std::nullopt;
  }
  [[nodiscard]] std::vector<std::string_view> list(std::string_view name, std::size_t elements_max);
  [[nodiscard]] MetadataChange metadata();
  // An object's id; of another form: no such `object`.
  template <class Id>
  [[nodiscard]] std::optional<Id> id(std::string_view name, std::string_view object) {
    const auto given = text(name);
    if (!given) return std::nullopt;
    auto id = Id::parse(*given);
    if (!id) fail(no_such(object, *given, path(name)));
    return id;
  }
  [[nodiscard]] Params object(std::string_view name);
  // An object whose content changes nothing: all of it counts as read.
  void ignore_object(std::string_view name);
  // The same of all objects in this one, except `known`.
  void ignore_objects_but(std::string_view known);
  // Each object of a list of objects is out of scope; scalars of a list and objects are all that the endpoints have.

  [[nodiscard]] std::string path(std::string_view name) const { return reader_->tree.path(node_ == ParamTree::none ? 0 : node_, name); }
  void fail(ApiError error) { reader_->fail(std::move(error)); }
  [[nodiscard]] ParamReader& reader() { return *reader_; }

 private:
  [[nodiscard]] uint32_t find(std::string_view name) const;
  // The scalar of that name, marked as read; fails if it is a branch.
  [[nodiscard]] const ParamTree::Node* scalar(std::string_view name);
  void fail_choice(std::string_view name, std::string_view given, const std::string& allowed);
  void need(std::string_view name);

  ParamReader* reader_;
  uint32_t node_;
};

inline Params ParamReader::root() { return {*this, ParamTree::root}; }

}  // namespace tollgate::api
