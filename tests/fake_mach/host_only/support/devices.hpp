// The host device by itself, in the terms of tests/support/devices.hpp.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "geyser/host.hpp"

namespace geyser::test {

struct DeviceEntry {
  std::string key;
};
inline void select_drivers() {}
[[nodiscard]] inline const std::vector<DeviceEntry>& devices() {
  static const std::vector<DeviceEntry> host = {{"host"}};
  return host;
}
[[nodiscard]] inline const DeviceEntry* find_device(std::string_view key) { return key == "host" ? devices().data() : nullptr; }

[[nodiscard]] inline Result<Capabilities> capabilities_of(const DeviceEntry&) {
  auto manager = host::create_manager();
  if (!manager) return std::move(manager).error();
  return manager->capabilities();
}

class Participant {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Participant>> open(const DeviceEntry&) {
    auto manager = host::create_manager();
    if (!manager) return std::move(manager).error();
    auto participant = std::make_unique<Participant>();
    participant->manager_.emplace(std::move(*manager));
    return participant;
  }
  [[nodiscard]] TextureShareManager& manager() noexcept { return *manager_; }

 private:
  std::optional<TextureShareManager> manager_;
};

/// The host has no validation layer.
class Quiet {
 public:
  explicit Quiet(const std::vector<const Participant*>&) {}
  ~Quiet() {}  // NOLINT(modernize-use-equals-default): a guard that is only made is used
};

}  // namespace geyser::test
