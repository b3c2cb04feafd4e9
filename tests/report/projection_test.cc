#include "report/projection.h"

#include "eventlog/backends.h"
#include "projection/world.h"
#include "tollgate/eventlog/keys.h"
#include "tollgate/partner/partner.h"
#include "tollgate/record/wire.h"

namespace tollgate::report {
namespace {

using testing::TempDir;
using testing::World;

constexpr int64_t last_day_there_is = 100'000;
const Query everything{.partner = {}, .partner_name = {}, .first_day = 0, .last_day = last_day_there_is, .mode = {}};

// What the log comes to, read from its beginning.
std::vector<Row> from_the_log(const EventLog& log, PartnerId partner = {}) {
  Query query;
  query.partner = partner;
  auto report = report_from_log(log, query, day_text(20'000), day_text(23'000));
  INFO(report.status().ToString());
  REQUIRE(report.ok());
  return report->rows;
}

bool same(const std::vector<Row>& a, const std::vector<Row>& b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](const Row& one, const Row& other) {
           return one.day == other.day && one.mode == other.mode && one.currency == other.currency && one.figures == other.figures;
         });
}

// Opened as a node's start does, closed as its end.
struct Node {
  const EventLog& log;
  std::string directory;
  uint64_t batch_records_max = 16'384;
  std::vector<std::string> said = {};
  std::unique_ptr<Projection> projection = {};

  Projection& open() {
    projection.reset();
    auto store = Store::open(directory);
    INFO(store.status().ToString());
    REQUIRE(store.ok());
    auto opened = Projection::open(*std::move(store), log, batch_records_max, [this](const std::string& what) { said.push_back(what); });
    INFO(opened.status().ToString());
    REQUIRE(opened.ok());
    projection = *std::move(opened);
    return *projection;
  }
  void follow() const { REQUIRE(projection->follow([] { return true; }).ok()); }
  // Until it is served. Gives how many batches it took.
  int build() const {
    if (projection->generations().building == 0) REQUIRE(projection->begin_build().ok());
    int steps = 0;
    for (; projection->generations().building != 0; ++steps) REQUIRE(projection->build_on().ok());
    return steps;
  }
  [[nodiscard]] Picture picture(Query query = everything) const {
    auto picture = projection->store().picture(query);
    INFO(picture.status().ToString());
    REQUIRE(picture.ok());
    return *std::move(picture);
  }
  [[nodiscard]] std::vector<Row> rows() const { return picture().rows; }
};

void add_partner(World& world, PartnerId id) {
  Partner partner;
  partner.id = id;
  const std::vector<tollgate::Row> rows{{Table::partners, keys::partner(id), wire::encode(partner)}};
  REQUIRE(world.log().append({}, rows).ok());
}

void some_payments(World& world, int count) {
  for (int i = 0; i < count; ++i) {
    const PaymentId paid = world.paid(1'000 + i);
    if (i % 3 == 0) static_cast<void>(world.refund(paid, 100 + i));
    static_cast<void>(world.declined(500));
    world.capture(world.authorized(700), 300, false);
    static_cast<void>(world.created(50));
    if (i % 5 == 4) world.wait(us_per_day);
  }
}

}  // namespace

TEST_CASE("Figures follow the log from where they were, over any number of restarts") {
  World world;
  TempDir dir;
  Node node{world.log(), dir.path() + "/reports"};
  some_payments(world, 10);
  node.open();
  CHECK(node.build() > 0);
  CHECK(same(node.rows(), from_the_log(world.log())));
  for (int round = 0; round < 4; ++round) {
    some_payments(world, 7);
    if (round % 2 == 1) node.open();
    node.follow();
    CHECK(same(node.rows(), from_the_log(world.log())));
    CHECK(node.picture().positions.at(1).sequence == world.log().head(1)->sequence);
  }
  CHECK(node.said.empty());
  CHECK(node.rows().size() >= 7);
}

