// A texture handle as another process might send it: every field and the memory behind it are the peer's.
#include <vector>

#include "descriptors.hpp"
#include "geyser/geyser.hpp"
#include "geyser/host.hpp"
#include "reader.hpp"

using namespace geyser;

namespace {

constexpr std::uint64_t most_bytes = 1U << 20U;  // of a texture that the target makes or reads itself

TextureShareManager& manager() {
  static TextureShareManager instance = [] {
    set_log_level(LogLevel::off);
    auto made = host::create_manager();
    fuzz::require(made.has_value(), "the host manager can be made");
    return *std::move(made);
  }();
  return instance;
}

void read_info(fuzz::Reader& in, TextureHandleInfo& info) {
  info.type = in.value<MemoryHandleType>();
  info.descriptor = fuzz::read_descriptor(in);
  info.exporter.device_uuid = in.value<Uuid>();
  info.exporter.driver_uuid = in.value<Uuid>();
  info.allocation_size = in.value<std::uint64_t>();
  info.required_size = in.value<std::uint64_t>();
  info.memory_type_index = in.value<std::uint32_t>();
  info.dedicated = in.value<bool>();
  info.linear_tiling = in.value<bool>();
  info.memory_plane_count = in.value<std::uint32_t>();
  for (MemoryPlane& plane : info.memory_planes) plane = {in.value<std::uint64_t>(), in.value<std::uint64_t>(), in.value<std::uint32_t>()};
  info.initialized = in.value<bool>();
  info.layout = in.value<TextureLayout>();
}

/// A handle that was good, with one field after another replaced.
bool read_spoilt_handle(fuzz::Reader& in, TextureHandle& handle) {
  const TextureDescriptor descriptor = fuzz::read_descriptor(in);
  const auto bytes = content_bytes(descriptor);
  if (!bytes || *bytes > most_bytes) return false;
  auto texture = manager().create_shareable_texture(descriptor);
  if (!texture) return false;
  auto exported = manager().export_texture(*texture);
  fuzz::require(exported.has_value(), "a texture that could be made can be exported");
  handle = *std::move(exported);
  TextureHandleInfo& info = handle.info;
  for (int changes = in.value<std::uint8_t>() % 4; changes > 0; --changes) {
    switch (in.value<std::uint8_t>() % 12) {
      case 0:
        info.type = in.value<MemoryHandleType>();
        break;
      case 1:
        info.descriptor = fuzz::read_descriptor(in);
        break;
      case 2:
        info.allocation_size = in.value<std::uint64_t>();
        break;
      case 3:
        info.required_size = in.value<std::uint64_t>();
        break;
      case 4:
        info.memory_plane_count = in.value<std::uint8_t>();
        break;
      case 5:
        info.memory_planes[in.value<std::uint8_t>() % max_memory_planes].offset = in.value<std::uint64_t>();
        break;
      case 6:
        info.memory_planes[in.value<std::uint8_t>() % max_memory_planes].row_pitch = in.value<std::uint64_t>();
        break;
      case 7:
        info.memory_planes[in.value<std::uint8_t>() % max_memory_planes].handle_index = in.value<std::uint8_t>();
        break;
      case 8:
        info.layout = in.value<TextureLayout>();
        break;
      case 9:
        handle.handles[in.value<std::uint8_t>() % max_memory_planes] = fuzz::read_os_handle(in);
        break;
      case 10:
        info.descriptor.extent.width += in.value<std::uint8_t>();
        break;
      default:
        info.exporter.device_uuid = in.value<Uuid>();
        break;
    }
  }
  info.initialized = in.value<bool>();
  if (info.initialized && info.layout == TextureLayout::undefined) info.layout = TextureLayout::general;
  return true;
}

void use(SharedTexture& texture) {
  const TextureDescriptor& d = texture.descriptor();
  const auto mapped = host::map(texture);
  fuzz::require(mapped.has_value(), "an imported texture can be mapped");
  const auto last = static_cast<std::size_t>((mapped->layout.extent.depth - 1) * mapped->slice_pitch +
                                             (mapped->layout.rows - 1) * mapped->row_pitch + mapped->layout.row_bytes - 1);
  mapped->data[last] = static_cast<std::byte>(static_cast<unsigned>(mapped->data[0]) + 1U);  // the sanitizer watches
  const TextureRegion far{.mip_level = d.mip_levels - 1, .array_layer = d.array_layers - 1};
  const auto layout = region_layout(d, far);
  fuzz::require(layout.has_value(), "the last level of the last layer has a layout");
  if (layout->total_bytes > most_bytes) return;
  std::vector<std::byte> bytes(static_cast<std::size_t>(layout->total_bytes));
  static_cast<void>(manager().read_back(texture, far, bytes));
  fuzz::require(manager().upload(texture, far, bytes).has_value(), "an imported texture can be written");
}

void run(fuzz::Reader& in) {
  TextureHandle handle;
  if (in.value<bool>()) {
    if (!read_spoilt_handle(in, handle)) return;
  } else {
    read_info(in, handle.info);
    for (OsHandle& h : handle.handles) h = fuzz::read_os_handle(in);
  }
  const std::size_t before = handle.handle_count();
  const bool plausible = validate(handle).has_value();
  auto texture = manager().import_texture(std::move(handle));
  if (!texture) {
    fuzz::require(handle.handle_count() == before, "a refused handle keeps its OS handles");
    fuzz::require(!texture.error().message().empty(), "a refusal says why");
    return;
  }
  fuzz::require(plausible, "what import accepts, validate() accepts");
  use(*texture);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static_cast<void>(manager());
  return fuzz::keep_descriptors(data, size, run);
}
