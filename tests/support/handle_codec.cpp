#include "support/handle_codec.hpp"

#include <algorithm>
#include <cstdint>

namespace geyser::test {

void Writer::put_text(const std::string& text) {
  put(static_cast<std::uint32_t>(text.size()));
  const auto bytes = std::as_bytes(std::span(text));
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

std::string Reader::take_text() {
  const auto size = take<std::uint32_t>();
  if (rest_.size() < size) {
    good_ = false;
    return {};
  }
  std::string text(size, '\0');
  std::copy_n(rest_.begin(), size, std::as_writable_bytes(std::span(text)).begin());
  rest_ = rest_.subspan(size);
  return text;
}

void encode(Writer& writer, const DeviceIdentity& identity) {
  writer.put(identity.device_uuid.bytes);
  writer.put(identity.driver_uuid.bytes);
  writer.put(identity.luid.has_value());
  writer.put(identity.luid.value_or(std::array<std::uint8_t, 8>{}));
  writer.put(identity.pci.has_value());
  writer.put(identity.pci.value_or(PciAddress{}));
  writer.put_text(identity.name);
  writer.put_text(identity.driver);
}

DeviceIdentity decode_identity(Reader& reader) {
  DeviceIdentity identity;
  identity.device_uuid.bytes = reader.take<std::array<std::uint8_t, 16>>();
  identity.driver_uuid.bytes = reader.take<std::array<std::uint8_t, 16>>();
  const bool has_luid = reader.take<bool>();
  const auto luid = reader.take<std::array<std::uint8_t, 8>>();
  if (has_luid) identity.luid = luid;
  const bool has_pci = reader.take<bool>();
  const auto pci = reader.take<PciAddress>();
  if (has_pci) identity.pci = pci;
  identity.name = reader.take_text();
  identity.driver = reader.take_text();
  return identity;
}

void encode(Writer& writer, const TextureHandleInfo& info) {
  writer.put(info.type);
  const TextureDescriptor& d = info.descriptor;
  writer.put(d.dimension);
  writer.put(d.extent);
  writer.put(d.mip_levels);
  writer.put(d.array_layers);
  writer.put(d.format);
  writer.put(d.usage);
  writer.put(d.color);
  writer.put_text(d.label);
  encode(writer, info.exporter);
  writer.put(info.allocation_size);
  writer.put(info.required_size);
  writer.put(info.memory_type_index);
  writer.put(info.dedicated);
  writer.put(info.linear_tiling);
  writer.put(info.native_format);
  writer.put(info.native_usage);
  writer.put(info.native_create_flags);
  writer.put(info.drm_modifier);
  writer.put(info.memory_plane_count);
  writer.put(info.memory_planes);
  writer.put(info.initialized);
  writer.put(info.layout);
}

TextureHandleInfo decode_info(Reader& reader) {
  TextureHandleInfo info;
  info.type = reader.take<MemoryHandleType>();
  TextureDescriptor& d = info.descriptor;
  d.dimension = reader.take<TextureDimension>();
  d.extent = reader.take<Extent3D>();
  d.mip_levels = reader.take<std::uint32_t>();
  d.array_layers = reader.take<std::uint32_t>();
  d.format = reader.take<TextureFormat>();
  d.usage = reader.take<TextureUsage>();
  d.color = reader.take<ColorInfo>();
  d.label = reader.take_text();
  info.exporter = decode_identity(reader);
  info.allocation_size = reader.take<std::uint64_t>();
  info.required_size = reader.take<std::uint64_t>();
  info.memory_type_index = reader.take<std::uint32_t>();
  info.dedicated = reader.take<bool>();
  info.linear_tiling = reader.take<bool>();
  info.native_format = reader.take<std::uint32_t>();
  info.native_usage = reader.take<std::uint32_t>();
  info.native_create_flags = reader.take<std::uint32_t>();
  info.drm_modifier = reader.take<std::uint64_t>();
  info.memory_plane_count = reader.take<std::uint32_t>();
  info.memory_planes = reader.take<std::array<MemoryPlane, max_memory_planes>>();
  info.initialized = reader.take<bool>();
  info.layout = reader.take<TextureLayout>();
  return info;
}

}  // namespace geyser::test
