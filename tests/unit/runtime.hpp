// What the tests of the runtime directory share.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/runtime_directory.hpp"
#include "system.hpp"

namespace geyser::unit {

[[nodiscard]] inline std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }
[[nodiscard]] inline std::string text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
[[nodiscard]] inline platform::RuntimeDirectory directory(const Folder& folder) {
  auto opened = platform::RuntimeDirectory::open(folder.path());
  if (!opened) std::abort();
  return std::move(*opened);
}
[[nodiscard]] inline platform::HeldName held(const platform::RuntimeDirectory& directory, std::string_view name) {
  auto taken = directory.hold("stream", name);
  if (!taken) std::abort();
  return std::move(*taken);
}
[[nodiscard]] inline std::vector<std::string> live_names(const platform::RuntimeDirectory& directory, std::string_view kind = "stream") {
  std::vector<std::string> names;
  auto live = directory.live(kind);
  if (!live) return {live.error().describe()};
  for (const platform::LiveName& name : *live) names.push_back(name.name);
  return names;
}
[[nodiscard]] inline std::size_t files_in(const std::string& path) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path), {}));
}
/// What a reader finds announced; "-" for nobody.
[[nodiscard]] inline std::string announced(const platform::RuntimeDirectory& directory, std::string_view name) {
  const auto found = directory.find("stream", name);
  if (!found) return found.error().describe();
  return *found ? text_of((*found)->announcement) : "-";
}

}  // namespace geyser::unit
