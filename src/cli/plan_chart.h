// Charts of text: a column for each stretch of time, what was left out above what was served.
#pragma once
#include <string>
#include <vector>

#include "tollgate/plan/day.h"

namespace tollgate::cli {

struct Column {
  double solid = 0, open = 0;  // drawn as # and, on top, as x
};

// The highest column is `rows` lines high; times of day at the foot.
[[nodiscard]] std::string chart(const std::vector<Column>& columns, std::size_t rows, uint32_t from_s, uint32_t to_s);

// Of the seconds [from, to), in so many columns: the highest second of each.
[[nodiscard]] std::vector<Column> traffic_columns(const plan::Day& day, uint32_t from_s, uint32_t to_s, std::size_t count);
[[nodiscard]] std::vector<Column> waiting_columns(const plan::Day& day, uint32_t from_s, uint32_t to_s, std::size_t count);

}  // namespace tollgate::cli
