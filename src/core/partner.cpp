#include "core/partner.hpp"

#include <map>
#include <tuple>

#include "core/device_difference.hpp"
#include "core/message.hpp"
#include "platform/handle_identity.hpp"

namespace geyser::detail {

/// What the partner has been asked.
struct Partner::Learned {
  std::mutex mutex;
  platform::FileType memory = platform::FileType::closed;               // of its memory; closed: not known yet; guarded by mutex
  using Rows = std::tuple<TextureFormat, TextureUsage, std::uint32_t>;  // what a driver may choose a pitch by: format, usage, width
  std::map<Rows, std::optional<MemoryPlane>> rows;                      // guarded by mutex
};

Partner::Partner(TextureShareManager manager) : manager_(std::move(manager)), learned_(std::make_shared<Learned>()) {}

Result<std::optional<Partner>> Partner::adopt(const TextureShareManager* manager, const DeviceIdentity& own) {
  if (manager == nullptr) return std::optional<Partner>();
  if (Private::backend(*manager) == nullptr) return Error(Errc::invalid_argument, "The partner is an empty manager; it was moved from.");
  if (const std::string difference = device_difference(manager->identity(), own); !difference.empty()) {
    return Error(Errc::device_mismatch, text("A partner must be on the same device, but ", difference,
                                             "; make the partner with the device UUID of this context."));
  }
  return std::optional<Partner>(Partner(Private::make(Private::shared(*manager))));
}

Result<PartnerTexture> Partner::allocate(const TextureDescriptor& descriptor, const CreateOptions& options) {
  auto texture = manager_.create_shareable_texture(descriptor, options);
  if (!texture) return std::move(texture).error();
  auto handle = manager_.export_texture(*texture);
  if (!handle) return std::move(handle).error();
  return PartnerTexture{*std::move(texture), *std::move(handle)};
}

Result<void> Partner::check_own_kind(const OsHandle& handle) {
  if (!capabilities().exports(MemoryHandleType::opaque_fd)) return {};
  const std::lock_guard lock(learned_->mutex);
  if (learned_->memory == platform::FileType::closed) {
    TextureDescriptor small;
    small.extent = {16, 16, 1};
    small.format = TextureFormat::rgba8_unorm;
    const auto made = allocate(small, {.handle_type = MemoryHandleType::opaque_fd});
    if (!made) return {};
    learned_->memory = platform::file_type(made->handle.handles[0]);
  }
  const platform::FileType given = platform::file_type(handle);
  if (given == learned_->memory) return {};
  return Error(Errc::protocol_error, text("The OS handle is ", platform::to_string(given), ", and this driver's memory is ",
                                          platform::to_string(learned_->memory), "; pass the handle that export_texture() made."));
}

Result<std::optional<MemoryPlane>> Partner::linear_rows(const TextureDescriptor& descriptor) {
  constexpr std::size_t most_kept = 256;  // a program that resizes its textures all day asks again now and then
  const std::lock_guard lock(learned_->mutex);
  const Learned::Rows key{descriptor.format, descriptor.usage, descriptor.extent.width};
  if (const auto known = learned_->rows.find(key); known != learned_->rows.end()) return known->second;
  TextureDescriptor row = descriptor;
  row.extent.height = format_info(descriptor.format)->block_height;
  const auto made = allocate(row, {.handle_type = MemoryHandleType::opaque_fd, .linear = true});
  if (!made && (made.error().code() == Errc::out_of_memory || made.error().code() == Errc::device_lost)) return made.error().clone();
  std::optional<MemoryPlane> plane;
  if (made && made->handle.info.linear_tiling && made->handle.info.memory_plane_count == 1) plane = made->handle.info.memory_planes[0];
  if (learned_->rows.size() >= most_kept) learned_->rows.clear();
  learned_->rows.emplace(key, plane);
  return plane;
}

Result<PartnerSemaphore> Partner::create_semaphore(SemaphoreKind kind, std::uint64_t initial_value) {
  auto twin = manager_.create_shared_semaphore({.kind = kind, .initial_value = initial_value, .label = {}});
  if (!twin) return std::move(twin).error();
  auto handle = manager_.export_semaphore(*twin);
  if (!handle) return std::move(handle).error();
  return PartnerSemaphore{*std::move(twin), *std::move(handle)};
}

Result<PartnerSemaphore> Partner::import_semaphore(const SemaphoreHandle& handle) {
  const auto copy = [&]() -> Result<SemaphoreHandle> {
    SemaphoreHandle made;
    made.kind = handle.kind;
    made.type = handle.type;
    made.exporter = handle.exporter;
    if (handle.handle) {
      auto duplicate = handle.handle.duplicate();
      if (!duplicate) return std::move(duplicate).error();
      made.handle = *std::move(duplicate);
    }
    return made;
  };
  auto own = copy();
  if (!own) return std::move(own).error();
  auto theirs = copy();
  if (!theirs) return std::move(theirs).error();
  auto twin = manager_.import_semaphore(*std::move(theirs));
  if (!twin) return std::move(twin).error();
  return PartnerSemaphore{*std::move(twin), *std::move(own)};
}

}  // namespace geyser::detail
