// JSON bodies into the parameter tree: read as a stream of events, so that depth and number are bounded while it is read.
#include <nlohmann/json.hpp>

#include "api/param_tree.h"
#include "api/text.h"

namespace tollgate::api {
namespace {

// Names of list elements, as a form would have them.
const std::vector<std::string>& index_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> made;
    for (std::size_t i = 0; i < params_max; ++i) made.push_back(std::to_string(i));
    return made;
  }();
  return names;
}

}  // namespace

class JsonReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit JsonReader(ParamTree& tree) : tree_(tree) {}
  std::optional<ApiError> error;

  bool null() override { return scalar({}); }
  bool boolean(bool value) override { return scalar(value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override { return scalar(std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override { return scalar(std::to_string(value)); }
  bool number_float(number_float_t, const string_t&) override {
    return fail(invalid_param(here(), "Numbers must be integers.", "parameter_invalid_integer"));
  }
  bool string(string_t& value) override {
    if (value.find('\0') != std::string::npos) return fail(invalid_param(here(), "The parameter's value is not valid text."));
    return scalar(value);
  }
  bool binary(binary_t&) override { return fail(malformed()); }
  bool start_object(std::size_t) override { return open(false); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(true); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    if (name.empty() || name.find_first_of(std::string("[]\0", 3)) != std::string::npos) return fail(unknown_param(shown(name)));
    if (tree_.find(stack_.back().node, name) != ParamTree::none) {
      return fail(invalid_param(tree_.path(stack_.back().node, name), "The parameter was given more than once."));
    }
    name_ = tree_.keep(name);
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) override { return fail(malformed()); }

  static ApiError malformed() { return invalid_param({}, "The request's body is not a valid JSON object."); }

 private:
  struct Level {
    uint32_t node;
    bool list;
    std::size_t elements = 0;
  };

  bool fail(ApiError made) {
    if (!error) error = std::move(made);
    return false;
  }
  std::string here() const { return stack_.empty() ? std::string() : tree_.path(stack_.back().node, stack_.back().list ? "" : name_); }
  // Where the next value goes; false if there are too many.
  bool place(ParamTree::Kind kind, uint32_t& node) {
    if (++tree_.scalars_ > params_max) {
      return fail(invalid_param({}, fmt::format("A request may have at most {} parameters.", params_max)));
    }
    Level& level = stack_.back();
    node = tree_.add(level.node, level.list ? std::string_view(index_names()[level.elements++]) : name_, kind);
    return true;
  }
  bool scalar(std::string_view value) {
    if (stack_.empty()) return fail(malformed());
    uint32_t node = 0;
    if (!place(ParamTree::Kind::scalar, node)) return false;
    tree_.node(node).value = tree_.keep(value);
    return true;
  }
  bool open(bool list) {
    if (stack_.empty()) {
      if (list) return fail(malformed());
      stack_.push_back({ParamTree::root, false});
      return true;
    }
    if (stack_.size() >= param_depth_max) {
      return fail(invalid_param(here(), fmt::format("Parameters may be nested at most {} levels deep.", param_depth_max)));
    }
    uint32_t node = 0;
    if (!place(ParamTree::Kind::branch, node)) return false;
    stack_.push_back({node, list});
    return true;
  }
  bool close() {
    stack_.pop_back();
    return true;
  }

  ParamTree& tree_;
  std::vector<Level> stack_;
  std::string_view name_;
};

std::optional<ApiError> ParamTree::add_json(std::string_view json) {
  JsonReader reader(*this);
  const bool read = nlohmann::json::sax_parse(json.begin(), json.end(), &reader);
  if (reader.error) return reader.error;
  if (!read) return JsonReader::malformed();
  return std::nullopt;
}

}  // namespace tollgate::api
