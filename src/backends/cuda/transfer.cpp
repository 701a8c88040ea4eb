// Copies between the host's bytes and textures: one strided copy a region, in the manager's stream.
#include "backends/cuda/transfer.hpp"

#include "backends/cuda/manager.hpp"
#include "core/message.hpp"

namespace geyser::cuda {
namespace {

Start start_of(const TextureDescriptor& descriptor, const TextureRegion& region) noexcept {
  const FormatInfo& format = *format_info(descriptor.format);
  return {.x_bytes = std::size_t{region.offset.x} / format.block_width * format.planes[region.plane].block_bytes,
          .y = region.offset.y / format.block_height,
          .z = descriptor.dimension == TextureDimension::d3 ? region.offset.z : region.array_layer};
}

}  // namespace

Result<Side> side_of(const Texture& texture, const TextureRegion& region) {
  Side side;
  side.start = start_of(texture.descriptor(), region);
  if (!texture.linear()) {
    auto level = texture.level(region.mip_level);
    if (!level) return std::move(level).error();
    side.array = *level;
    return side;
  }
  auto place = texture.place(region);
  if (!place) return std::move(place).error();
  side.type = api::memory_device;
  side.pointer = place->pointer + side.start.x_bytes + side.start.y * place->row_pitch;
  if (texture.descriptor().dimension == TextureDimension::d3) side.pointer += side.start.z * place->slice_pitch;
  side.pitch = place->row_pitch;
  side.rows = place->layout.rows;
  side.start = {};
  return side;
}

api::Copy3D extent_of(const RegionLayout& layout) noexcept {
  api::Copy3D copy{};
  copy.width_bytes = layout.row_bytes;
  copy.height = layout.rows;
  copy.depth = layout.extent.depth;
  return copy;
}

void set_source(api::Copy3D& copy, const Side& side) noexcept {
  copy.src_type = side.type;
  copy.src_array = side.array;
  copy.src_device = side.pointer;
  copy.src_pitch = side.pitch;
  copy.src_height = side.rows;
  copy.src_x_bytes = side.start.x_bytes;
  copy.src_y = side.start.y;
  copy.src_z = side.start.z;
}

void set_destination(api::Copy3D& copy, const Side& side) noexcept {
  copy.dst_type = side.type;
  copy.dst_array = side.array;
  copy.dst_device = side.pointer;
  copy.dst_pitch = side.pitch;
  copy.dst_height = side.rows;
  copy.dst_x_bytes = side.start.x_bytes;
  copy.dst_y = side.start.y;
  copy.dst_z = side.start.z;
}

namespace {

/// Runs the copy between the access's waits and its signal.
Result<void> run(Texture& texture, const api::Copy3D& copy, geyser::Access& access) {
  const Context& context = *texture.memory.context;
  const auto deadline = Clock::now() + default_gpu_timeout;
  const api::Stream stream = context.stream;
  if (auto ok = wait_for_points(context, access.waits(), stream, deadline, true); !ok) return ok;
  // The driver's call for pageable memory blocks until the stream has come to it; that wait has no time-out, this one has.
  if (auto ok = finish(context, stream, deadline); !ok) return std::move(ok).with_context("waiting for earlier work before a copy");
  if (const auto status = context.cu().copy_3d(&copy, stream); status != api::Status::success) {
    return context.error(status, "cuMemcpy3DAsync");
  }
  const auto& signal = access.signal();
  const bool by_device = signal && device_semaphore(*detail::Private::contents(signal->semaphore)) != nullptr;
  Result<void> signalled;
  if (by_device) signalled = signal_in_stream(context, *detail::Private::contents(signal->semaphore), signal->value, stream);
  // Waited for in any case: the bytes are the caller's again when this returns.
  if (auto ok = finish(context, stream, deadline); !ok) {
    texture.copying.store(ok.error().code() == Errc::timed_out);
    return std::move(ok).with_context("waiting for a copy");
  }
  texture.copying.store(false);
  if (!signalled) return signalled;
  return signal && !by_device ? signal->semaphore.signal(signal->value) : Result<void>();
}

}  // namespace

Result<void> copy_in(Texture& texture, const TextureRegion& region, const RegionLayout& layout, std::span<const std::byte> bytes,
                     geyser::Access& access) {
  if (texture.memory.read_only) {
    return Error(Errc::invalid_argument, "The texture's shared memory was handed over for reading only; write it where it was created.");
  }
  const Current current(*texture.memory.context);
  if (!current) return current.error();
  auto side = side_of(texture, region);
  if (!side) return std::move(side).error();
  api::Copy3D copy = extent_of(layout);
  copy.src_type = api::memory_host;
  copy.src_host = bytes.data();
  copy.src_pitch = layout.row_bytes;
  copy.src_height = layout.rows;
  set_destination(copy, *side);
  return run(texture, copy, access);
}

Result<void> copy_out(Texture& texture, const TextureRegion& region, const RegionLayout& layout, std::span<std::byte> bytes,
                      geyser::Access& access) {
  const Current current(*texture.memory.context);
  if (!current) return current.error();
  auto side = side_of(texture, region);
  if (!side) return std::move(side).error();
  api::Copy3D copy = extent_of(layout);
  copy.dst_type = api::memory_host;
  copy.dst_host = bytes.data();
  copy.dst_pitch = layout.row_bytes;
  copy.dst_height = layout.rows;
  set_source(copy, *side);
  return run(texture, copy, access);
}

}  // namespace geyser::cuda
