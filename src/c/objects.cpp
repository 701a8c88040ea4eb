#include "c/objects.hpp"

#include <algorithm>

namespace geyser::c {

using detail::text;

Result<SharedTexture*> live_texture(const geyser_texture* texture) {
  if (texture->it == nullptr) {
    return Error(Errc::invalid_state,
                 "This texture is gone: the frame that it belonged to was published or released; begin another frame.");
  }
  return texture->it;
}
Result<Access*> open_access(const geyser_access* access) {
  if (access == nullptr) return invalid("An access is null; every one of them must be open.");
  if (access->it == nullptr) {
    return Error(Errc::invalid_state, "This access is over: the frame that it belonged to was published or released; begin another frame.");
  }
  return access->it;
}
Result<std::vector<Access*>> open_accesses(geyser_access* const* accesses, std::uint32_t count) {
  GEYSER_CHECK(check_array(accesses, count, "accesses"));
  std::vector<Access*> all;
  all.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    GEYSER_TAKE(access, open_access(accesses[i]));
    all.push_back(access);
  }
  return all;
}

geyser_manager* wrap(TextureShareManager&& manager) { return new geyser_manager{std::move(manager)}; }
geyser_texture* wrap(SharedTexture&& texture) {
  auto* wrapped = new geyser_texture{};
  wrapped->own.emplace(std::move(texture));
  wrapped->it = &*wrapped->own;
  return wrapped;
}
geyser_semaphore* wrap(SharedSemaphore&& semaphore) { return new geyser_semaphore{std::move(semaphore), false}; }
geyser_texture_handle* wrap(TextureHandle&& handle) { return new geyser_texture_handle{std::move(handle)}; }
geyser_semaphore_handle* wrap(SemaphoreHandle&& handle) { return new geyser_semaphore_handle{std::move(handle)}; }
geyser_texture_state* wrap(TextureState&& state) {
  auto wrapped = std::make_unique<geyser_texture_state>(geyser_texture_state{std::move(state), {}});
  wrapped->semaphores.reserve(wrapped->state.points.size());
  for (const SyncPoint& point : wrapped->state.points) wrapped->semaphores.push_back({point.semaphore, true});
  return wrapped.release();
}

Result<ColorInfo> to_color(const geyser_color_info& color) {
  ColorInfo info;
  if (color.primaries != 0) {
    GEYSER_TAKE(primaries, narrow<ColorPrimaries>(color.primaries, "color.primaries"));
    info.primaries = primaries;
  }
  if (color.transfer != 0) {
    GEYSER_TAKE(transfer, narrow<TransferFunction>(color.transfer, "color.transfer"));
    info.transfer = transfer;
  }
  GEYSER_TAKE(range, enumerator(color.range, ColorRange::limited, "color.range"));
  GEYSER_TAKE(alpha, enumerator(color.alpha, AlphaMode::ignored, "color.alpha"));
  info.range = range;
  info.alpha = alpha;
  return info;
}
geyser_color_info from_color(const ColorInfo& color) noexcept {
  return {static_cast<std::uint32_t>(color.primaries), static_cast<std::uint32_t>(color.transfer), static_cast<std::uint32_t>(color.range),
          static_cast<std::uint32_t>(color.alpha)};
}

Result<TextureDescriptor> to_descriptor(const geyser_texture_descriptor* given, const char* name) {
  GEYSER_TAKE(from, read(given, name));
  TextureDescriptor descriptor;
  GEYSER_TAKE(dimension, enumerator(from.dimension, TextureDimension::d3, "descriptor->dimension"));
  GEYSER_TAKE(format, narrow<TextureFormat>(from.format, "descriptor->format"));
  GEYSER_TAKE(color, to_color(from.color));
  const bool cube = dimension == TextureDimension::cube || dimension == TextureDimension::cube_array;
  descriptor.dimension = dimension;
  descriptor.extent = {from.extent.width, from.extent.height, from.extent.depth != 0 ? from.extent.depth : 1};
  descriptor.mip_levels = from.mip_levels != 0 ? from.mip_levels : 1;
  descriptor.array_layers = from.array_layers != 0 ? from.array_layers : (cube ? 6 : 1);
  descriptor.format = format;
  if (from.usage != 0) descriptor.usage = static_cast<TextureUsage>(from.usage);
  descriptor.color = color;
  descriptor.label = or_empty(from.label);
  return descriptor;
}
geyser_texture_descriptor from_descriptor(const TextureDescriptor& descriptor) {
  geyser_texture_descriptor to{};
  to.dimension = static_cast<geyser_dimension>(descriptor.dimension);
  to.extent = from_extent(descriptor.extent);
  to.mip_levels = descriptor.mip_levels;
  to.array_layers = descriptor.array_layers;
  to.format = static_cast<geyser_format>(descriptor.format);
  to.usage = static_cast<geyser_usage>(descriptor.usage);
  to.color = from_color(descriptor.color);
  to.label = descriptor.label.c_str();
  return to;
}

