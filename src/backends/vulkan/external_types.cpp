#include "backends/vulkan/external_types.hpp"

#include <algorithm>

#include "core/message.hpp"

namespace geyser::vulkan {

const MemoryRung* find_rung(MemoryHandleType type) noexcept {
  for (const auto& rung : memory_rungs()) {
    if (rung.type == type) return &rung;
  }
  return nullptr;
}

const SemaphoreRung* find_rung(SemaphoreKind kind, SemaphoreHandleType type) noexcept {
  for (const auto& rung : semaphore_rungs()) {
    if (rung.kind == kind && rung.type == type) return &rung;
  }
  return nullptr;
}

vk::ExternalMemoryHandleTypeFlagBits memory_handle_bit(MemoryHandleType type) noexcept {
  const auto* rung = find_rung(type);
  return rung == nullptr ? vk::ExternalMemoryHandleTypeFlagBits{} : rung->bit;
}

std::string known_memory_types() {
  const auto rungs = memory_rungs();
  std::string names;
  for (std::size_t i = 0; i < rungs.size(); ++i) {
    if (i != 0) names += i + 1 == rungs.size() ? " and " : ", ";
    names += to_string(rungs[i].type);
  }
  return names.empty() ? "none" : names;
}

bool lists(std::span<const char* const> extensions, std::string_view name) noexcept {
  return std::any_of(extensions.begin(), extensions.end(), [name](const char* each) { return each != nullptr && name == each; });
}

}  // namespace geyser::vulkan
