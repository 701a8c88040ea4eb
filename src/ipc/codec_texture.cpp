// Devices, descriptors, and the handles of textures and semaphores.
#include <algorithm>
#include <type_traits>

#include "ipc/wire.hpp"

namespace geyser::ipc {
namespace {

template <class Wire, std::size_t size>
[[nodiscard]] Wire bytes_to_wire(const std::array<std::uint8_t, size>& bytes) {
  return Wire(flatbuffers::span<const std::uint8_t, size>(bytes.data(), size));
}

template <std::size_t size, class Wire>
[[nodiscard]] std::array<std::uint8_t, size> bytes_from_wire(const Wire& wire) {
  static_assert(std::is_same_v<decltype(wire.bytes()), const flatbuffers::Array<std::uint8_t, size>*>);
  std::array<std::uint8_t, size> bytes{};
  std::copy_n(wire.bytes()->data(), size, bytes.begin());
  return bytes;
}

}  // namespace

wire::Uuid encode(const Uuid& uuid) { return bytes_to_wire<wire::Uuid>(uuid.bytes); }

Uuid decode(Decoder& in, const Place& at, const wire::Uuid* uuid) {
  if (!in.present(at, uuid)) return {};
  return {bytes_from_wire<16>(*uuid)};
}

flatbuffers::Offset<wire::Device> encode(Encoder& out, const DeviceIdentity& device) {
  const wire::Uuid device_uuid = encode(device.device_uuid);
  const wire::Uuid driver_uuid = encode(device.driver_uuid);
  const wire::Luid luid = bytes_to_wire<wire::Luid>(device.luid.value_or(std::array<std::uint8_t, 8>{}));
  const PciAddress address = device.pci.value_or(PciAddress{});
  const wire::Pci pci(address.domain, address.bus, address.device, address.function);
  const auto name = out.text(device.name);
  const auto driver = out.text(device.driver);
  return wire::CreateDevice(out.builder, &device_uuid, &driver_uuid, device.luid ? &luid : nullptr, device.pci ? &pci : nullptr, name,
                            driver);
}

DeviceIdentity decode(Decoder& in, const Place& at, const wire::Device* device) {
  DeviceIdentity identity;
  if (!in.present(at, device)) return identity;
  identity.device_uuid = decode(in, Place{&at, "device_uuid"}, device->device_uuid());
  identity.driver_uuid = decode(in, Place{&at, "driver_uuid"}, device->driver_uuid());
  if (const wire::Luid* luid = device->luid()) identity.luid = bytes_from_wire<8>(*luid);
  if (const wire::Pci* pci = device->pci()) {
    in.within(Place{&at, "pci.bus"}, pci->bus(), 0U, 0xFFU);
    in.within(Place{&at, "pci.device"}, pci->device(), 0U, 0x1FU);
    in.within(Place{&at, "pci.function"}, pci->function(), 0U, 7U);
    identity.pci = PciAddress{pci->domain(), pci->bus(), pci->device(), pci->function()};
  }
  identity.name = in.text(Place{&at, "name"}, device->name());
  identity.driver = in.text(Place{&at, "driver"}, device->driver());
  return identity;
}

flatbuffers::Offset<wire::Descriptor> encode(Encoder& out, const TextureDescriptor& d) {
  out.check(validate(d));
  const wire::Extent extent(d.extent.width, d.extent.height, d.extent.depth);
  const wire::Color color(static_cast<std::uint8_t>(d.color.primaries), static_cast<std::uint8_t>(d.color.transfer),
                          static_cast<std::uint8_t>(d.color.range), static_cast<std::uint8_t>(d.color.alpha));
  const auto label = out.text(d.label);
  return wire::CreateDescriptor(out.builder, static_cast<std::uint8_t>(d.dimension), &extent, d.mip_levels, d.array_layers,
                                static_cast<std::uint16_t>(d.format), static_cast<std::uint32_t>(d.usage), &color, label);
}

TextureDescriptor decode(Decoder& in, const Place& at, const wire::Descriptor* wire) {
  TextureDescriptor d;
  if (!in.present(at, wire)) return d;
  d.dimension = static_cast<TextureDimension>(wire->dimension());  // validate() knows every enumerator
  const wire::Extent* extent = wire->extent();
  if (in.present(Place{&at, "extent"}, extent)) d.extent = {extent->width(), extent->height(), extent->depth()};
  d.mip_levels = wire->mip_levels();
  d.array_layers = wire->array_layers();
  d.format = static_cast<TextureFormat>(wire->format());
  d.usage = static_cast<TextureUsage>(wire->usage());
  const wire::Color* color = wire->color();
  if (in.present(Place{&at, "color"}, color)) {
    d.color = {static_cast<ColorPrimaries>(color->primaries()), static_cast<TransferFunction>(color->transfer()),
               static_cast<ColorRange>(color->range()), static_cast<AlphaMode>(color->alpha())};
  }
  d.label = in.text(Place{&at, "label"}, wire->label(), max_label_bytes);
  in.check(at, validate(d));
  return d;
}

flatbuffers::Offset<wire::Semaphore> encode(Encoder& out, const SemaphoreHandle& handle) {
  out.check(validate(handle));
  if (handle.handle) out.handles.push_back(handle.handle.borrow());
  const auto exporter = encode(out, handle.exporter);
  return wire::CreateSemaphore(out.builder, static_cast<std::uint8_t>(handle.kind), static_cast<std::uint8_t>(handle.type), exporter,
                               static_cast<bool>(handle.handle));
}

SemaphoreHandle decode(Decoder& in, const Place& at, const wire::Semaphore* wire) {
  SemaphoreHandle handle;
  if (!in.present(at, wire)) return handle;
  handle.kind = static_cast<SemaphoreKind>(wire->kind());  // validate() knows every enumerator
  handle.type = static_cast<SemaphoreHandleType>(wire->type());
  handle.exporter = decode(in, Place{&at, "exporter"}, wire->exporter());
  const std::uint64_t bytes = handle.type == SemaphoreHandleType::host_page ? 1 : 0;  // the importer knows how much it maps
  if (wire->has_handle()) handle.handle = in.take_memory(Place{&at, "handle"}, bytes);
  in.check(at, validate(handle));
  return handle;
}

flatbuffers::Offset<wire::Texture> encode(Encoder& out, const TextureHandle& handle) {
  const TextureHandleInfo& info = handle.info;
  out.check(validate(handle));
  unsigned mask = 0;
  for (std::size_t i = 0; i < max_memory_planes; ++i) {
    if (!handle.handles[i]) continue;
    mask |= 1U << i;
    out.handles.push_back(handle.handles[i].borrow());
  }
  const auto descriptor = encode(out, info.descriptor);
  const auto exporter = encode(out, info.exporter);
  std::vector<wire::Plane> planes;
  for (std::size_t i = 0; i < std::min<std::size_t>(info.memory_plane_count, max_memory_planes); ++i) {
    const MemoryPlane& plane = info.memory_planes[i];
    planes.emplace_back(plane.offset, plane.row_pitch, plane.handle_index);
  }
  const auto memory_planes = out.builder.CreateVectorOfStructs(planes);
  const auto ready = handle.ready_semaphore ? encode(out, *handle.ready_semaphore) : flatbuffers::Offset<wire::Semaphore>();

  wire::TextureBuilder texture(out.builder);
  texture.add_type(static_cast<std::uint8_t>(info.type));
  texture.add_descriptor(descriptor);
  texture.add_exporter(exporter);
  texture.add_allocation_size(info.allocation_size);
  texture.add_required_size(info.required_size);
  texture.add_memory_type_index(info.memory_type_index);
  texture.add_dedicated(info.dedicated);
  texture.add_linear_tiling(info.linear_tiling);
  texture.add_native_format(info.native_format);
  texture.add_native_usage(info.native_usage);
  texture.add_native_create_flags(info.native_create_flags);
  texture.add_drm_modifier(info.drm_modifier);
  texture.add_memory_planes(memory_planes);
  texture.add_initialized(info.initialized);
  texture.add_layout(static_cast<std::uint8_t>(info.layout));
  texture.add_handle_mask(static_cast<std::uint8_t>(mask));
  texture.add_ready_semaphore(ready);
  texture.add_ready_value(handle.ready_value);
  return texture.Finish();
}

TextureHandle decode(Decoder& in, const Place& at, const wire::Texture* wire) {
  TextureHandle handle;
  if (!in.present(at, wire)) return handle;
  TextureHandleInfo& info = handle.info;
  info.type = static_cast<MemoryHandleType>(wire->type());  // validate() knows every enumerator
  info.descriptor = decode(in, Place{&at, "descriptor"}, wire->descriptor());
  info.exporter = decode(in, Place{&at, "exporter"}, wire->exporter());
  info.allocation_size = wire->allocation_size();
  info.required_size = wire->required_size();
  info.memory_type_index = wire->memory_type_index();
  info.dedicated = wire->dedicated();
  info.linear_tiling = wire->linear_tiling();
  info.native_format = wire->native_format();
  info.native_usage = wire->native_usage();
  info.native_create_flags = wire->native_create_flags();
  info.drm_modifier = wire->drm_modifier();
  const auto* planes = wire->memory_planes();
  if (in.present(Place{&at, "memory_planes"}, planes) && in.aligned(Place{&at, "memory_planes"}, *planes) &&
      in.within<std::size_t>(Place{&at, "memory_planes.size"}, planes->size(), 0, max_memory_planes)) {
    info.memory_plane_count = planes->size();
    for (flatbuffers::uoffset_t i = 0; i < planes->size(); ++i) {
      const wire::Plane* plane = planes->Get(i);
      info.memory_planes[i] = {plane->offset(), plane->row_pitch(), plane->handle_index()};
    }
  }
  info.initialized = wire->initialized();
  info.layout = static_cast<TextureLayout>(wire->layout());
  in.within<unsigned>(Place{&at, "handle_mask"}, wire->handle_mask(), 1, (1U << max_memory_planes) - 1);
  // The planes of a dma-buf may lie in several allocations, whose sizes nobody tells.
  const std::uint64_t bytes = info.type == MemoryHandleType::dma_buf ? 0 : info.allocation_size;
  for (std::size_t i = 0; i < max_memory_planes; ++i) {
    if ((wire->handle_mask() >> i & 1U) != 0) handle.handles[i] = in.take_memory(Place{&at, "handles", i}, bytes);
  }
  if (wire->ready_semaphore() != nullptr) {
    handle.ready_semaphore = decode(in, Place{&at, "ready_semaphore"}, wire->ready_semaphore());
  }
  handle.ready_value = wire->ready_value();
  in.check(at, validate(handle));
  return handle;
}

}  // namespace geyser::ipc
