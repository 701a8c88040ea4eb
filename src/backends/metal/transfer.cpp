// Copies between the host's bytes and textures: into a locked surface by the host, into a private texture by the device.
#include <cstring>
#include <optional>

#include "backends/metal/manager.hpp"
#include "backends/metal/sync.hpp"
#include "core/message.hpp"

namespace geyser::metal {
namespace {

using detail::Private;
using detail::text;

/// The host's hold on a surface. Unlocked at its end in any case.
class Locked {
 public:
  static Result<Locked> lock(api::Surface& surface, bool for_writing) {
    if (auto ok = surface.lock(for_writing); !ok) return std::move(ok).error();
    return Locked(surface, for_writing);
  }
  Locked(Locked&& other) noexcept : surface_(std::exchange(other.surface_, nullptr)), for_writing_(other.for_writing_) {}
  Locked& operator=(Locked&&) = delete;
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;
  ~Locked() {
    if (surface_ != nullptr) surface_->unlock(for_writing_);
  }

 private:
  Locked(api::Surface& surface, bool for_writing) noexcept : surface_(&surface), for_writing_(for_writing) {}
  api::Surface* surface_;
  bool for_writing_;
};

/// Calls copy(row in the surface, offset in the bytes without gaps) for every row of the region. The surface is locked.
template <class Copy>
Result<void> for_each_row(Texture& texture, const TextureRegion& region, const RegionLayout& layout, bool for_writing, Copy&& copy) {
  auto locked = Locked::lock(*texture.surface, for_writing);
  if (!locked) return std::move(locked).error();
  const api::SurfacePlane& plane = texture.shape.planes[region.plane];
  std::byte* row = texture.surface->bytes(region.plane);
  if (row == nullptr) return Error(Errc::os_error, "The locked IOSurface has no address.");
  row += std::uint64_t{region.offset.y} * plane.bytes_per_row + std::uint64_t{region.offset.x} * plane.bytes_per_element;
  for (std::uint32_t y = 0; y < layout.rows; ++y, row += plane.bytes_per_row) copy(row, std::uint64_t{y} * layout.row_bytes);
  return {};
}

/// The end of a command buffer, for a thread that waits for it. The command buffer's handler may come after the thread has gone.
struct End {
  std::mutex mutex;
  std::condition_variable came;
  std::optional<api::Completion> completion;
};

api::TextureCopy place_of(const TextureDescriptor& descriptor, const TextureRegion& region, const RegionLayout& layout) noexcept {
  const bool both = format_info(descriptor.format)->kind == FormatKind::depth_stencil;
  return {.slice = region.array_layer,
          .level = region.mip_level,
          .origin = {region.offset.x, region.offset.y, region.offset.z},
          .size = {layout.extent.width, layout.extent.height, layout.extent.depth},
          .bytes_per_row = layout.row_bytes,
          .bytes_per_image = std::uint64_t{layout.row_bytes} * layout.rows,
          .aspect = both ? region.plane + 1 : 0};
}

/// Runs one copy between the access's waits and its signal, and waits for it. False: the device may still use the buffer.
struct Ran {
  Result<void> result;
  bool ended = false;
};
Ran run(Texture& texture, const api::TextureCopy& copy, api::Buffer& buffer, geyser::Access& access) {
  const auto deadline = Clock::now() + default_gpu_timeout;
  auto commands = texture.context->device().command_buffer();
  if (!commands) return {std::move(commands).error(), true};
  if (auto ok = wait_for_points(access.waits(), **commands, deadline, true); !ok) return {std::move(ok), true};
  if (auto ok = (*commands)->copy(buffer, *texture.planes[0], copy); !ok) return {std::move(ok), true};
  auto end = std::make_shared<End>();
  (*commands)->on_completed([end](const api::Completion& ended) {
    {
      const std::lock_guard lock(end->mutex);
      end->completion = ended;
    }
    end->came.notify_all();
  });
  const auto& signal = access.signal();
  api::Event* event = signal ? device_event(*Private::contents(signal->semaphore)) : nullptr;
  if (event != nullptr) (*commands)->encode_signal(*event, signal->value);
  (*commands)->commit();
  {
    std::unique_lock lock(end->mutex);
    if (!end->came.wait_until(lock, deadline, [&] { return end->completion.has_value(); })) {
      return {Error(Errc::timed_out, text(texture.context->info().name, " did not finish a copy within ", default_gpu_timeout.count(),
                                          " s; what was committed before it hangs.")),
              false};
    }
  }
  if (auto ok = texture.context->judge(*end->completion); !ok) return {std::move(ok), true};
  if (signal && event == nullptr) return {signal->semaphore.signal(signal->value), true};
  return {Result<void>(), true};
}

/// After the host's own copy.
Result<void> signal_on_host(geyser::Access& access) {
  return access.signal() ? access.signal()->semaphore.signal(access.signal()->value) : Result<void>();
}

}  // namespace

Result<std::shared_ptr<api::Buffer>> Staging::take(api::Device& device, std::uint64_t bytes) {
  {
    const std::lock_guard lock(mutex_);
    if (spare_ && spare_->bytes().size() >= bytes) return std::exchange(spare_, nullptr);
  }
  return device.create_buffer(bytes);
}

void Staging::give_back(std::shared_ptr<api::Buffer> buffer) noexcept {
  const std::lock_guard lock(mutex_);
  if (!spare_ || spare_->bytes().size() < buffer->bytes().size()) spare_.swap(buffer);
}

Result<void> Manager::copy_in(detail::TextureContents& contents, const TextureRegion& region, const RegionLayout& layout,
                              std::span<const std::byte> bytes, geyser::Access& access) {
  if (auto ok = context_->alive(); !ok) return ok;
  auto& texture = static_cast<Texture&>(contents);
  if (texture.surface) {
    if (auto ok = access.wait(default_gpu_timeout); !ok) return ok;
    const auto copy = [&](std::byte* row, std::uint64_t tight) { std::memcpy(row, bytes.data() + tight, layout.row_bytes); };
    if (auto ok = for_each_row(texture, region, layout, true, copy); !ok) return ok;
    return signal_on_host(access);
  }
  auto buffer = staging_.take(context_->device(), layout.total_bytes);
  if (!buffer) return std::move(buffer).error();
  std::memcpy((*buffer)->bytes().data(), bytes.data(), bytes.size());
  api::TextureCopy copy = place_of(texture.descriptor(), region, layout);
  copy.into_texture = true;
  Ran ran = run(texture, copy, **buffer, access);
  if (ran.ended) staging_.give_back(*std::move(buffer));
  return std::move(ran.result);
}

Result<void> Manager::copy_out(detail::TextureContents& contents, const TextureRegion& region, const RegionLayout& layout,
                               std::span<std::byte> bytes, geyser::Access& access) {
  if (auto ok = context_->alive(); !ok) return ok;
  auto& texture = static_cast<Texture&>(contents);
  if (texture.surface) {
    if (auto ok = access.wait(default_gpu_timeout); !ok) return ok;
    const auto copy = [&](const std::byte* row, std::uint64_t tight) { std::memcpy(bytes.data() + tight, row, layout.row_bytes); };
    if (auto ok = for_each_row(texture, region, layout, false, copy); !ok) return ok;
    return signal_on_host(access);
  }
  auto buffer = staging_.take(context_->device(), layout.total_bytes);
  if (!buffer) return std::move(buffer).error();
  Ran ran = run(texture, place_of(texture.descriptor(), region, layout), **buffer, access);
  if (ran.result) std::memcpy(bytes.data(), (*buffer)->bytes().data(), bytes.size());
  if (ran.ended) staging_.give_back(*std::move(buffer));
  return std::move(ran.result);
}

}  // namespace geyser::metal
