#include "tools/demo/duo.hpp"

#include <algorithm>
#include <cstring>

namespace geyser::demo {
namespace {

using Clock = std::chrono::steady_clock;
using example::must;

template <class Work>
[[nodiscard]] Milliseconds timed(Work work) {
  const auto start = Clock::now();
  work();
  return Clock::now() - start;
}

[[nodiscard]] Milliseconds median(std::vector<Milliseconds> samples) {
  const auto middle = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2);
  std::nth_element(samples.begin(), middle, samples.end());
  return *middle;
}

/// Content that is there to stay, and nothing to wait for: the other side was waited for on the CPU.
[[nodiscard]] TextureState settled() { return {.initialized = true, .layout = TextureLayout::general, .points = {}}; }
[[nodiscard]] TextureState after(const SyncPoint& point) {
  return {.initialized = true, .layout = TextureLayout::general, .points = {point}};
}

[[nodiscard]] vulkan::DeviceOptions named(vulkan::DeviceOptions options, std::string_view name) {
  options.application_name = "geyser demo " + std::string(name);
  return options;
}
[[nodiscard]] vulkan::DeviceOptions same_device(vulkan::DeviceOptions options, const Side& side) {
  options.selector = {};
  options.selector.uuid = side.device.summary().identity.device_uuid;
  return options;
}

}  // namespace

Side::Side(std::string_view side_name, const vulkan::DeviceOptions& options)
    : name(side_name),
      device(must(vulkan::Device::create(named(options, side_name)))),
      manager(must(device.create_manager())),
      gpu(device.adopt_info()),
      commands(gpu) {}

Duo::Duo(const vulkan::DeviceOptions& options, const TextureDescriptor& descriptor)
    : descriptor_(descriptor),
      validation_(options.validation),
      bytes_(static_cast<std::size_t>(must(content_bytes(descriptor)))),
      a_("A", options),
      b_("B", same_device(options, a_)) {
  setup_.create = timed([&] { on_a_ = must(a_.manager.create_shareable_texture(descriptor_)); });
  std::optional<TextureHandle> handle;
  setup_.export_handles = timed([&] { handle = must(a_.manager.export_texture(*on_a_)); });
  setup_.import_handles = timed([&] { on_b_ = must(b_.manager.import_texture(*std::move(handle))); });
  to_b_ = connect(a_, b_, setup_);
  to_a_ = connect(b_, a_, setup_);
  setup_.create_copy_path = timed([&] {
    copy_on_b_ = must(b_.manager.create_shareable_texture(descriptor_));
    staging_a_.emplace(a_.gpu, bytes_);
    staging_b_.emplace(b_.gpu, bytes_);
  });
  copy_on_a_ = must(a_.manager.create_shareable_texture(descriptor_));  // for the other direction
}

Duo::Link Duo::connect(Side& from, Side& to, SetupTimes& times) {
  Link link;
  times.create += timed([&] { link.from = must(from.manager.create_shared_semaphore()); });
  std::optional<SemaphoreHandle> handle;
  times.export_handles += timed([&] { handle = must(from.manager.export_semaphore(link.from)); });
  times.import_handles += timed([&] { link.to = must(to.manager.import_semaphore(*std::move(handle))); });
  return link;
}

Duo::Direction Duo::direction(bool forward) {
  if (forward) return {a_, b_, *on_a_, *on_b_, to_b_, *copy_on_b_, *staging_a_, *staging_b_};
  return {b_, a_, *on_b_, *on_a_, to_a_, *copy_on_a_, *staging_b_, *staging_a_};
}

std::vector<std::byte> Duo::write_and_read(bool forward, const TextureRegion& region, std::span<const std::byte> bytes) {
  const Direction way = direction(forward);
  const std::uint64_t value = way.link.next();
  // Nothing to keep when the whole texture is written for the first time; everything else is kept.
  const bool keep = region.extent.has_value();
  AccessInfo writing{.state = keep ? settled() : TextureState{}, .signal = SyncPoint{way.link.from, value}};
  must(way.writer.manager.upload(way.at_writer, region, bytes, writing));
  std::vector<std::byte> seen(bytes_, std::byte{0xcd});  // poisoned: what is not written shows
  must(way.reader.manager.read_back(way.at_reader, {}, seen, {.state = after({way.link.to, value})}));
  return seen;
}