Result<TextureRegion> to_region(const geyser_texture_region* given) {
  GEYSER_TAKE(from, read_or_default(given, "region"));
  TextureRegion region{.mip_level = from.mip_level, .array_layer = from.array_layer, .plane = from.plane};
  region.offset = {from.offset.x, from.offset.y, from.offset.z};
  if (from.extent.width != 0 || from.extent.height != 0 || from.extent.depth != 0) {
    region.extent = Extent3D{from.extent.width, from.extent.height, from.extent.depth != 0 ? from.extent.depth : 1};
  }
  return region;
}
geyser_extent from_extent(const Extent3D& extent) noexcept { return {extent.width, extent.height, extent.depth}; }

Uuid to_uuid(const geyser_uuid& uuid) noexcept {
  Uuid to;
  std::ranges::copy(uuid.bytes, to.bytes.begin());
  return to;
}
geyser_uuid from_uuid(const Uuid& uuid) noexcept {
  geyser_uuid to{};
  std::ranges::copy(uuid.bytes, to.bytes);
  return to;
}
PciAddress to_pci(const geyser_pci_address& address) noexcept { return {address.domain, address.bus, address.device, address.function}; }
geyser_pci_address from_pci(const PciAddress& address) noexcept { return {address.domain, address.bus, address.device, address.function}; }

namespace {

/// The text of an array that may lack its zero byte.
template <std::size_t N>
[[nodiscard]] std::string text_of(const char (&array)[N]) {
  return {array, static_cast<std::size_t>(std::ranges::find(array, '\0') - array)};
}
template <std::size_t N>
void text_to(std::string_view from, char (&array)[N]) noexcept {
  const std::size_t fits = std::min(from.size(), N - 1);
  from.copy(array, fits);
  array[fits] = '\0';
}

}  // namespace

Result<DeviceIdentity> to_identity(const geyser_device_identity* given, const char* name) {
  GEYSER_TAKE(from, read(given, name));
  DeviceIdentity identity{.device_uuid = to_uuid(from.device_uuid), .driver_uuid = to_uuid(from.driver_uuid)};
  if (from.has_luid != 0) {
    identity.luid.emplace();
    std::ranges::copy(from.luid, identity.luid->begin());
  }
  if (from.has_pci != 0) identity.pci = to_pci(from.pci);
  identity.name = text_of(from.name);
  identity.driver = text_of(from.driver);
  return identity;
}
geyser_device_identity from_identity(const DeviceIdentity& identity) {
  geyser_device_identity to{};
  to.has_luid = flag(identity.luid.has_value());
  to.has_pci = flag(identity.pci.has_value());
  if (identity.luid) std::ranges::copy(*identity.luid, to.luid);
  if (identity.pci) to.pci = from_pci(*identity.pci);
  to.device_uuid = from_uuid(identity.device_uuid);
  to.driver_uuid = from_uuid(identity.driver_uuid);
  text_to(identity.name, to.name);
  text_to(identity.driver, to.driver);
  return to;
}

Result<std::vector<SyncPoint>> to_points(const geyser_sync_point* points, std::uint32_t count, const char* name) {
  GEYSER_CHECK(check_array(points, count, name));
  std::vector<SyncPoint> all;
  all.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (points[i].semaphore == nullptr) return invalid(text(name, "[", i, "].semaphore is null; a point names a semaphore and a value."));
    all.push_back({points[i].semaphore->semaphore, points[i].value});
  }
  return all;
}

Result<AccessArguments> to_access_info(const geyser_access_info* given) {
  GEYSER_TAKE(from, read_or_default(given, "info"));
  AccessArguments arguments;
  GEYSER_TAKE(waits, to_points(from.wait_for, from.wait_count, "info->wait_for"));
  arguments.waits = std::move(waits);
  arguments.info.wait_for = arguments.waits;  // a vector keeps its storage when it is moved
  if (from.state != nullptr) arguments.info.state = from.state->state;
  if (from.signal != nullptr) {
    GEYSER_TAKE(signal, to_points(from.signal, 1, "info->signal"));
    arguments.info.signal = signal.front();
  }
  return arguments;
}

Result<TextureLayout> to_release_layout(geyser_layout layout) {
  GEYSER_TAKE(released, enumerator(layout, TextureLayout::transfer_dst, "layout"));
  return released == TextureLayout::undefined ? TextureLayout::general : released;
}

Result<OsHandle> take_os_handle(geyser_os_handle value, bool may_be_none) {
  if (value < 0) {
    if (may_be_none && value == GEYSER_NO_OS_HANDLE) return OsHandle();
    return invalid(text("The OS handle is ", value, "; give one that is open."));
  }
  OsHandle handle(value);
  if (auto twin = handle.duplicate(); !twin) {  // closed, or never open
    static_cast<void>(handle.release());
    return std::move(twin).error();
  }
  return handle;
}

}  // namespace geyser::c