TEST_CASE("Batches of any size come to the same figures") {
  World world;
  some_payments(world, 12);
  const std::vector<Row> expected = from_the_log(world.log());
  for (const uint64_t batch_records_max : {1, 2, 3, 7, 64, 100'000}) {
    TempDir dir;
    Node node{world.log(), dir.path() + "/reports", batch_records_max};
    node.open();
    node.build();
    INFO("batches of " << batch_records_max);
    CHECK(same(node.rows(), expected));
  }
}

TEST_CASE("A partner's figures are its own, and all partners' are their sum") {
  World world;
  TempDir dir;
  add_partner(world, PartnerId{1});
  add_partner(world, PartnerId{2});
  some_payments(world, 3);
  world.switch_to(PartnerId{2}, Mode::live);
  some_payments(world, 4);
  Node node{world.log(), dir.path() + "/reports"};
  node.open();
  node.build();
  for (const uint64_t partner : {1, 2}) {
    Query query = everything;
    query.partner = PartnerId{partner};
    const std::vector<Row> rows = node.picture(query).rows;
    CHECK(same(rows, from_the_log(world.log(), PartnerId{partner})));
    REQUIRE_FALSE(rows.empty());
    for (const Row& row : rows) CHECK(row.mode == (partner == 1 ? Mode::test : Mode::live));
  }
  Query live = everything;
  live.mode = Mode::live;
  Figures all, of_second;
  for (const Row& row : node.picture(live).rows) REQUIRE(add(all, row.figures));
  live.partner = PartnerId{2};
  for (const Row& row : node.picture(live).rows) REQUIRE(add(of_second, row.figures));
  CHECK(all == of_second);
  CHECK(all.created == 16);
}

TEST_CASE("Only the days that are asked for are given") {
  World world;
  TempDir dir;
  some_payments(world, 20);
  Node node{world.log(), dir.path() + "/reports"};
  node.open();
  node.build();
  const std::vector<Row> all = node.rows();
  REQUIRE(all.size() >= 4);
  Query query = everything;
  query.first_day = all[1].day;
  query.last_day = all[2].day;
  const std::vector<Row> some = node.picture(query).rows;
  REQUIRE(some.size() == 2);
  CHECK(some[0].day == all[1].day);
  CHECK(some[1].day == all[2].day);
}

TEST_CASE("While figures are made again those of before are served and go on, then the new ones take their place at once") {
  World world;
  TempDir dir;
  some_payments(world, 10);
  Node node{world.log(), dir.path() + "/reports", 16};
  node.open();
  node.build();
  const uint32_t before = node.projection->generations().active;
  REQUIRE(node.projection->begin_build().ok());
  for (int step = 0; step < 3; ++step) {
    REQUIRE(node.projection->build_on().ok());
    some_payments(world, 1);
    node.follow();
    CHECK(node.picture().generations.active == before);
    CHECK(same(node.rows(), from_the_log(world.log())));
  }
  const auto built = node.projection->built();
  REQUIRE(built.ok());
  CHECK(built->records == 3 * 16);
  CHECK(built->of == world.log().head(1)->sequence);
  // A restart in between goes on with both.
  node.open();
  CHECK(node.projection->generations().building == before + 1);
  CHECK(node.build() > 3);
  CHECK(node.picture().generations.active == before + 1);
  CHECK(same(node.rows(), from_the_log(world.log())));
  // Nothing of the former is left.
  const auto left = node.projection->store().positions(before);
  REQUIRE(left.ok());
  CHECK(left->empty());
}

TEST_CASE("A build that is given up leaves the figures as they were") {
  World world;
  TempDir dir;
  some_payments(world, 10);
  Node node{world.log(), dir.path() + "/reports", 16};
  node.open();
  node.build();
  const std::vector<Row> before = node.rows();
  REQUIRE(node.projection->begin_build().ok());
  REQUIRE(node.projection->build_on().ok());
  REQUIRE(node.projection->give_up_build().ok());
  CHECK(same(node.rows(), before));
  node.build();
  CHECK(same(node.rows(), before));
}

TEST_CASE("Figures of another log are not taken for this one's") {
  World world, other;
  TempDir dir;
  other.wait(us_per_day);
  some_payments(world, 5);
  some_payments(other, 8);
  {
    Node node{world.log(), dir.path() + "/reports"};
    node.open();
    node.build();
  }
  SECTION("one that is longer") {
    Node node{other.log(), dir.path() + "/reports"};
    node.open();
    REQUIRE(node.said.size() == 1);
    CHECK(node.said[0].find("is not the one that was in the figures") != std::string::npos);
    CHECK(node.projection->generations().active == 0);
    node.build();
    CHECK(same(node.rows(), from_the_log(other.log())));
  }
  SECTION("one that ends sooner, as after a restore") {
    World shorter;
    some_payments(shorter, 2);
    Node node{shorter.log(), dir.path() + "/reports"};
    node.open();
    REQUIRE(node.said.size() == 1);
    CHECK(node.said[0].find("ends at record") != std::string::npos);
    node.build();
    CHECK(same(node.rows(), from_the_log(shorter.log())));
  }
  SECTION("the same one") {
    Node node{world.log(), dir.path() + "/reports"};
    node.open();
    CHECK(node.said.empty());
    CHECK(node.projection->generations().active != 0);
  }
}

TEST_CASE("Figures that were counted in another way are made again") {
  World world;
  TempDir dir;
  some_payments(world, 5);
  Node node{world.log(), dir.path() + "/reports"};
  node.open();
  node.build();
  const Generations were = node.projection->generations();
  node.projection.reset();
  {
    auto store = Store::open(node.directory);
    REQUIRE(store.ok());
    REQUIRE((*store)->set({fold_version + 1, were.active, 0, were.newest}).ok());
  }
  node.open();
  REQUIRE(node.said.size() == 1);
  CHECK(node.said[0].find("counts differently") != std::string::npos);
  CHECK(node.projection->generations().active == 0);
  node.build();
  CHECK(node.projection->generations().active > were.newest);
  CHECK(same(node.rows(), from_the_log(world.log())));
}

TEST_CASE("A database whose bytes are wrong is begun anew") {
  World world;
  TempDir dir;
  some_payments(world, 5);
  Node node{world.log(), dir.path() + "/reports"};
  node.open();
  node.build();
  node.projection.reset();
  for (const auto& file : std::filesystem::directory_iterator(node.directory))
    if (file.path().filename().string().starts_with("MANIFEST")) std::filesystem::resize_file(file.path(), 20);
  node.open();
  node.build();
  CHECK(same(node.rows(), from_the_log(world.log())));
}

TEST_CASE("Days are what people write") {
  CHECK(parse_day("1970-01-02") == 1);
  CHECK(day_text(1) == "1970-01-02");
  CHECK(day_text(*parse_day("2024-02-29")) == "2024-02-29");
  for (const char* wrong : {"", "today", "2025-02-29", "2025-6-15", "2025-06-15T12:00:00Z", "1969-12-31", "20250-01-1"}) {
    INFO(wrong);
    CHECK_FALSE(parse_day(wrong));
  }
  Query query;
  REQUIRE(set_days(query, "", "", 20'000).ok());
  CHECK(query.last_day == 20'000);
  CHECK(query.first_day == 20'000 - days_default + 1);
  REQUIRE(set_days(query, "2025-06-15", "2025-06-15", 20'000).ok());
  CHECK(query.first_day == query.last_day);
  CHECK_FALSE(set_days(query, "2025-06-15", "2025-06-14", 20'000).ok());
  CHECK_FALSE(set_days(query, "1975-06-15", "2025-06-14", 20'000).ok());
  CHECK_FALSE(set_days(query, "yesterday", "", 20'000).ok());
  CHECK_FALSE(set_mode(query, "both").ok());
}

}  // namespace tollgate::report
