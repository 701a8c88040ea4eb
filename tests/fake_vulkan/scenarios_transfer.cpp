// Upload, read-back, host memory, and accesses in the caller's own submits.
#include <gtest/gtest.h>

#include "core/backend.hpp"
#include "fake_vulkan/scenario.hpp"

namespace fake_vulkan {

using geyser::Result;

namespace {

// What the staging of a manager consists of; it stays for the next copy.
const std::set<std::string> staging = {"VkCommandPool", "VkCommandBuffer", "VkFence", "VkBuffer", "VkDeviceMemory"};

Config one(DeviceConfig device = nvidia_like()) {
  Config config;
  config.devices = {std::move(device)};
  return config;
}

void create(World& w) {
  open_managers(w);
  w.texture = must(w.producer().create_shareable_texture(descriptor()));
  w.bytes = content(descriptor(), 1);
}

void create_written(World& w) {
  create(w);
  must(w.producer().upload(*w.texture, {}, w.bytes));
}

void create_with_semaphore(World& w, geyser::SemaphoreKind kind) {
  create(w);
  geyser::SemaphoreDescriptor wanted;
  wanted.kind = kind;
  w.semaphore = must(w.producer().create_shared_semaphore(wanted));
  must(w.producer().attach_semaphore(*w.texture, w.semaphore));
}

Result<void> check(World& w) {
  std::vector<std::byte> back(w.bytes.size());
  if (auto ok = w.producer().read_back(*w.texture, {}, back); !ok) return ok;
  if (back != w.bytes) return geyser::Error(geyser::Errc::internal, "The content differs.");
  return {};
}

void import_pages(World& w) {
  create(w);
  w.pages = std::make_unique<Pages>(4096);
  w.host_buffer = must(geyser::vulkan::import_host_memory(w.producer(), w.pages->bytes()));
}

/// Two copies under way at once, each of one half; then both are waited for.
Result<void> copy_halves(World& w, geyser::AccessMode mode) {
  if (!w.copies) {
    auto made = geyser::vulkan::BufferCopies::create(w.producer());
    if (!made) return std::move(made).error();
    w.copies = *std::move(made);
  }
  const bool write = mode == geyser::AccessMode::write;
  auto value = w.semaphore.value();
  if (!value) return std::move(value).error();
  const std::uint64_t next = *value + 1;
  auto access = write ? w.texture->begin_write({.signal = geyser::SyncPoint{w.semaphore, next}}) : w.texture->begin_read();
  if (!access) return std::move(access).error();
  const std::shared_ptr<const geyser::vulkan::HostBuffer> buffer(std::shared_ptr<void>(), &*w.host_buffer);
  const auto run = [&]() -> Result<void> {
    for (std::uint32_t half : {0U, 1U}) {
      geyser::TextureRegion region;
      region.offset.y = half * 8;
      region.extent = geyser::Extent3D{32, 8, 1};
      auto number = w.copies->begin(*access, {.region = region, .buffer = buffer, .offset = half * 1024, .signals = write && half == 1});
      if (!number) return std::move(number).error();
    }
    return w.copies->wait(w.copies->newest(), std::chrono::steady_clock::now() + std::chrono::seconds(1));
  };
  auto done = run();
  if (!done) {  // as who uses it does
    static_cast<void>(w.copies->wait(w.copies->newest(), std::chrono::steady_clock::now() + std::chrono::seconds(1)));
    geyser::detail::cancel_access(*std::move(access), {.initialized = true, .layout = geyser::TextureLayout::general, .points = {}});
    return done;
  }
  auto state = (*std::move(access)).end();
  if (!state) return std::move(state).error();
  value = w.semaphore.value();
  if (!value) return std::move(value).error();
  if (*value != (write ? next : next - 1)) return geyser::Error(geyser::Errc::internal, "The signal did not come.");
  return {};
}

/// Commands of the caller's own in the pool of the adopted device: acquire and release around nothing.
Result<void> submit_access(World& w) {
  const RawDevice& device = *w.raw_device;
  const VkCommandPoolCreateInfo pool_info{VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO};
  VkCommandPool pool = VK_NULL_HANDLE;
  VkFence fence = VK_NULL_HANDLE;
  const auto give_back = [&] {
    device.vk.vkDestroyCommandPool(device.handle, pool, nullptr);
    device.vk.vkDestroyFence(device.handle, fence, nullptr);
  };
  const auto body = [&]() -> Result<void> {
    const auto check_result = [](VkResult result, const char* call) -> Result<void> {
      if (result == VK_SUCCESS) return {};
      const char* name = result == VK_ERROR_DEVICE_LOST            ? "VK_ERROR_DEVICE_LOST"
                         : result == VK_ERROR_OUT_OF_DEVICE_MEMORY ? "VK_ERROR_OUT_OF_DEVICE_MEMORY"
                                                                   : "VK_ERROR_OUT_OF_HOST_MEMORY";
      return geyser::Error(result == VK_ERROR_DEVICE_LOST ? geyser::Errc::device_lost : geyser::Errc::out_of_memory,
                           std::string(call) + " answers " + name, geyser::ErrorDomain::vulkan, result);
    };
    if (auto ok = check_result(device.vk.vkCreateCommandPool(device.handle, &pool_info, nullptr, &pool), "vkCreateCommandPool"); !ok)
      return ok;
    const VkFenceCreateInfo fence_info{VK_STRUCTURE_TYPE_FENCE_CREATE_INFO};
    if (auto ok = check_result(device.vk.vkCreateFence(device.handle, &fence_info, nullptr, &fence), "vkCreateFence"); !ok) return ok;
    const VkCommandBufferAllocateInfo info{VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO, nullptr, pool, VK_COMMAND_BUFFER_LEVEL_PRIMARY,
                                           1};
    VkCommandBuffer commands = VK_NULL_HANDLE;
    if (auto ok = check_result(device.vk.vkAllocateCommandBuffers(device.handle, &info, &commands), "vkAllocateCommandBuffers"); !ok)
      return ok;
    const VkCommandBufferBeginInfo begin{VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
    if (auto ok = check_result(device.vk.vkBeginCommandBuffer(commands, &begin), "vkBeginCommandBuffer"); !ok) return ok;
    auto access = w.texture->begin_write();
    if (!access) return std::move(access).error();
    // An access whose commands were never submitted is not ended: its destructor gives it up.
    if (auto ok = geyser::vulkan::record_acquire(*access, commands, {}); !ok) return ok;
    if (auto ok = geyser::vulkan::record_release(*access, commands, {}); !ok) return ok;
    if (auto ok = check_result(device.vk.vkEndCommandBuffer(commands), "vkEndCommandBuffer"); !ok) return ok;
    geyser::Access* accesses[] = {&*access};
    if (auto ok = geyser::vulkan::submit(w.producer(), {&commands, 1}, accesses, fence); !ok) return ok;
    auto state = (*std::move(access)).end();
    if (!state) return std::move(state).error();
    return check_result(device.vk.vkWaitForFences(device.handle, 1, &fence, VK_TRUE, 1'000'000'000), "vkWaitForFences");
  };
  auto result = body();
  give_back();
  return result;
}

}  // namespace

std::vector<Scenario> transfer_scenarios() {
  std::vector<Scenario> all;
  const auto upload = [](World& w) { return w.producer().upload(*w.texture, {}, w.bytes); };
  // Another memory type takes over when staging cannot be had from the best one.
  const std::set<std::string> spare = {"vkAllocateMemory"};
  all.push_back({"first_upload", one(), create, upload, {}, spare, staging});
  all.push_back({"later_upload", one(), create_written, upload});
  all.push_back({"first_read_back_on_a_second_device",
                 one(),
                 [](World& w) {
                   create_written(w);
                   w.handle = must(w.producer().export_texture(*w.texture));
                   w.imported = must(w.consumer().import_texture(std::move(*w.handle)));
                 },
                 [](World& w) -> Result<void> {
                   std::vector<std::byte> back(w.bytes.size());
                   if (auto ok = w.consumer().read_back(*w.imported, {}, back); !ok) return ok;
                   EXPECT_EQ(back, w.bytes);
                   return {};
                 },
                 {},
                 spare,
                 staging});
  all.push_back({"later_read_back", one(), create_written, check});
  DeviceConfig not_coherent = nvidia_like();
  for (auto& type : not_coherent.memory_types) type.flags &= ~VkMemoryPropertyFlags{VK_MEMORY_PROPERTY_HOST_COHERENT_BIT};
  all.push_back({"upload_and_read_back_without_coherent_memory", one(not_coherent), create_written, [](World& w) -> Result<void> {
                   if (auto ok = w.producer().upload(*w.texture, {}, w.bytes); !ok) return ok;
                   return check(w);
                 }});
  all.push_back({"upload_that_grows_the_staging",
                 one(),
                 create_written,
                 [](World& w) -> Result<void> {
                   if (!w.imported) {
                     auto large = w.producer().create_shareable_texture(descriptor(geyser::TextureFormat::rgba32_float, 128, 128));
                     if (!large) return std::move(large).error();
                     const auto bytes = content(large->descriptor(), 2);
                     if (auto ok = w.producer().upload(*large, {}, bytes); !ok) return ok;
                     w.imported = *std::move(large);
                   }
                   return {};
                 },
                 {},
                 spare,
                 staging});
  for (const auto kind : {geyser::SemaphoreKind::timeline, geyser::SemaphoreKind::binary}) {
    const std::string name(to_string(kind));
    const bool binary = kind == geyser::SemaphoreKind::binary;
    all.push_back({"signal_texture_ready_" + name, one(), [kind](World& w) { create_with_semaphore(w, kind); },
                   [](World& w) -> Result<void> {
                     auto point = w.producer().signal_texture_ready(*w.texture);
                     if (!point) return std::move(point).error();
                     return {};
                   }});
    all.push_back({"wait_for_texture_" + name,
                   one(),
                   [kind](World& w) {
                     create_with_semaphore(w, kind);
                     w.handle = must(w.producer().export_texture(*w.texture));
                     w.imported = must(w.consumer().import_texture(std::move(*w.handle)));
                     (void)must(w.producer().signal_texture_ready(*w.texture));
                   },
                   [](World& w) -> Result<void> {
                     auto reached = w.consumer().wait_for_texture(*w.imported, std::chrono::seconds(1));
                     if (!reached) return std::move(reached).error();
                     return {};
                   },
                   {},
                   {},
                   {"VkFence"},
                   binary ? std::set<std::string>{"vkWaitForFences"} : std::set<std::string>{},
                   [](World& w) { (void)must(w.producer().signal_texture_ready(*w.texture)); }});
  }
  all.push_back({"import_host_memory", one(),
                 [](World& w) {
                   create(w);
                   w.pages = std::make_unique<Pages>(4096);
                 },
                 [](World& w) { return keep(w.host_buffer, geyser::vulkan::import_host_memory(w.producer(), w.pages->bytes())); }});
  all.push_back({"copy_host_memory_to_texture",
                 one(),
                 import_pages,
                 [](World& w) { return geyser::vulkan::copy_to_texture(w.producer(), *w.host_buffer, 0, *w.texture, {}); },
                 {},
                 {},
                 staging});
  all.push_back({"copy_texture_to_host_memory", one(),
                 [](World& w) {
                   import_pages(w);
                   must(w.producer().upload(*w.texture, {}, w.bytes));
                 },
                 [](World& w) { return geyser::vulkan::copy_from_texture(w.producer(), *w.texture, {}, *w.host_buffer, 0); }});
  for (const bool write : {false, true}) {
    all.push_back({write ? "copies_under_way_into_a_texture" : "copies_under_way_out_of_a_texture",
                   one(),
                   [](World& w) {
                     import_pages(w);
                     must(w.producer().upload(*w.texture, {}, w.bytes));
                     w.semaphore = must(w.producer().create_shared_semaphore({.kind = geyser::SemaphoreKind::timeline}));
                   },
                   [write](World& w) { return copy_halves(w, write ? geyser::AccessMode::write : geyser::AccessMode::read); },
                   {},
                   {"vkGetFenceStatus"},
                   {"VkCommandPool", "VkCommandBuffer", "VkFence"}});
  }
  all.push_back({"submit_in_the_callers_own_commands", one(),
                 [](World& w) {
                   open_raw(w);
                   w.managers[0] = must(geyser::vulkan::create_manager(adoption_of(w)->info));
                   w.texture = must(w.producer().create_shareable_texture(descriptor()));
                 },
                 submit_access});
  return all;
}

}  // namespace fake_vulkan
