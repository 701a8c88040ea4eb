// Textures of Direct3D 11 behind an IDXGIKeyedMutex. Never run: no driver at hand has VK_KHR_win32_keyed_mutex.
#include <algorithm>
#include <limits>

#include "backends/vulkan/manager.hpp"
#include "core/guard.hpp"
#include "core/message.hpp"

namespace geyser::vulkan {

using detail::text;

std::optional<KeyedMutex> Texture::keyed_mutex() const {
  const std::lock_guard lock(keys_mutex_);
  return keys_;
}

void Texture::set_keyed_mutex(const std::optional<KeyedMutex>& keys) {
  const std::lock_guard lock(keys_mutex_);
  keys_ = keys;
}

Result<void> set_keyed_mutex(const SharedTexture& texture, const std::optional<KeyedMutex>& keys) {
  return detail::guard([&]() -> Result<void> {
    auto own = vulkan_texture(texture);
    if (!own) return std::move(own).error();
    Texture& t = **own;
    if (t.handle_type() != MemoryHandleType::d3d11_texture || !t.imported()) {
      return Error(Errc::unsupported_handle, text("The texture is ", t.imported() ? "an imported " : "this device's own ",
                                                  to_string(t.handle_type()), "; only an imported d3d11_texture has a keyed mutex."));
    }
    if (!t.context->features.keyed_mutex) {
      return Error(Errc::unsupported_feature,
                   "The device was made without VK_KHR_win32_keyed_mutex; enable it, or guard the texture with a fence instead.");
    }
    constexpr std::int64_t longest = std::numeric_limits<std::uint32_t>::max() - 1;  // the last one means "for ever" to Direct3D
    if (keys && (keys->timeout.count() < 0 || keys->timeout.count() > longest)) {
      return Error(Errc::invalid_argument, text("KeyedMutex::timeout is ", keys->timeout.count(), " ms; allowed are 0 to ", longest, "."));
    }
    t.set_keyed_mutex(keys);
    return {};
  });
}

void collect_keyed_mutexes(std::span<Access* const> accesses, SubmitParts parts, SubmitArrays& arrays) {
  arrays.keyed_memories.clear();
  arrays.acquire_keys.clear();
  arrays.acquire_timeouts.clear();
  arrays.released_memories.clear();
  arrays.release_keys.clear();
  for (Access* access : accesses) {
    const auto& texture = static_cast<const Texture&>(*detail::Private::contents(*access));
    if (texture.handle_type() != MemoryHandleType::d3d11_texture) continue;
    const auto keys = texture.keyed_mutex();
    const auto memory = static_cast<VkDeviceMemory>(texture.memory);
    const auto repeated = [memory](const auto& list) { return std::find(list.begin(), list.end(), memory) != list.end(); };
    if (!keys) continue;
    if (parts.waits && !repeated(arrays.keyed_memories)) {
      arrays.keyed_memories.push_back(memory);
      arrays.acquire_keys.push_back(keys->acquire_key);
      arrays.acquire_timeouts.push_back(static_cast<std::uint32_t>(keys->timeout.count()));
    }
    if (parts.signals && !repeated(arrays.released_memories)) {
      arrays.released_memories.push_back(memory);
      arrays.release_keys.push_back(keys->release_key);
    }
  }
}

}  // namespace geyser::vulkan
