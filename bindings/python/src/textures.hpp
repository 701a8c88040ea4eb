// What Python holds: textures, semaphores, handles, accesses.
#pragma once

#include "common.hpp"
#include "open_access.hpp"

namespace geyser::python {

struct PyTexture {
  std::shared_ptr<Texture> state;
  [[nodiscard]] const std::shared_ptr<Texture>& get() const { return held(state, "texture"); }
};

struct PySemaphore {
  std::shared_ptr<Manager> manager;
  SharedSemaphore semaphore;
};

struct PyTextureHandle {
  std::shared_ptr<TextureHandle> state;
  [[nodiscard]] const std::shared_ptr<TextureHandle>& get() const { return held(state, "texture handle"); }
};
struct PySemaphoreHandle {
  std::shared_ptr<SemaphoreHandle> state;
  [[nodiscard]] const std::shared_ptr<SemaphoreHandle>& get() const { return held(state, "semaphore handle"); }
};

/// AccessInfo as keyword arguments say it: points are of semaphores of the same manager.
struct AccessArguments {
  std::vector<SyncPoint> wait_for;
  std::optional<TextureState> state;
  std::optional<SyncPoint> signal;
  [[nodiscard]] AccessInfo info() const { return {state, wait_for, signal}; }
};

}  // namespace geyser::python
