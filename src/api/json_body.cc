// JSON bodies into the parameter tree. Read here and not by a library, because what is in them may be a card's number: it goes from the
// request straight into the tree's buffer, and no copy of it is left where nobody wipes it.
#include <charconv>

#include "api/param_tree.h"
#include "api/text.h"
#include "tollgate/base/assert.h"

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

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Of a code point that is no surrogate.
void append_utf8(std::string& to, uint32_t code) {
  const auto last = [code](uint32_t shift) { return static_cast<char>(0x80 | (code >> shift & 0x3f)); };
  if (code < 0x80) {
    to.push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    to.push_back(static_cast<char>(0xc0 | code >> 6));
    to.push_back(last(0));
  } else if (code < 0x10000) {
    to.push_back(static_cast<char>(0xe0 | code >> 12));
    to.push_back(last(6));
    to.push_back(last(0));
  } else {
    to.push_back(static_cast<char>(0xf0 | code >> 18));
    to.push_back(last(12));
    to.push_back(last(6));
    to.push_back(last(0));
  }
}

}  // namespace

class JsonReader {
 public:
  JsonReader(ParamTree& tree, std::string_view text) : tree_(tree), rest_(text) {
    TOLLGATE_ASSERT(tree_.text_.size() + text.size() <= tree_.text_.capacity());
  }

  std::optional<ApiError> read() {
    if (rest_.starts_with("\xef\xbb\xbf")) rest_.remove_prefix(3);
    skip_space();
    if (!take('{')) return malformed();
    stack_.push_back({ParamTree::root, false});
    while (!stack_.empty()) {
      if (!next()) return error_;
    }
    skip_space();
    return rest_.empty() ? std::nullopt : std::optional(malformed());
  }

 private:
  struct Level {
    uint32_t node;
    bool list;
    bool begun = false;
    std::size_t elements = 0;
  };

  static ApiError malformed() { return invalid_param({}, "The request's body is not a valid JSON object."); }
  bool fail(ApiError made) {
    error_ = std::move(made);
    return false;
  }
  bool fail() { return fail(malformed()); }
  std::string here() const { return tree_.path(stack_.back().node, stack_.back().list ? "" : name_); }

