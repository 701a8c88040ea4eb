// Copies between the host's bytes and textures: UpdateSubresource where Direct3D allows it, else through staging textures.
#include <thread>

#include "backends/d3d11/manager.hpp"
#include "core/message.hpp"

namespace geyser::d3d11 {
namespace {

using detail::text;

/// The level that a region is in, in texels of the whole texture.
Extent3D level_of(const Texture& texture, const TextureRegion& region) noexcept {
  return mip_extent(texture.descriptor(), region.mip_level);
}

/// A box of Direct3D. Empty: the whole level.
struct Part {
  D3D11_BOX box{};
  bool whole = true;
  [[nodiscard]] const D3D11_BOX* pointer() const noexcept { return whole ? nullptr : &box; }
};

/// The region as a part that Direct3D takes; the whole level when it takes no such part: depth, planes, and blocks that hang over the end.
Part part_of(const Texture& texture, const TextureRegion& region, const RegionLayout& layout) noexcept {
  const Extent3D level = level_of(texture, region);
  Part part;
  part.box = {region.offset.x,
              region.offset.y,
              region.offset.z,
              region.offset.x + layout.extent.width,
              region.offset.y + layout.extent.height,
              region.offset.z + layout.extent.depth};
  const FormatInfo& format = *format_info(texture.descriptor().format);
  const bool everything = part.box.left == 0 && part.box.top == 0 && part.box.front == 0 && part.box.right == level.width &&
                          part.box.bottom == level.height && part.box.back == level.depth;
  const bool on_blocks = part.box.right % format.block_width == 0 && part.box.bottom % format.block_height == 0;
  part.whole = everything || !on_blocks || whole_levels_only(texture.descriptor().format);
  return part;
}

/// True when the region's bytes are all that is in the part.
bool covers(const Texture& texture, const TextureRegion& region, const RegionLayout& layout, const Part& part) noexcept {
  if (format_info(texture.descriptor().format)->plane_count != 1) return false;
  if (!part.whole) return true;
  const Extent3D level = level_of(texture, region);
  return layout.extent == level;
}

/// A staging texture with all the levels of one layer, so that a level is copied to the same level: levels of block-compressed textures
/// are not always whole blocks, and a texture of its own for one of those cannot be made.
Result<Staging> staging_for(const Texture& texture) {
  const TextureDescriptor& descriptor = texture.descriptor();
  constexpr UINT cpu = D3D11_CPU_ACCESS_READ | D3D11_CPU_ACCESS_WRITE;
  Staging shape;
  if (texture.native.volume) {
    shape.volume.Width = descriptor.extent.width;
    shape.volume.Height = descriptor.extent.height;
    shape.volume.Depth = descriptor.extent.depth;
    shape.volume.MipLevels = descriptor.mip_levels;
    shape.volume.Format = texture.format.typeless;
    shape.volume.Usage = D3D11_USAGE_STAGING;
    shape.volume.CPUAccessFlags = cpu;
  } else {
    shape.flat.Width = descriptor.extent.width;
    shape.flat.Height = descriptor.extent.height;
    shape.flat.MipLevels = descriptor.mip_levels;
    shape.flat.ArraySize = 1;
    shape.flat.Format = texture.format.typeless;
    shape.flat.SampleDesc.Count = 1;
    shape.flat.Usage = D3D11_USAGE_STAGING;
    shape.flat.CPUAccessFlags = cpu;
  }
  return texture.context->take_staging(std::move(shape));
}

/// A level of a staging texture while it is mapped.
class Mapped {
 public:
  Mapped() = default;
  Mapped(const Mapped&) = delete;
  Mapped& operator=(const Mapped&) = delete;
  ~Mapped() {
    if (resource_ != nullptr) context_->context->Unmap(resource_, level_);
  }
  /// The commands that use it are done, so the first try succeeds as a rule. Errors: timed_out, device_lost.
  [[nodiscard]] Result<void> map(const Context& context, ID3D11Resource& resource, UINT level, D3D11_MAP how, Clock::time_point deadline) {
    while (true) {
      const HRESULT hr = context.context->Map(&resource, level, how, D3D11_MAP_FLAG_DO_NOT_WAIT, &memory);
      if (SUCCEEDED(hr)) break;
      if (hr != DXGI_ERROR_WAS_STILL_DRAWING) return context.error(hr, "ID3D11DeviceContext::Map");
      if (Clock::now() >= deadline) return Error(Errc::timed_out, "A staging texture is not free in time.");
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    context_ = &context;
    resource_ = &resource;
    level_ = level;
    return {};
  }
  D3D11_MAPPED_SUBRESOURCE memory{};

 private:
  const Context* context_ = nullptr;
  ID3D11Resource* resource_ = nullptr;
  UINT level_ = 0;
};

/// From the texture to the same place in the staging texture, or back.
void copy_part(const Context& context, ID3D11Resource& to, UINT to_index, ID3D11Resource& from, UINT from_index, const Part& part) {
  const Lock lock(context);
  if (part.whole) {
    context.context->CopySubresourceRegion(&to, to_index, 0, 0, 0, &from, from_index, nullptr);
  } else {
    context.context->CopySubresourceRegion(&to, to_index, part.box.left, part.box.top, part.box.front, &from, from_index, &part.box);
  }
}

/// Reads the part into the staging texture and waits for it.
Result<void> fetch(Texture& texture, const TextureRegion& region, const Part& part, Staging& staging, Clock::time_point deadline) {
  Context& context = *texture.context;
  copy_part(context, *staging.resource.get(), region.mip_level, *texture.native.resource.get(), texture.subresource(region), part);
  return context.finish(deadline);
}

Result<void> write_through_staging(Texture& texture, const TextureRegion& region, const RegionLayout& layout,
                                   std::span<const std::byte> bytes, const Part& part, Clock::time_point deadline) {
  Context& context = *texture.context;
  auto staging = staging_for(texture);
  if (!staging) return std::move(staging).error();
  // What lies beside the region goes back as it was: the other plane, the rest of the level.
  if (!covers(texture, region, layout, part)) {
    if (auto ok = fetch(texture, region, part, *staging, deadline); !ok) return ok;
  }
  {
    Mapped mapped;
    if (auto ok = mapped.map(context, *staging->resource.get(), region.mip_level, D3D11_MAP_READ_WRITE, deadline); !ok) return ok;
    const PlaneView view = plane_view(texture.descriptor().format, region.plane, mapped.memory, level_of(texture, region).height);
    scatter(view, texture.descriptor().format, region, layout, bytes);
  }
  copy_part(context, *texture.native.resource.get(), texture.subresource(region), *staging->resource.get(), region.mip_level, part);
  if (auto ok = context.finish(deadline); !ok) return ok;
  context.keep_staging(*std::move(staging));
  return {};
}

Result<void> write(Texture& texture, const TextureRegion& region, const RegionLayout& layout, std::span<const std::byte> bytes,
                   Clock::time_point deadline) {
  const Part part = part_of(texture, region, layout);
  if (whole_levels_only(texture.descriptor().format) || !covers(texture, region, layout, part)) {
    return write_through_staging(texture, region, layout, bytes, part, deadline);
  }
  Context& context = *texture.context;
  {
    const Lock lock(context);
    context.context->UpdateSubresource(texture.native.resource.get(), texture.subresource(region), part.pointer(), bytes.data(),
                                       layout.row_bytes, layout.row_bytes * layout.rows);
  }
  return context.finish(deadline);
}

Result<void> read(Texture& texture, const TextureRegion& region, const RegionLayout& layout, std::span<std::byte> bytes,
                  Clock::time_point deadline) {
  Context& context = *texture.context;
  auto staging = staging_for(texture);
  if (!staging) return std::move(staging).error();
  if (auto ok = fetch(texture, region, part_of(texture, region, layout), *staging, deadline); !ok) return ok;
  {
    Mapped mapped;
    if (auto ok = mapped.map(context, *staging->resource.get(), region.mip_level, D3D11_MAP_READ, deadline); !ok) return ok;
    const PlaneView view = plane_view(texture.descriptor().format, region.plane, mapped.memory, level_of(texture, region).height);
    gather(view, texture.descriptor().format, region, layout, bytes);
  }
  context.keep_staging(*std::move(staging));
  return {};
}

/// Runs a copy between the access's waits and its signal.
template <class Copy>
Result<void> run(Texture& texture, geyser::Access& access, Copy&& copy) {
  const auto deadline = Clock::now() + default_gpu_timeout;
  // On the host, so that a signal which never comes leaves nothing hanging in the queue.
  if (auto ok = access.wait(left(deadline)); !ok) return ok;
  KeyedMutexUseScope held;
  if (texture.keyed_mutex) {
    if (auto ok = held.acquire(*texture.keyed_mutex, deadline); !ok) return ok;
  }
  if (auto ok = copy(deadline); !ok) return std::move(ok).with_context("copying");
  if (auto ok = held.release(); !ok) return ok;
  const auto& signal = access.signal();
  if (!signal) return {};
  return signal_behind_commands(*texture.context, *detail::Private::contents(signal->semaphore), signal->value, deadline);
}

}  // namespace

Result<void> Manager::copy_in(detail::TextureContents& contents, const TextureRegion& region, const RegionLayout& layout,
                              std::span<const std::byte> bytes, geyser::Access& access) {
  auto& texture = static_cast<Texture&>(contents);
  return run(texture, access, [&](Clock::time_point deadline) { return write(texture, region, layout, bytes, deadline); });
}

Result<void> Manager::copy_out(detail::TextureContents& contents, const TextureRegion& region, const RegionLayout& layout,
                               std::span<std::byte> bytes, geyser::Access& access) {
  auto& texture = static_cast<Texture&>(contents);
  return run(texture, access, [&](Clock::time_point deadline) { return read(texture, region, layout, bytes, deadline); });
}

}  // namespace geyser::d3d11
