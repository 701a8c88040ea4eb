#include "bound_backend.hpp"

#include <cstring>

#include "core/host_semaphore.hpp"
#include "platform/shared_memory.hpp"

namespace geyser::stream_test {
namespace {

class Texture final : public detail::TextureContents {
 public:
  Texture(std::shared_ptr<detail::Backend> backend, Init init, platform::SharedMemory mapping)
      : TextureContents(std::move(backend), std::move(init)), memory(std::move(mapping)) {}
  platform::SharedMemory memory;
};

/// A timeline that passes for the device's own: the device is the host in disguise.
class Timeline final : public detail::SemaphoreContents {
 public:
  Timeline(std::shared_ptr<detail::Backend> backend, detail::HostTimeline counter, bool imported)
      : SemaphoreContents(std::move(backend), SemaphoreKind::timeline, imported), timeline(std::move(counter)) {}
  Result<std::uint64_t> value() override { return timeline.value(); }
  Result<void> signal(std::uint64_t value) override {
    timeline.signal(value);
    return {};
  }
  Result<void> wait(std::uint64_t value, std::chrono::nanoseconds timeout) override {
    if (timeline.wait(value, timeout)) return {};
    return Error(Errc::timed_out, "The timeline did not reach the value.");
  }
  detail::HostTimeline timeline;
};

constexpr std::uint32_t some_type = 1;

}  // namespace

BoundBackend::BoundBackend(const BoundOptions& options) : Backend("bound"), options_(options) {
  capabilities_.identity.name = "a device with a context";
  capabilities_.identity.device_uuid.bytes.fill(0x42);
  if (options.tells_driver) capabilities_.identity.driver_uuid.bytes.fill(0x43);
  capabilities_.memory = {{.type = MemoryHandleType::opaque_fd, .can_export = true, .can_import = true, .why_not = {}}};
  capabilities_.semaphores = {{.kind = SemaphoreKind::timeline,
                               .type = SemaphoreHandleType::opaque_fd,
                               .can_export = options.exports_timelines,
                               .can_import = true,
                               .why_not = options.exports_timelines ? "" : "there is no partner"},
                              {.kind = SemaphoreKind::host_timeline,
                               .type = SemaphoreHandleType::host_page,
                               .can_export = true,
                               .can_import = true,
                               .why_not = {}}};
  make_current();
}

void BoundBackend::make_current() noexcept {
  const std::lock_guard lock(mutex_);
  owner_ = std::this_thread::get_id();
}

std::vector<std::string> BoundBackend::trespasses() const {
  const std::lock_guard lock(mutex_);
  return trespasses_;
}

Result<void> BoundBackend::enter(const char* call) const {
  const std::lock_guard lock(mutex_);
  if (!options_.thread_bound || owner_ == std::this_thread::get_id()) return {};
  trespasses_.emplace_back(call);
  return Error(Errc::invalid_state, std::string(call) + " is called where the context is not current.");
}

Result<std::vector<FormatSupport>> BoundBackend::format_support(const TextureDescriptor&) {
  return std::vector<FormatSupport>{{.type = MemoryHandleType::opaque_fd,
                                     .can_export = true,
                                     .can_import = true,
                                     .max_extent = {4096, 4096, 1},
                                     .max_mip_levels = 1,
                                     .max_array_layers = 1}};
}

Result<std::shared_ptr<detail::TextureContents>> BoundBackend::allocate(const TextureDescriptor& descriptor, const CreateOptions& options) {
  if (auto ok = enter("allocate"); !ok) return std::move(ok).error();
  const auto bytes = content_bytes(descriptor);
  if (!bytes) return bytes.error().clone();
  auto memory = platform::SharedMemory::create(*bytes, "bound-texture");
  if (!memory) return std::move(memory).error();
  if (options.linear) linear_textures_.fetch_add(1);
  detail::TextureContents::Init init{descriptor, MemoryHandleType::opaque_fd, false, memory->bytes().size(), *bytes};
  return std::shared_ptr<detail::TextureContents>(std::make_shared<Texture>(shared_from_this(), std::move(init), *std::move(memory)));
}

Result<TextureHandle> BoundBackend::export_memory(const detail::TextureContents& texture) {
  if (auto ok = enter("export_memory"); !ok) return std::move(ok).error();
  auto copy = static_cast<const Texture&>(texture).memory.handle().duplicate();
  if (!copy) return std::move(copy).error();
  TextureHandle handle;
  handle.handles[0] = *std::move(copy);
  handle.info.type = MemoryHandleType::opaque_fd;
  handle.info.descriptor = texture.descriptor();
  handle.info.exporter = capabilities_.identity;
  handle.info.allocation_size = texture.allocated_bytes();
  handle.info.required_size = texture.required_bytes();
  handle.info.memory_type_index = some_type;
  return handle;
}

Result<std::shared_ptr<detail::TextureContents>> BoundBackend::import_memory(TextureHandle& handle) {
  if (auto ok = enter("import_memory"); !ok) return std::move(ok).error();
  auto memory = platform::SharedMemory::open(handle.handles[0], handle.info.required_size);
  if (!memory) return std::move(memory).error();
  detail::TextureContents::Init init{handle.info.descriptor, MemoryHandleType::opaque_fd, true, handle.info.allocation_size,
                                     handle.info.required_size};
  return std::shared_ptr<detail::TextureContents>(std::make_shared<Texture>(shared_from_this(), std::move(init), *std::move(memory)));
}

Result<std::shared_ptr<detail::SemaphoreContents>> BoundBackend::create_semaphore(SemaphoreKind kind, std::uint64_t initial_value) {
  if (auto ok = enter("create_semaphore"); !ok) return std::move(ok).error();
  if (kind == SemaphoreKind::host_timeline) return detail::create_host_semaphore(shared_from_this(), initial_value);
  auto timeline = detail::HostTimeline::create(initial_value);
  if (!timeline) return std::move(timeline).error();
  return std::shared_ptr<detail::SemaphoreContents>(std::make_shared<Timeline>(shared_from_this(), *std::move(timeline), false));
}

Result<SemaphoreHandle> BoundBackend::export_semaphore(detail::SemaphoreContents& semaphore, SemaphoreHandleType type) {
  if (auto ok = enter("export_semaphore"); !ok) return std::move(ok).error();
  if (const auto* plain = dynamic_cast<detail::HostSemaphore*>(&semaphore)) return plain->export_handle(capabilities_.identity);
  auto copy = static_cast<Timeline&>(semaphore).timeline.duplicate_handle();
  if (!copy) return std::move(copy).error();
  SemaphoreHandle handle;
  handle.kind = SemaphoreKind::timeline;
  handle.type = type;
  handle.exporter = capabilities_.identity;
  handle.handle = *std::move(copy);
  return handle;
}

Result<std::shared_ptr<detail::SemaphoreContents>> BoundBackend::import_semaphore(SemaphoreHandle& handle) {
  if (auto ok = enter("import_semaphore"); !ok) return std::move(ok).error();
  if (handle.kind == SemaphoreKind::host_timeline) return detail::import_host_semaphore(shared_from_this(), handle);
  auto timeline = detail::HostTimeline::open(handle.handle);
  if (!timeline) return std::move(timeline).error();
  return std::shared_ptr<detail::SemaphoreContents>(std::make_shared<Timeline>(shared_from_this(), *std::move(timeline), true));
}

Result<void> BoundBackend::signal_on_queue(detail::SemaphoreContents& semaphore, std::uint64_t value) {
  if (auto ok = enter("signal_on_queue"); !ok) return ok;
  return semaphore.signal(value);
}

Result<void> BoundBackend::copy(detail::TextureContents& texture, const RegionLayout& layout, std::byte* bytes, bool in,
                                geyser::Access& access) {
  if (auto ok = access.wait(default_gpu_timeout); !ok) return ok;
  std::byte* own = static_cast<Texture&>(texture).memory.bytes().data();
  std::memcpy(in ? own : bytes, in ? bytes : own, layout.total_bytes);
  return access.signal() ? access.signal()->semaphore.signal(access.signal()->value) : Result<void>();
}

Result<void> BoundBackend::copy_in(detail::TextureContents& texture, const TextureRegion&, const RegionLayout& layout,
                                   std::span<const std::byte> bytes, geyser::Access& access) {
  if (auto ok = enter("copy_in"); !ok) return ok;
  return copy(texture, layout, const_cast<std::byte*>(bytes.data()), true, access);
}

Result<void> BoundBackend::copy_out(detail::TextureContents& texture, const TextureRegion&, const RegionLayout& layout,
                                    std::span<std::byte> bytes, geyser::Access& access) {
  if (auto ok = enter("copy_out"); !ok) return ok;
  return copy(texture, layout, bytes.data(), false, access);
}

}  // namespace geyser::stream_test
