#include "tollgate/audit/verify.h"

namespace tollgate::audit {

namespace {

struct Words {
  const char* sentence;
  const char* unit;
};
constexpr Words words[check_count] = {
    {"each record follows from the one before: sequence, hash, epoch, time", "records"},
    {"each record decodes, with no unknown field, event or value", "records"},
    {"each partition ends where the log says that it does", "partitions"},
    {"partners: only legal changes", "records"},
    {"admin users, tokens, approvals: only legal changes; nobody approved their own request", "records"},
    {"no entity of one partner refers to another's; each stays in its partition", "references"},
    {"test and live never mix", "records"},
    {"who asked: the API key was the partner's, of that mode", "commands"},
    {"only legal transitions; terminal states absorb", "records"},
    {"captured <= authorized", "captures"},
    {"refunded <= captured", "refunds"},
    {"postings sum to zero per currency, and are those of their movement", "postings"},
    {"every partner's books sum to zero; pending funds add up", "books"},
    {"at most one open authorization attempt per payment", "operations"},
    {"acquirer references are unique", "references"},
    {"one result per (partner, mode, idempotency key), and its row tells it", "keys"},
    {"state == fold(log), byte for byte: payments, customers, methods, setups, partners, books", "rows"},
    {"the rows of lists are those of the events", "rows"},
    {"the timers are those that are due to come", "rows"},
    {"what is in doubt is with the resolver", "rows"},
    {"recovery begins early enough", "partitions"},
};

}  // namespace

const char* sentence_of(Check check) { return words[static_cast<std::size_t>(check)].sentence; }
const char* unit_of(Check check) { return words[static_cast<std::size_t>(check)].unit; }

}  // namespace tollgate::audit
