// Aligned columns for people.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "tools/common/terminal.hpp"

namespace geyser::tools {

struct Cell {
  Cell(std::string value, Tint color = Tint::plain) : text(std::move(value)), tint(color) {}  // NOLINT(google-explicit-constructor)
  Cell(const char* value, Tint color = Tint::plain) : text(value), tint(color) {}             // NOLINT(google-explicit-constructor)
  std::string text;
  Tint tint;
};

/// Columns are as wide as their widest cell, two spaces apart; the last one is not padded.
class Table {
 public:
  struct Column {
    std::string title;
    bool right = false;
  };
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  /// Missing cells are empty; more cells than columns are dropped.
  void add(std::vector<Cell> row);
  [[nodiscard]] bool empty() const noexcept { return rows_.empty(); }
  /// `indent`: spaces before each line.
  void print(std::ostream& out, bool color, std::size_t indent = 0) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace geyser::tools
