#include "tools/common/table.hpp"

#include <algorithm>
#include <ostream>

namespace geyser::tools {
namespace {

/// Columns on the screen: UTF-8 continuation bytes take none.
[[nodiscard]] std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

}  // namespace

void Table::add(std::vector<Cell> row) {
  row.resize(columns_.size(), Cell(""));
  rows_.push_back(std::move(row));
}

void Table::print(std::ostream& out, bool color, std::size_t indent) const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t widest = width_of(columns_[i].title);
    for (const auto& row : rows_) widest = std::max(widest, width_of(row[i].text));
    widths.push_back(widest);
  }
  const auto line = [&](const auto& cell_at) {
    std::string text(indent, ' ');
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const Cell& cell = cell_at(i);
      const std::string padding(widths[i] - width_of(cell.text), ' ');
      const bool last = i + 1 == columns_.size();
      text += (columns_[i].right ? padding : "") + tinted(cell.text, cell.tint, color) + (columns_[i].right || last ? "" : padding) +
              (last ? "" : "  ");
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out << text << '\n';
  };
  std::vector<Cell> titles;
  titles.reserve(columns_.size());
  for (const auto& column : columns_) titles.emplace_back(column.title, Tint::bold);
  line([&](std::size_t i) -> const Cell& { return titles[i]; });
  for (const auto& row : rows_) line([&](std::size_t i) -> const Cell& { return row[i]; });
}

}  // namespace geyser::tools
