#include "backends/webgpu/transfer.hpp"

#include <algorithm>
#include <cstring>

#include "backends/webgpu/errors.hpp"
#include "backends/webgpu/handover.hpp"
#include "backends/webgpu/manager.hpp"
#include "core/message.hpp"

namespace geyser::webgpu {
namespace {

using detail::Private;
using detail::text;
using std::chrono::nanoseconds;

constexpr std::uint64_t row_alignment = 256;  // WebGPU, "bytesPerRow"

/// A copy that the host waits for anyway leaves nothing on the queue when a peer never signals.
Result<void> wait_on_host(const geyser::Access& access) {
  const auto deadline = std::chrono::steady_clock::now() + default_gpu_timeout;
  for (const SyncPoint& point : access.waits()) {
    if (point.semaphore.kind() == SemaphoreKind::binary) continue;
    const auto left = std::max(nanoseconds::zero(), nanoseconds(deadline - std::chrono::steady_clock::now()));
    if (auto ok = point.semaphore.wait(point.value, left); !ok) return std::move(ok).with_context("waiting for the access before");
  }
  return {};
}

WGPUTextureAspect aspect_of(const FormatInfo& format, std::uint32_t plane) noexcept {
  if (format.kind == FormatKind::depth_stencil) return plane == 0 ? WGPUTextureAspect_DepthOnly : WGPUTextureAspect_StencilOnly;
  return WGPUTextureAspect_All;
}

/// The partner copies, with the same points and the same signal.
template <class Copy>
Result<void> through_partner(Texture& texture, geyser::Access& access, Copy&& copy) {
  {
    auto entered = Entered::enter(*texture.context);
    if (!entered) return std::move(entered).error();
    if (auto ok = make_free(*entered, texture); !ok) return ok;
  }
  AccessInfo info;
  info.state.emplace();
  info.state->initialized = access.state().initialized;
  info.state->layout = access.state().layout;
  for (const SyncPoint& point : access.waits()) info.state->points.push_back(partners_point(point));
  info.signal = partners_signal(access);
  auto theirs = detail::begin_access(Private::shared(texture.twin), access.mode(), info);
  if (!theirs) return std::move(theirs).error();
  Private::released(*theirs) = Private::released(access);
  if (auto ok = copy(*Private::contents(texture.twin), *theirs); !ok) {
    detail::cancel_access(*std::move(theirs), {});
    return std::move(ok).with_context("asking the partner to copy what WebGPU has no copy for");
  }
  Private::released(access) = Private::released(*theirs);
  auto ended = (*std::move(theirs)).end();
  if (!ended) return std::move(ended).error();
  return {};
}

/// Rows of blocks that are copied at once.
struct Slice {
  std::uint32_t first_row = 0;
  std::uint32_t rows = 0;
  std::uint64_t bytes_before = 0;
};

template <class Each>
Result<void> in_slices(const RegionLayout& layout, std::uint64_t row_pitch, Each&& each) {
  const auto at_once = static_cast<std::uint32_t>(std::max<std::uint64_t>(1, default_staging_limit / row_pitch));
  for (std::uint32_t row = 0; row < layout.rows; row += at_once) {
    const Slice slice{row, std::min(at_once, layout.rows - row), std::uint64_t{row} * layout.row_bytes};
    if (auto ok = each(slice); !ok) return ok;
  }
  return {};
}

WGPUExtent3D extent_of(const FormatInfo& format, const RegionLayout& layout, const Slice& slice) {
  const std::uint32_t top = slice.first_row * format.block_height;
  return {layout.extent.width, std::min(slice.rows * format.block_height, layout.extent.height - top), 1};
}

WGPUTexelCopyTextureInfo place_of(WGPUTexture native, const FormatInfo& format, const TextureRegion& region, const Slice& slice) {
  WGPUTexelCopyTextureInfo place{};
  place.texture = native;
  place.origin = {region.offset.x, region.offset.y + slice.first_row * format.block_height, 0};
  place.aspect = aspect_of(format, region.plane);
  return place;
}

/// A buffer that the host reads, for the time of one copy.
class ReadBuffer {
 public:
  ReadBuffer(Context& context, std::uint64_t bytes) : context_(&context), size_((bytes + 3) / 4 * 4) {
    WGPUBufferDescriptor descriptor{};
    descriptor.usage = WGPUBufferUsage_MapRead | WGPUBufferUsage_CopyDst;
    descriptor.size = size_;
    buffer_ = context.wgpu.DeviceCreateBuffer(context.device, &descriptor);
  }
  /// Its owner has entered.
  ~ReadBuffer() {
    if (buffer_ == nullptr) return;
    context_->wgpu.BufferDestroy(buffer_);  // ends a mapping that nobody waits for any more
    context_->wgpu.BufferRelease(buffer_);
  }
  ReadBuffer(const ReadBuffer&) = delete;
  ReadBuffer& operator=(const ReadBuffer&) = delete;
  [[nodiscard]] WGPUBuffer handle() const noexcept { return buffer_; }

