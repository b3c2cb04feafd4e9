// The partners and the operator: they send requests, lose replies, send again, and remember every answer that ever left the node. What
// was answered must stay so: across crashes, and word for word when the same request is sent again.
#pragma once
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "simulator/disk.h"
#include "simulator/node.h"
#include "simulator/wishes.h"

namespace tollgate::sim {

class Partners final : public ResultSink {
 public:
  Partners(World& world, Disk& disk, Node& node);

  // Makes the partners; the node must be up.
  void begin();
  // One thing that somebody does.
  void act();
  // The operator undoes what would keep the node from ever finishing: live acquirers are configured again.
  void restore_partners();
  // Sends what has no answer yet, and returns how many that are.
  std::size_t send_unsettled();
  // Sends every request that has a key once more: the answers must be the first ones.
  void send_all_again();
  // After a start of the node: what was acknowledged is there.
  void check_acknowledged();

  void deliver(std::vector<Item> items) override;
  [[nodiscard]] uint64_t answers() const { return answers_; }

 private:
  // The one result that a key has.
  struct Answer {
    std::string fingerprint;  // of the request that got it; empty: not known yet
    std::string row_key;
    std::string payload;
    bool given = false;
    uint64_t by_wish = 0;
    std::string_view name;
  };
  struct Member {
    Stream stream;
    Belongings has;
  };

  void add(Wish wish);
  void send(std::size_t place);
  void submit(std::size_t place);
  [[nodiscard]] Command command_of(const Wish& wish);
  void on_result(std::size_t place, CommandResult result);
  void on_answer(Wish& wish, const CommandResult& result);
  void on_replay(Wish& wish, CommandResult result);
  void on_mismatch(Wish& wish, const CommandResult& result);
  void compare_with_first(Wish& wish, Answer& answer, std::string payload, const char* how);
  void learn(const Wish& wish, const CommandResult& result);
  void retry_later(std::size_t place);
  [[nodiscard]] Answer& answer_of(const Wish& wish);
  [[nodiscard]] const Stream* stream_of(const Wish& wish) const;

  World& world_;
  Disk& disk_;
  Node& node_;
  Choice choice_;
  Wishes wishes_;
  SeededRandom id_random_;
  IdSource ids_;
  std::vector<Member> members_;
  std::vector<PartnerId> partners_;
  std::vector<Wish> all_;
  std::unordered_map<std::string, Answer> answers_by_key_;
  // Every payment that an answer has shown, and its last record then.
  std::map<std::pair<std::size_t, PaymentId>, uint64_t> shown_;
  uint64_t answers_ = 0;
};

}  // namespace tollgate::sim
