// A scenario is run once to count its Vulkan calls that can fail, and then once more for each of them, which fails.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "fake_vulkan/world.hpp"

namespace fake_vulkan {

struct Scenario {
  std::string name;
  Config config;
  std::function<void(World&)> prepare;
  std::function<geyser::Result<void>(World&)> act;
  /// Called after every failure: what the caller gave is still the caller's.
  std::function<void(World&)> still_owned = {};
  /// Functions that the library may do without: act() may succeed although they failed, and so may name another call in its error.
  std::set<std::string> optional = {};
  /// Types of objects that the library keeps for its next call, although this one failed.
  std::set<std::string> kept = {};
  /// Functions whose failure leaves a signal used up: act() then fails cleanly until `renew`, where there is one, has made another.
  std::set<std::string> consuming = {};
  std::function<void(World&)> renew = {};
};

[[nodiscard]] std::vector<Scenario> device_scenarios();
[[nodiscard]] std::vector<Scenario> texture_scenarios();
[[nodiscard]] std::vector<Scenario> transfer_scenarios();
[[nodiscard]] std::vector<Scenario> sync_scenarios();

/// Calls `act` and gives what it made to `slot` only when it succeeds.
template <class T, class Slot>
geyser::Result<void> keep(Slot& slot, geyser::Result<T> made) {
  if (!made) return std::move(made).error();
  slot = *std::move(made);
  return {};
}

}  // namespace fake_vulkan
