#include "api/params.h"
#include "support/catch.h"

using namespace tollgate;
using namespace tollgate::api;

namespace {

std::optional<ApiError> form(ParamReader& reader, std::string_view text) {
  reader.tree.reserve(text.size());
  return reader.tree.add_form(text);
}
std::optional<ApiError> json(ParamReader& reader, std::string_view text) {
  reader.tree.reserve(text.size());
  return reader.tree.add_json(text);
}
std::string canonical(std::string_view text, bool is_json) {
  ParamReader reader;
  const auto error = is_json ? json(reader, text) : form(reader, text);
  REQUIRE_FALSE(error);
  std::string made;
  reader.tree.append_canonical(made, ParamTree::root);
  return made;
}

}  // namespace

TEST_CASE("a form with raw and escaped brackets reads the same") {
  for (const char* text : {"amount=1099&card[number]=4242&card[exp][month]=8&list[]=a&list[]=b&note=x+y%26z",
                           "amount=1099&card%5Bnumber%5D=4242&card%5bexp%5d%5Bmonth%5D=8&list[0]=a&list[1]=b&note=x%20y%26z"}) {
    ParamReader reader;
    REQUIRE_FALSE(form(reader, text));
    Params root = reader.root();
    CHECK(root.integer("amount", 0, 10'000) == 1099);
    Params card = root.object("card");
    CHECK(card.text("number") == "4242");
    CHECK(card.object("exp").integer("month", 1, 12) == 8);
    CHECK(root.list("list", 5) == std::vector<std::string_view>{"a", "b"});
    CHECK(root.text("note") == "x y&z");
    CHECK_FALSE(reader.finish());
  }
}

TEST_CASE("a form and the same JSON are the same request") {
  CHECK(canonical("b[y]=2&a=1&b[x]=true&l[]=p&l[]=q&n=", false) ==
        canonical(R"({"a":1,"b":{"x":true,"y":"2"},"l":["p","q"],"n":null})", true));
  CHECK(canonical("a=1&b=2", false) == canonical("b=2&a=1", false));
  CHECK(canonical("a=1&b=2", false) != canonical("a=1&b=3", false));
  CHECK(canonical("a=1b", false) != canonical("a=1&b=", false));
  CHECK(canonical("l[]=p&l[]=q", false) != canonical("l[]=q&l[]=p", false));
}

TEST_CASE("what nobody reads is named in full") {
  ParamReader reader;
  REQUIRE_FALSE(form(reader, "amount=1&payment_method_data[card][foo]=1"));
  Params root = reader.root();
  CHECK(root.integer("amount", 1, 9) == 1);
  Params card = root.object("payment_method_data").object("card");
  CHECK(static_cast<bool>(card));
  const auto error = reader.finish();
  REQUIRE(error);
  CHECK(error->code == "parameter_unknown");
  CHECK(error->param == "payment_method_data[card][foo]");
}

TEST_CASE("a card number in the wrong place is not repeated in the error") {
  ParamReader reader;
  REQUIRE_FALSE(form(reader, "4242424242424242=1&amount=4242+4242+4242+4242"));
  CHECK_FALSE(reader.root().integer("amount", 1, 9));
  REQUIRE(reader.error);
  CHECK(reader.error->message.find("4242") == std::string::npos);
  reader.error.reset();
  REQUIRE(reader.finish());
  CHECK(reader.finish()->param == "****");
}

TEST_CASE("every wrong type is an error of its own, with the parameter's name") {
  struct Row {
    const char* form;
    const char* code;
    void (*read)(Params);
  };
  const Row rows[] = {
      {"a=x", "parameter_invalid_integer", [](Params p) { (void)p.integer("a", 1, 9); }},
      {"a=1.5", "parameter_invalid_integer", [](Params p) { (void)p.integer("a", 1, 9); }},
      {"a=10", "parameter_invalid_integer", [](Params p) { (void)p.integer("a", 1, 9); }},
      {"a=99999999999999999999", "parameter_invalid_integer", [](Params p) { (void)p.integer("a", 1, 9); }},
      {"a=", "parameter_invalid_empty", [](Params p) { (void)p.integer("a", 1, 9); }},
      {"a=", "parameter_invalid_empty", [](Params p) { (void)p.text("a"); }},
      {"a=yes", "", [](Params p) { (void)p.boolean("a"); }},
      {"a[b]=1", "", [](Params p) { (void)p.text("a"); }},
      {"a=1", "", [](Params p) { (void)p.object("a"); }},
      {"a=1", "", [](Params p) { (void)p.list("a", 3); }},
      {"a=abcd", "", [](Params p) { (void)p.text("a", 3); }},
      {"b=1", "parameter_missing", [](Params p) { (void)p.need_text("a"); }},
      {"b=1", "parameter_missing", [](Params p) { (void)p.need_integer("a", 1, 2); }},
  };
  for (const Row& row : rows) {
    CAPTURE(row.form);
    ParamReader reader;
    REQUIRE_FALSE(form(reader, row.form));
    row.read(reader.root());
    REQUIRE(reader.error);
    CHECK(reader.error->code == row.code);
    CHECK(reader.error->param.starts_with("a"));
    CHECK(reader.error->status == 400);
  }
}

TEST_CASE("an empty text unsets where that is allowed") {
  ParamReader reader;
  REQUIRE_FALSE(form(reader, "a=&metadata[k]=&metadata[l]=v&b="));
  Params root = reader.root();
  CHECK(root.text_or_unset("a") == "");
  CHECK(root.unset("b"));
  const MetadataChange change = root.metadata();
  CHECK_FALSE(change.clear);
  CHECK(change.entries == Metadata{{"k", ""}, {"l", "v"}});
  CHECK_FALSE(reader.finish());

  ParamReader cleared;
  REQUIRE_FALSE(form(cleared, "metadata="));
  CHECK(cleared.root().metadata().clear);
}

TEST_CASE("metadata has bounds") {
  std::string many;
  for (int i = 0; i < 51; ++i) many += "metadata[k" + std::to_string(i) + "]=v&";
  for (const std::string& text : {many, "metadata[" + std::string(41, 'k') + "]=v", "metadata[k]=" + std::string(501, 'v'), std::string("metadata[k][l]=v")}) {
    ParamReader reader;
    REQUIRE_FALSE(form(reader, text));
    (void)reader.root().metadata();
    CHECK(reader.error);
  }
  ParamReader fits;
  REQUIRE_FALSE(form(fits, "metadata[" + std::string(40, 'k') + "]=" + std::string(500, 'v')));
  CHECK(fits.root().metadata().entries.size() == 1);
  CHECK_FALSE(fits.finish());
}

TEST_CASE("a form that no form is refused") {
  for (const char* text : {"a=%4", "a=%zz", "a[b=1", "a]b[=1", "[a]=1", "a[b]c=1", "a=1&a=2", "a=1&a[b]=2", "a[b]=2&a=1", "a=\xff", "%ff=1", "a=%00",
                           "a[][b]=1", "a[b][c][d][e][f][g][h][i]=1"}) {
    CAPTURE(text);
    ParamReader reader;
    const auto error = form(reader, text);
    CHECK(error);
  }
  ParamReader deep;
  CHECK_FALSE(form(deep, "a[b][c][d][e][f][g][h]=1"));
  std::string many;
  for (std::size_t i = 0; i <= params_max; ++i) many += "p" + std::to_string(i) + "=1&";
  ParamReader reader;
  CHECK(form(reader, many));
}

TEST_CASE("a JSON body that is none is refused") {
  for (const char* text : {"", "[1]", "1", "{", R"({"a":1.5})", R"({"a":1e3})", R"({"a":1,"a":2})", R"({"a[b]":1})", R"({"":1})", R"({"a":1} x)",
                           "{\"a\":\"\xff\"}", R"({"a":"\u0000"})", R"({"a":{"b":{"c":{"d":{"e":{"f":{"g":{"h":{"i":1}}}}}}}}})"}) {
    CAPTURE(text);
    ParamReader reader;
    CHECK(json(reader, text));
  }
  ParamReader reader;
  REQUIRE_FALSE(json(reader, R"({"amount":-5,"big":18446744073709551615,"text":"\u00e9\ud83d\ude00","flag":false})"));
  CHECK(reader.root().integer("amount", -10, 10) == -5);
  CHECK(reader.root().text("big") == "18446744073709551615");
  CHECK(reader.root().text("text") == "\xc3\xa9\xf0\x9f\x98\x80");
  CHECK(reader.root().boolean("flag") == false);
}

TEST_CASE("JSON is read to the letter") {
  for (const char* text : {R"({"a":01})", R"({"a":-})", R"({"a":+1})", R"({"a":.5})", R"({"a":1.})", R"({"a":1e})", R"({"a":0x1})", R"({"a":NaN})", R"({"a":tru})",
                           R"({"a":nullx})", R"({"a":1,})", R"({,"a":1})", R"({"a":[1,]})", R"({"a":[,1]})", R"({"a":[1 2]})", R"({"a" 1})", R"({"a":})", R"({a:1})",
                           R"({"a":'b'})", R"({"a":"b})", R"({"a":"\x"})", R"({"a":"\u12g4"})", R"({"a":"\u12"})", R"({"a":"\ud800"})", R"({"a":"\ud800\u0041"})",
                           R"({"a":"\udc00"})", "{\"a\":\"\n\"}", R"({"a":1]})", R"({"a":[1}})", R"({"a":1}})", R"({"a":{}"b":1})", "{\"a\":\"\xed\xa0\x80\"}", "\xef\xbb{}",
                           R"({"a":18446744073709551616})", R"({"a":-9223372036854775809})", R"({"a":"b",})", R"(  )", R"("a")", R"({"a":1}{})", R"({"a\u005b":1})"}) {
    CAPTURE(text);
    ParamReader reader;
    CHECK(json(reader, text));
  }
  ParamReader reader;
  REQUIRE_FALSE(json(reader, "\xef\xbb\xbf \t\r\n{ \"a\" : [ 1 , -0 , { \"b\" : { } , \"c\" : null } , [ ] ] , \"d\" : \"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00DF\\u20ac\" } "));
  const ParamTree& tree = reader.tree;
  const uint32_t list = tree.find(ParamTree::root, "a");
  CHECK(tree.node(tree.find(list, "0")).value == "1");
  CHECK(tree.node(tree.find(list, "1")).value == "0");
  const uint32_t object = tree.find(list, "2");
  CHECK(tree.node(tree.find(object, "b")).first_child == 0);
  CHECK(tree.node(tree.find(object, "c")).value.empty());
  CHECK(tree.node(tree.find(list, "3")).kind == ParamTree::Kind::branch);
  CHECK(reader.root().text("d") == "\"\\/\b\f\n\r\tA\xc3\x9f\xe2\x82\xac");
  ParamReader empty;
  CHECK_FALSE(json(empty, "{}"));
  ParamReader more;
  CHECK(json(more, std::string_view("{}\0{", 4)));  // a zero byte ends nothing
  ParamReader inexact;
  CHECK(json(inexact, R"({"list":[{"amount":1.0}]})")->param == "list[0][amount]");
}
