#include <algorithm>

#include "core/format_table.hpp"

namespace geyser {

const FormatInfo* format_info(TextureFormat format) noexcept {
  const auto number = static_cast<std::size_t>(format);
  if (number == 0 || number > format_count) return nullptr;
  return &detail::format_table()[number - 1];
}

std::span<const FormatInfo> all_formats() noexcept { return detail::format_table(); }

std::optional<TextureFormat> format_from_name(std::string_view name) noexcept {
  if (name.empty()) return std::nullopt;  // formats that WebGPU lacks have an empty name there
  const auto rows = detail::format_table();
  const auto row = std::ranges::find_if(rows, [name](const FormatInfo& info) { return info.name == name || info.webgpu == name; });
  if (row == rows.end()) return std::nullopt;
  return row->format;
}

std::string_view to_string(TextureFormat format) noexcept {
  if (format == TextureFormat::undefined) return "undefined";
  const FormatInfo* info = format_info(format);
  return info != nullptr ? info->name : "unknown";
}

}  // namespace geyser
