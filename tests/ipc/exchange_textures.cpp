#include "exchange_textures.hpp"

#include "support/content.hpp"

namespace geyser::test {
namespace {

constexpr TextureFormat format = TextureFormat::rgba8_unorm;
constexpr std::uint32_t width = 61;
constexpr std::uint32_t height = 37;
constexpr std::uint64_t offered = 1;  // the timeline's values
constexpr std::uint64_t answered = 2;

std::vector<std::byte> content(std::uint64_t seed) {
  Random random(seed);
  return random_content(random, *format_info(format), 0, std::uint64_t{width} * height * 4);
}

Result<void> compare(TextureShareManager& manager, SharedTexture& texture, const SharedSemaphore& semaphore, std::uint64_t value,
                     std::chrono::nanoseconds timeout) {
  if (auto reached = semaphore.wait(value, timeout); !reached) return reached;
  TextureState state = texture.state();
  state.initialized = true;
  if (state.layout == TextureLayout::undefined) state.layout = TextureLayout::general;
  state.points.clear();
  std::vector<std::byte> seen(std::size_t{width} * height * 4);
  poison(seen);
  AccessInfo info;
  info.state = state;
  if (auto read = manager.read_back(texture, {}, seen, info); !read) return read;
  if (seen != content(value)) return Error(Errc::internal, "The content differs from what the other process wrote.");
  return {};
}

Result<void> write(TextureShareManager& manager, SharedTexture& texture, const SharedSemaphore& semaphore, std::uint64_t value) {
  AccessInfo info;
  info.signal = SyncPoint{semaphore, value};
  return manager.upload(texture, {}, content(value), info);
}

}  // namespace

Result<void> offer_texture(geyser::Channel& channel, TextureShareManager& manager, std::chrono::nanoseconds timeout) {
  TextureDescriptor descriptor{.extent = {width, height}, .format = format};
  descriptor.label = "through a channel";
  auto texture = manager.create_shareable_texture(descriptor);
  if (!texture) return std::move(texture).error();
  auto semaphore = manager.create_shared_semaphore({.kind = SemaphoreKind::host_timeline});
  if (!semaphore) return std::move(semaphore).error();
  if (auto written = write(manager, *texture, *semaphore, offered); !written) return written;
  auto handle = manager.export_texture(*texture);
  if (!handle) return std::move(handle).error();
  auto semaphore_handle = manager.export_semaphore(*semaphore);
  if (!semaphore_handle) return std::move(semaphore_handle).error();
  if (auto sent = channel.send_handle(*handle, timeout); !sent) return sent;
  if (!handle->handles[0]) return Error(Errc::internal, "Sending took the handle away.");
  if (auto sent = channel.send_handle(*semaphore_handle, timeout); !sent) return sent;
  auto answer = channel.receive(timeout);
  if (!answer) return std::move(answer).error();
  return compare(manager, *texture, *semaphore, answered, timeout);
}

Result<void> answer_texture(geyser::Channel& channel, TextureShareManager& manager, std::chrono::nanoseconds timeout) {
  auto handle = channel.receive_handle(timeout);
  if (!handle) return std::move(handle).error();
  if (handle->info.descriptor.label != "through a channel") return Error(Errc::internal, "The label was lost.");
  auto semaphore_handle = channel.receive_semaphore_handle(timeout);
  if (!semaphore_handle) return std::move(semaphore_handle).error();
  auto texture = manager.import_texture(std::move(*handle));
  if (!texture) return std::move(texture).error();
  auto semaphore = manager.import_semaphore(std::move(*semaphore_handle));
  if (!semaphore) return std::move(semaphore).error();
  if (auto same = compare(manager, *texture, *semaphore, offered, timeout); !same) return same;
  if (auto written = write(manager, *texture, *semaphore, answered); !written) return written;
  return channel.send({}, timeout);
}

}  // namespace geyser::test