Milliseconds Duo::hand_over(const Direction& way) {
  const std::uint64_t value = way.link.next();
  way.writer.commands.wait();
  return timed([&] {
    const auto pass = [this](Side& side, Access access, const vulkan::ImageUse& use) {
      VkCommandBuffer buffer = side.commands.begin();
      must(vulkan::record_acquire(access, buffer, use));
      must(vulkan::record_release(access, buffer, use));
      // A submit may wait for a value that the host signals later; the layers of 2023 take that for an error now and then.
      if (validation_ && semaphore_kind() == SemaphoreKind::host_timeline) must(access.wait(example::patience));
      Access* const accesses[] = {&access};
      must(vulkan::submit_arrays(accesses, VK_PIPELINE_STAGE_TRANSFER_BIT, arrays_));
      side.commands.submit(arrays_);
      must(std::move(access).end());
    };
    pass(way.writer, must(way.at_writer.begin_write({.state = settled(), .signal = SyncPoint{way.link.from, value}})),
         example::written_by_transfer);
    pass(way.reader, must(way.at_reader.begin_read({.state = after({way.link.to, value})})), example::read_by_transfer);
    way.reader.commands.wait();
  });
}

Milliseconds Duo::copy_out(const Direction& way) {
  Side& side = way.writer;
  return timed([&] {
    Access access = must(way.at_writer.begin_read({.state = settled()}));
    VkCommandBuffer buffer = side.commands.begin();
    must(vulkan::record_acquire(access, buffer, example::read_by_transfer));
    const VkBufferImageCopy whole = example::box_copy(descriptor_.extent.width, descriptor_.extent.height);
    side.gpu.cmd_copy_image_to_buffer(buffer, must(vulkan::native(way.at_writer)).image, VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL,
                                      way.out.handle(), 1, &whole);
    example::record_host_read(side.gpu, buffer);
    must(vulkan::record_release(access, buffer, example::read_by_transfer));
    side.commands.submit();
    side.commands.wait();
    must(std::move(access).end());
  });
}

Milliseconds Duo::copy_in(const Direction& way) {
  Side& side = way.reader;
  return timed([&] {
    Access access = must(way.copy.begin_write({.state = TextureState{}}));
    VkCommandBuffer buffer = side.commands.begin();
    must(vulkan::record_acquire(access, buffer, example::written_by_transfer));
    const VkBufferImageCopy whole = example::box_copy(descriptor_.extent.width, descriptor_.extent.height);
    side.gpu.cmd_copy_buffer_to_image(buffer, way.in.handle(), must(vulkan::native(way.copy)).image, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL,
                                      1, &whole);
    must(vulkan::record_release(access, buffer, example::written_by_transfer));
    side.commands.submit();
    side.commands.wait();
    must(std::move(access).end());
  });
}

PassTimes Duo::time_passes(bool forward, int repetitions) {
  const Direction way = direction(forward);
  std::vector<Milliseconds> shared, read_back, memory_copy, upload;
  // One round more than asked for: the first one pays for page faults and caches, and is dropped.
  for (int round = 0; round <= repetitions; ++round) {
    const Milliseconds s = hand_over(way);
    const Milliseconds r = copy_out(way);
    const Milliseconds m = timed([&] { std::memcpy(way.in.bytes().data(), way.out.bytes().data(), bytes_); });
    const Milliseconds u = copy_in(way);
    if (round == 0) continue;
    shared.push_back(s);
    read_back.push_back(r);
    memory_copy.push_back(m);
    upload.push_back(u);
  }
  return {median(std::move(shared)), median(std::move(read_back)), median(std::move(memory_copy)), median(std::move(upload))};
}

std::vector<std::byte> Duo::copied_content(bool forward) {
  const Direction way = direction(forward);
  std::vector<std::byte> seen(bytes_, std::byte{0xcd});
  must(way.reader.manager.read_back(way.copy, {}, seen));
  return seen;
}

}  // namespace geyser::demo