  void skip_space() {
    const std::size_t end = rest_.find_first_not_of(" \t\r\n");
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end);
  }
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool take(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }

  // The next member or element of the innermost level, or its end.
  bool next() {
    Level& level = stack_.back();
    skip_space();
    if (take(level.list ? ']' : '}')) {
      stack_.pop_back();
      return true;
    }
    if (level.begun && !take(',')) return fail();
    level.begun = true;
    skip_space();
    if (!level.list) {
      if (!take('"') || !name()) return error_ ? false : fail();
      skip_space();
      if (!take(':')) return fail();
      skip_space();
    }
    return value();
  }

  bool name() {
    if (!text(name_)) return false;
    if (name_.empty() || name_.find_first_of(std::string_view("[]\0", 3)) != std::string_view::npos) return fail(unknown_param(shown(name_)));
    const uint32_t above = stack_.back().node;
    if (tree_.find(above, name_) != ParamTree::none) return fail(invalid_param(tree_.path(above, name_), "The parameter was given more than once."));
    return true;
  }

  bool value() {
    if (take('{')) return open(false);
    if (take('[')) return open(true);
    if (take("null")) return scalar({});
    if (take("true")) return scalar("true");
    if (take("false")) return scalar("false");
    if (!take('"')) return number();
    std::string_view given;
    if (!text(given)) return false;
    if (given.find('\0') != std::string_view::npos) return fail(invalid_param(here(), "The parameter's value is not valid text."));
    return scalar(given);
  }

  // What a form could say as well: digits. Fractions, exponents and what 64 bits do not hold are numbers, and refused as such.
  bool number() {
    std::size_t end = rest_.starts_with('-') ? 1 : 0;
    const auto digits = [&] {
      const std::size_t from = end;
      while (end < rest_.size() && is_digit(rest_[end])) ++end;
      return end - from;
    };
    const std::size_t first = end;
    const std::size_t count = digits();
    if (count == 0 || (count > 1 && rest_[first] == '0')) return fail();
    bool integer = true;
    if (end < rest_.size() && rest_[end] == '.') {
      integer = false;
      ++end;
      if (digits() == 0) return fail();
    }
    if (end < rest_.size() && (rest_[end] == 'e' || rest_[end] == 'E')) {
      integer = false;
      ++end;
      if (end < rest_.size() && (rest_[end] == '+' || rest_[end] == '-')) ++end;
      if (digits() == 0) return fail();
    }
    const std::string_view given = rest_.substr(0, end);
    rest_.remove_prefix(end);
    int64_t negative = 0;
    uint64_t positive = 0;
    const auto read = first == 1 ? std::from_chars(given.data(), given.data() + end, negative) : std::from_chars(given.data(), given.data() + end, positive);
    if (!integer || read.ec != std::errc()) return fail(invalid_param(here(), "Numbers must be integers.", "parameter_invalid_integer"));
    return scalar(given == "-0" ? std::string_view("0") : tree_.keep(given));
  }

  // Behind the opening quote, decoded into the tree's buffer, which has room: no text is longer than it was written.
  bool text(std::string_view& into) {
    std::string& to = tree_.text_;
    const std::size_t at = to.size();
    while (!take('"')) {
      if (rest_.empty() || static_cast<unsigned char>(rest_.front()) < 0x20) return fail();
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c != '\\') to.push_back(c);
      else if (!escaped(to)) return fail();
    }
    into = std::string_view(to).substr(at);
    return is_utf8(into) || fail();
  }

  bool escaped(std::string& to) {
    constexpr std::string_view names = "\"\\/bfnrt", meanings = "\"\\/\b\f\n\r\t";
    if (rest_.empty()) return false;
    const char c = rest_.front();
    rest_.remove_prefix(1);
    if (const std::size_t at = names.find(c); at != std::string_view::npos) {
      to.push_back(meanings[at]);
      return true;
    }
    uint32_t code = 0;
    if (c != 'u' || !hex4(code) || (code >= 0xdc00 && code < 0xe000)) return false;
    if (code >= 0xd800 && code < 0xdc00) {
      uint32_t low = 0;
      if (!take("\\u") || !hex4(low) || low < 0xdc00 || low >= 0xe000) return false;
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    append_utf8(to, code);
    return true;
  }

  bool hex4(uint32_t& code) {
    if (rest_.size() < 4) return false;
    const auto read = std::from_chars(rest_.data(), rest_.data() + 4, code, 16);
    if (read.ec != std::errc() || read.ptr != rest_.data() + 4) return false;
    rest_.remove_prefix(4);
    return true;
  }

  // Where the next value goes; false if there are too many.
  bool place(ParamTree::Kind kind, uint32_t& node) {
    if (++tree_.scalars_ > params_max) {
      return fail(invalid_param({}, fmt::format("A request may have at most {} parameters.", params_max)));
    }
    Level& level = stack_.back();
    node = tree_.add(level.node, level.list ? std::string_view(index_names()[level.elements++]) : name_, kind);
    return true;
  }
  bool scalar(std::string_view given) {
    uint32_t node = 0;
    if (!place(ParamTree::Kind::scalar, node)) return false;
    tree_.node(node).value = given;
    return true;
  }
  bool open(bool list) {
    if (stack_.size() >= param_depth_max) {
      return fail(invalid_param(here(), fmt::format("Parameters may be nested at most {} levels deep.", param_depth_max)));
    }
    uint32_t node = 0;
    if (!place(ParamTree::Kind::branch, node)) return false;
    stack_.push_back({node, list});
    return true;
  }

  ParamTree& tree_;
  std::string_view rest_;
  std::vector<Level> stack_;
  std::string_view name_;
  std::optional<ApiError> error_;
};

std::optional<ApiError> ParamTree::add_json(std::string_view json) { return JsonReader(*this, json).read(); }

}  // namespace tollgate::api
