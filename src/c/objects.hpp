// What the opaque types of the core hold, and the way between C's structs and the library's.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "c/support.hpp"
#include "geyser/frame.hpp"
#include "geyser/manager.hpp"
#include "geyser/pool.hpp"

struct geyser_manager {
  geyser::TextureShareManager manager;
};
struct geyser_semaphore {
  geyser::SharedSemaphore semaphore;
  bool borrowed = false;
};
struct geyser_texture {
  std::optional<geyser::SharedTexture> own;
  std::optional<geyser::PooledTexture> loan;
  geyser::SharedTexture* it = nullptr;  // own, the loan's, or a frame's
  bool borrowed = false;
};
struct geyser_texture_handle {
  geyser::TextureHandle handle;
};
struct geyser_semaphore_handle {
  geyser::SemaphoreHandle handle;
};
struct geyser_texture_state {
  geyser::TextureState state;
  std::vector<geyser_semaphore> semaphores;  // of state.points, made with it: reading it needs no lock
};
struct geyser_access {
  std::optional<geyser::Access> own;
  geyser::Access* it = nullptr;  // own, or a frame's; null once the frame is gone
  bool borrowed = false;
  std::deque<geyser_semaphore> semaphores;  // what was asked for, in order; addresses stay
  std::optional<geyser_semaphore> signal;
};

namespace geyser::c {

/// A texture as an argument: those of frames that are gone are refused.
[[nodiscard]] Result<SharedTexture*> live_texture(const geyser_texture* texture);
/// An access as an argument: null and used up ones are refused.
[[nodiscard]] Result<Access*> open_access(const geyser_access* access);
[[nodiscard]] Result<std::vector<Access*>> open_accesses(geyser_access* const* accesses, std::uint32_t count);

[[nodiscard]] geyser_manager* wrap(TextureShareManager&& manager);
[[nodiscard]] geyser_texture* wrap(SharedTexture&& texture);
[[nodiscard]] geyser_semaphore* wrap(SharedSemaphore&& semaphore);
[[nodiscard]] geyser_texture_handle* wrap(TextureHandle&& handle);
[[nodiscard]] geyser_semaphore_handle* wrap(SemaphoreHandle&& handle);
[[nodiscard]] geyser_texture_state* wrap(TextureState&& state);

[[nodiscard]] Result<TextureDescriptor> to_descriptor(const geyser_texture_descriptor* given, const char* name);
[[nodiscard]] geyser_texture_descriptor from_descriptor(const TextureDescriptor& descriptor);
[[nodiscard]] Result<TextureRegion> to_region(const geyser_texture_region* given);
[[nodiscard]] geyser_extent from_extent(const Extent3D& extent) noexcept;
[[nodiscard]] Result<ColorInfo> to_color(const geyser_color_info& color);
[[nodiscard]] geyser_color_info from_color(const ColorInfo& color) noexcept;
[[nodiscard]] Result<DeviceIdentity> to_identity(const geyser_device_identity* given, const char* name);
[[nodiscard]] geyser_device_identity from_identity(const DeviceIdentity& identity);
[[nodiscard]] Uuid to_uuid(const geyser_uuid& uuid) noexcept;
[[nodiscard]] geyser_uuid from_uuid(const Uuid& uuid) noexcept;
[[nodiscard]] PciAddress to_pci(const geyser_pci_address& address) noexcept;
[[nodiscard]] geyser_pci_address from_pci(const PciAddress& address) noexcept;
[[nodiscard]] Result<std::vector<SyncPoint>> to_points(const geyser_sync_point* points, std::uint32_t count, const char* name);

/// An AccessInfo with the points that its span looks at.
struct AccessArguments {
  std::vector<SyncPoint> waits;
  AccessInfo info;
};
[[nodiscard]] Result<AccessArguments> to_access_info(const geyser_access_info* given);

/// A layout to release in: undefined stands for general.
[[nodiscard]] Result<TextureLayout> to_release_layout(geyser_layout layout);

/// Takes `value` when it is an open descriptor; on failure it stays the caller's.
[[nodiscard]] Result<OsHandle> take_os_handle(geyser_os_handle value, bool may_be_none);

}  // namespace geyser::c