  /// Ownership: the buffer's. Errors: timed_out, device_lost, internal.
  Result<const std::byte*> map(Entered& entered) {
    WGPUBufferMapCallbackInfo info{};
    info.mode = WGPUCallbackMode_WaitAnyOnly;
    info.callback = ignore_result;
    WGPUFuture future{};
    {
      ErrorScopes errors(entered);
      future = entered.wgpu().BufferMapAsync(buffer_, WGPUMapMode_Read, 0, size_, info);
      if (auto ok = errors.close(Errc::internal, "to map a buffer"); !ok) return std::move(ok).error();
    }
    if (auto ok = entered.wait(future, default_gpu_timeout, "the copy"); !ok) return std::move(ok).error();
    const void* mapped = entered.wgpu().BufferGetConstMappedRange(buffer_, 0, size_);
    if (mapped == nullptr) return Error(Errc::internal, "Dawn maps no buffer for reading back.", ErrorDomain::webgpu);
    return static_cast<const std::byte*>(mapped);
  }

 private:
  Context* context_;
  std::uint64_t size_;
  WGPUBuffer buffer_ = nullptr;
};

void submit_copy(Context& context, const WGPUTexelCopyTextureInfo& from, WGPUBuffer to, std::uint64_t pitch, const Slice& slice,
                 const WGPUExtent3D& extent) {
  WGPUTexelCopyBufferInfo destination{};
  destination.buffer = to;
  destination.layout.bytesPerRow = static_cast<std::uint32_t>(pitch);
  destination.layout.rowsPerImage = slice.rows;
  const WGPUCommandEncoder encoder = context.wgpu.DeviceCreateCommandEncoder(context.device, nullptr);
  context.wgpu.CommandEncoderCopyTextureToBuffer(encoder, &from, &destination, &extent);
  const WGPUCommandBuffer commands = context.wgpu.CommandEncoderFinish(encoder, nullptr);
  context.wgpu.QueueSubmit(context.queue, 1, &commands);
  context.wgpu.CommandBufferRelease(commands);
  context.wgpu.CommandEncoderRelease(encoder);
}

/// Runs `copy` in an access of Dawn's, and waits until all of it is done.
template <class Copy>
Result<void> in_dawn(Texture& texture, geyser::Access& access, Copy&& copy) {
  HostWait wait;
  {
    auto entered = Entered::enter(*texture.context);
    if (!entered) return std::move(entered).error();
    auto native = begin_dawn(*entered, texture, access);
    if (!native) return std::move(native).error();
    Result<void> copied = copy(*entered, *native);
    auto ended = end_dawn(*entered, texture, access);
    if (!copied) return copied;
    if (!ended) return std::move(ended).error();
    wait = *std::move(ended);
    if (Private::signal(access)) {
      if (auto ok = entered->finish(default_gpu_timeout); !ok) return ok;
    }
  }
  return wait.wait(default_gpu_timeout);
}

}  // namespace

bool webgpu_copies(const TextureDescriptor& descriptor, const TextureRegion& region, const RegionLayout& layout, bool to_texture) noexcept {
  const FormatInfo& format = *format_info(descriptor.format);
  const bool stencil = format.kind == FormatKind::stencil || (format.kind == FormatKind::depth_stencil && region.plane == 1);
  const bool depth = !stencil && (format.kind == FormatKind::depth || format.kind == FormatKind::depth_stencil);
  if (!stencil && !depth) return true;
  if (layout.extent != descriptor.extent || layout.total_bytes > default_staging_limit) return false;
  if (stencil || descriptor.format == TextureFormat::depth16_unorm) return true;
  const bool floats = descriptor.format == TextureFormat::depth32_float || descriptor.format == TextureFormat::depth32_float_stencil8;
  return floats && !to_texture;
}

Result<void> copy_in(Texture& texture, const TextureRegion& region, const RegionLayout& layout, std::span<const std::byte> bytes,
                     geyser::Access& access) {
  if (auto ok = wait_on_host(access); !ok) return ok;
  if (!webgpu_copies(texture.descriptor(), region, layout, true)) {
    return through_partner(texture, access, [&](detail::TextureContents& theirs, geyser::Access& their_access) {
      return manager_of(texture).partners_backend().copy_in(theirs, region, layout, bytes, their_access);
    });
  }
  const FormatInfo& format = *format_info(texture.descriptor().format);
  return in_dawn(texture, access, [&](Entered& entered, WGPUTexture native) -> Result<void> {
    ErrorScopes errors(entered);
    const auto each = [&](const Slice& slice) -> Result<void> {
      const WGPUTexelCopyTextureInfo place = place_of(native, format, region, slice);
      const WGPUExtent3D extent = extent_of(format, layout, slice);
      WGPUTexelCopyBufferLayout rows{};
      rows.bytesPerRow = layout.row_bytes;
      rows.rowsPerImage = slice.rows;
      entered.wgpu().QueueWriteTexture(texture.context->queue, &place, bytes.data() + slice.bytes_before,
                                       std::size_t{slice.rows} * layout.row_bytes, &rows, &extent);
      return {};
    };
    if (auto ok = in_slices(layout, layout.row_bytes, each); !ok) return ok;
    return errors.close(Errc::internal, "to write a texture");
  });
}

Result<void> copy_out(Texture& texture, const TextureRegion& region, const RegionLayout& layout, std::span<std::byte> bytes,
                      geyser::Access& access) {
  if (auto ok = wait_on_host(access); !ok) return ok;
  if (!webgpu_copies(texture.descriptor(), region, layout, false)) {
    return through_partner(texture, access, [&](detail::TextureContents& theirs, geyser::Access& their_access) {
      return manager_of(texture).partners_backend().copy_out(theirs, region, layout, bytes, their_access);
    });
  }
  const FormatInfo& format = *format_info(texture.descriptor().format);
  const std::uint64_t pitch = (std::uint64_t{layout.row_bytes} + row_alignment - 1) / row_alignment * row_alignment;
  return in_dawn(texture, access, [&](Entered& entered, WGPUTexture native) -> Result<void> {
    return in_slices(layout, pitch, [&](const Slice& slice) -> Result<void> {
      ErrorScopes errors(entered);  // before the buffer, which may be beyond the device's memory
      ReadBuffer buffer(*texture.context, pitch * slice.rows);
      if (buffer.handle() != nullptr) {
        submit_copy(*texture.context, place_of(native, format, region, slice), buffer.handle(), pitch, slice,
                    extent_of(format, layout, slice));
      }
      if (auto ok = errors.close(Errc::internal, "to read a texture"); !ok) return ok;
      if (buffer.handle() == nullptr) return Error(Errc::out_of_memory, "Dawn makes no buffer for reading back.", ErrorDomain::webgpu);
      auto mapped = buffer.map(entered);
      if (!mapped) return std::move(mapped).error();
      for (std::uint32_t row = 0; row < slice.rows; ++row) {
        std::memcpy(bytes.data() + slice.bytes_before + std::uint64_t{row} * layout.row_bytes, *mapped + row * pitch, layout.row_bytes);
      }
      return {};
    });
  });
}

}  // namespace geyser::webgpu
