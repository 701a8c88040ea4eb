// Vulkan: devices, native objects, recording and submitting.
#include "geyser/vulkan.hpp"

#include <cstring>
#include <list>
#include <mutex>

#include "c/objects.hpp"
#include "c/vulkan_handles.hpp"

using namespace geyser::c;
using geyser::Result;
namespace gv = geyser::vulkan;

struct geyser_vulkan_device_list {
  std::vector<gv::DeviceSummary> devices;
};
struct geyser_vulkan_device {
  gv::Device device;
};
struct geyser_vulkan_submit_arrays {
  gv::SubmitArrays arrays;
};

namespace {

/// The caller's two functions as a QueueLock. It must outlive every object of its manager, which nobody here can know: one is kept for the
/// rest of the process for each triple of functions and user that was ever given.
class CallerLock final : public gv::QueueLock {
 public:
  explicit CallerLock(const geyser_vulkan_adopt_info& info) noexcept
      : lock_(info.lock_queue), unlock_(info.unlock_queue), user_(info.queue_user) {}
  void lock() noexcept override { lock_(user_); }
  void unlock() noexcept override { unlock_(user_); }
  [[nodiscard]] bool is(const geyser_vulkan_adopt_info& info) const noexcept {
    return lock_ == info.lock_queue && unlock_ == info.unlock_queue && user_ == info.queue_user;
  }

 private:
  void (*lock_)(void*);
  void (*unlock_)(void*);
  void* user_;
};

[[nodiscard]] gv::QueueLock* caller_lock(const geyser_vulkan_adopt_info& info) {
  static std::mutex mutex;
  static auto* locks = new std::list<CallerLock>;  // reachable for ever: managers may be used while the process ends
  const std::lock_guard guard(mutex);
  for (CallerLock& lock : *locks) {
    if (lock.is(info)) return &lock;
  }
  return &locks->emplace_back(info);
}

void lock_device_queue(void* user) { static_cast<gv::QueueLock*>(user)->lock(); }
void unlock_device_queue(void* user) { static_cast<gv::QueueLock*>(user)->unlock(); }

[[nodiscard]] Result<void> write_summary(const gv::DeviceSummary& from, geyser_vulkan_device_summary* summary,
                                         geyser_device_identity* identity) {
  if (summary != nullptr && identity != nullptr) GEYSER_CHECK(can_write(identity, "identity"));
  if (summary != nullptr) {
    geyser_vulkan_device_summary to{};
    to.index = from.index;
    to.device_type = static_cast<std::uint32_t>(from.type);
    to.api_version = from.api_version;
    to.vendor_id = from.vendor_id;
    GEYSER_CHECK(write(summary, to, "summary"));
  }
  if (identity != nullptr) return write(identity, from_identity(from.identity), "identity");
  return {};
}

[[nodiscard]] Result<gv::ImageUse> to_use(const geyser_vulkan_image_use* given) {
  GEYSER_TAKE(from, read(given, "use"));
  gv::ImageUse use;
  if (from.layout != 0) use.layout = static_cast<VkImageLayout>(from.layout);
  if (from.stages != 0) use.stages = from.stages;
  if (from.access != 0) use.access = from.access;
  return use;
}

}  // namespace

geyser_status geyser_vulkan_recommended_device_extensions(const char* const** out, uint32_t* count) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(out), GEYSER_GIVEN(count)}, [&]() -> Result<void> {
    const auto names = gv::recommended_device_extensions();
    *out = names.data();
    *count = count_of(names.size());
    return {};
  });
}
geyser_status geyser_vulkan_manager_create(const geyser_vulkan_adopt_info* info, geyser_manager** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(info), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(from, read(info, "info"));
    GEYSER_CHECK(check_array(from.enabled_device_extensions, from.enabled_device_extension_count, "info->enabled_device_extensions"));
    const std::span names(from.enabled_device_extensions, from.enabled_device_extension_count);
    for (const char* name : names) {
      if (name == nullptr) return invalid("info->enabled_device_extensions holds a null pointer; every one of them must be a name.");
    }
    if ((from.lock_queue == nullptr) != (from.unlock_queue == nullptr)) {
      return invalid("One of info->lock_queue and info->unlock_queue is null; give both or none.");
    }
    gv::AdoptInfo adopt;
    adopt.instance = static_cast<VkInstance>(from.instance);
    adopt.physical_device = static_cast<VkPhysicalDevice>(from.physical_device);
    adopt.device = static_cast<VkDevice>(from.device);
    adopt.queue = static_cast<VkQueue>(from.queue);
    adopt.queue_family_index = from.queue_family_index;
    adopt.get_instance_proc_addr = reinterpret_cast<PFN_vkGetInstanceProcAddr>(from.get_instance_proc_addr);
    if (from.api_version != 0) adopt.api_version = from.api_version;
    adopt.enabled_device_extensions = names;
    adopt.timeline_semaphore_enabled = from.timeline_semaphore_enabled != 0;
    if (from.lock_queue != nullptr) adopt.queue_lock = caller_lock(from);
    GEYSER_TAKE(manager, gv::create_manager(adopt));
    *out = wrap(std::move(manager));
    return {};
  });
}

geyser_status geyser_vulkan_enumerate_devices(geyser_function get_instance_proc_addr, geyser_vulkan_device_list** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(devices, gv::enumerate_devices(reinterpret_cast<PFN_vkGetInstanceProcAddr>(get_instance_proc_addr)));
    *out = made<geyser_vulkan_device_list>(std::move(devices));
    return {};
  });
}
geyser_status geyser_vulkan_device_list_count(const geyser_vulkan_device_list* list, uint32_t* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(list), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    *out = count_of(list->devices.size());
    return {};
  });
}
geyser_status geyser_vulkan_device_list_at(const geyser_vulkan_device_list* list, uint32_t index, geyser_vulkan_device_summary* summary,
                                           geyser_device_identity* identity) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(list)}, [&]() -> Result<void> {
    GEYSER_CHECK(check_index(index, list->devices.size(), "devices"));
    return write_summary(list->devices[index], summary, identity);
  });
}
void geyser_vulkan_device_list_destroy(geyser_vulkan_device_list* list) GEYSER_NOEXCEPT { delete list; }

geyser_status geyser_vulkan_device_create(const geyser_vulkan_device_options* options, geyser_vulkan_device** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(from, read_or_default(options, "options"));
    gv::DeviceOptions how;
    if (from.has_index != 0) how.selector.index = from.index;
    if (from.has_pci != 0) how.selector.pci = to_pci(from.pci);
    if (from.has_uuid != 0) how.selector.uuid = to_uuid(from.uuid);
    if (from.has_driver_uuid != 0) how.selector.driver_uuid = to_uuid(from.driver_uuid);
    if (from.has_luid != 0) std::memcpy(how.selector.luid.emplace().data(), from.luid, sizeof(from.luid));
    how.selector.name = or_empty(from.name);
    how.get_instance_proc_addr = reinterpret_cast<PFN_vkGetInstanceProcAddr>(from.get_instance_proc_addr);
    how.validation = from.validation != 0;
    if (from.application_name != nullptr) how.application_name = from.application_name;
    GEYSER_TAKE(device, gv::Device::create(how));
    *out = made<geyser_vulkan_device>(std::move(device));
    return {};
  });
}
void geyser_vulkan_device_destroy(geyser_vulkan_device* device) GEYSER_NOEXCEPT { delete device; }
geyser_status geyser_vulkan_device_adopt_info(const geyser_vulkan_device* device, geyser_vulkan_adopt_info* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(device), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    const gv::AdoptInfo from = device->device.adopt_info();
    geyser_vulkan_adopt_info to{};
    to.api_version = from.api_version;
    to.instance = from.instance;
    to.physical_device = from.physical_device;
    to.device = from.device;
    to.queue = from.queue;
    to.get_instance_proc_addr = reinterpret_cast<geyser_function>(from.get_instance_proc_addr);
    to.enabled_device_extensions = from.enabled_device_extensions.data();
    to.enabled_device_extension_count = count_of(from.enabled_device_extensions.size());
    to.queue_family_index = from.queue_family_index;
    to.timeline_semaphore_enabled = flag(from.timeline_semaphore_enabled);
    if (from.queue_lock != nullptr) {
      to.lock_queue = &lock_device_queue;
      to.unlock_queue = &unlock_device_queue;
      to.queue_user = from.queue_lock;
    }
    return write(out, to, "out");
  });
}
geyser_status geyser_vulkan_device_query(const geyser_vulkan_device* device, geyser_vulkan_device_summary* summary,
                                         geyser_device_identity* identity) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(device)},
              [&]() -> Result<void> { return write_summary(device->device.summary(), summary, identity); });
}
geyser_status geyser_vulkan_device_create_manager(const geyser_vulkan_device* device, geyser_manager** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(device), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(manager, device->device.create_manager());
    *out = wrap(std::move(manager));
    return {};
  });
}
geyser_status geyser_vulkan_device_validation_messages(const geyser_vulkan_device* device, uint64_t* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(device), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    *out = device->device.validation_messages();
    return {};
  });
}

geyser_status geyser_vulkan_texture_native(const geyser_texture* texture, geyser_vulkan_native_texture* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(texture), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(it, live_texture(texture));
    GEYSER_TAKE(native, gv::native(*it));
    geyser_vulkan_native_texture to{};
    to.format = static_cast<std::uint32_t>(native.format);
    to.image = number_of(native.image);
    to.memory = number_of(native.memory);
    to.memory_offset = native.memory_offset;
    to.memory_size = native.memory_size;
    to.type = static_cast<std::uint32_t>(native.type);
    to.tiling = static_cast<std::uint32_t>(native.tiling);
    to.usage = native.usage;
    to.flags = native.flags;
    to.aspects = native.aspects;
    return write(out, to, "out");
  });
}
geyser_status geyser_vulkan_semaphore_native(const geyser_semaphore* semaphore, uint64_t* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(semaphore), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(native, gv::native(semaphore->semaphore));
    *out = number_of(native);
    return {};
  });
}
geyser_status geyser_vulkan_texture_view(const geyser_texture* texture, const geyser_vulkan_view_info* info,
                                         uint64_t* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(texture), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(it, live_texture(texture));
    GEYSER_TAKE(from, read_or_default(info, "info"));
    gv::ViewInfo how;
    if (from.has_type != 0) how.type = static_cast<VkImageViewType>(from.type);
    GEYSER_TAKE(format, narrow<geyser::TextureFormat>(from.format, "info->format"));
    how.format = format;
    how.aspects = from.aspects;
    how.base_mip_level = from.base_mip_level;
    if (from.mip_levels != 0) how.mip_levels = from.mip_levels;
    how.base_array_layer = from.base_array_layer;
    if (from.array_layers != 0) how.array_layers = from.array_layers;
    GEYSER_TAKE(view, gv::view(*it, how));
    *out = number_of(view);
    return {};
  });
}

geyser_status geyser_vulkan_record_acquire(geyser_access* access, void* command_buffer,
                                           const geyser_vulkan_image_use* use) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(access), GEYSER_GIVEN(command_buffer), GEYSER_GIVEN(use)}, [&]() -> Result<void> {
    GEYSER_TAKE(it, open_access(access));
    GEYSER_TAKE(how, to_use(use));
    return gv::record_acquire(*it, static_cast<VkCommandBuffer>(command_buffer), how);
  });
}
geyser_status geyser_vulkan_record_release(geyser_access* access, void* command_buffer, const geyser_vulkan_image_use* use,
                                           geyser_layout layout) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(access), GEYSER_GIVEN(command_buffer), GEYSER_GIVEN(use)}, [&]() -> Result<void> {
    GEYSER_TAKE(it, open_access(access));
    GEYSER_TAKE(how, to_use(use));
    GEYSER_TAKE(released, to_release_layout(layout));
    return gv::record_release(*it, static_cast<VkCommandBuffer>(command_buffer), how, released);
  });
}
geyser_status geyser_vulkan_submit(const geyser_manager* manager, void* const* command_buffers, uint32_t command_buffer_count,
                                   geyser_access* const* accesses, uint32_t access_count, uint64_t fence) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(manager)}, [&]() -> Result<void> {
    GEYSER_CHECK(check_array(command_buffers, command_buffer_count, "command_buffers"));
    std::vector<VkCommandBuffer> commands;
    commands.reserve(command_buffer_count);
    for (std::uint32_t i = 0; i < command_buffer_count; ++i) {
      if (command_buffers[i] == nullptr)
        return invalid(geyser::detail::text("command_buffers[", i, "] is null; it must be a VkCommandBuffer."));
      commands.push_back(static_cast<VkCommandBuffer>(command_buffers[i]));
    }
    GEYSER_TAKE(all, open_accesses(accesses, access_count));
    return gv::submit(manager->manager, commands, all, handle_of<VkFence>(fence));
  });
}

geyser_status geyser_vulkan_submit_arrays_create(geyser_vulkan_submit_arrays** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    *out = made<geyser_vulkan_submit_arrays>();
    return {};
  });
}
void geyser_vulkan_submit_arrays_destroy(geyser_vulkan_submit_arrays* arrays) GEYSER_NOEXCEPT { delete arrays; }
geyser_status geyser_vulkan_submit_arrays_fill(geyser_vulkan_submit_arrays* arrays, geyser_access* const* accesses, uint32_t access_count,
                                               uint32_t stage) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(arrays), GEYSER_GIVEN(accesses)}, [&]() -> Result<void> {
    GEYSER_TAKE(all, open_accesses(accesses, access_count));
    return gv::submit_arrays(all, stage, arrays->arrays);
  });
}
geyser_status geyser_vulkan_submit_arrays_query(const geyser_vulkan_submit_arrays* arrays, geyser_vulkan_submit_info* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(arrays), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    const gv::SubmitArrays& from = arrays->arrays;
    geyser_vulkan_submit_info to{};
    to.wait_count = count_of(from.wait_semaphores.size());
    to.signal_count = count_of(from.signal_semaphores.size());
    to.wait_semaphores = static_cast<const void*>(from.wait_semaphores.data());
    to.wait_values = from.wait_values.data();
    to.wait_stages = from.wait_stages.data();
    to.signal_semaphores = static_cast<const void*>(from.signal_semaphores.data());
    to.signal_values = from.signal_values.data();
    return write(out, to, "out");
  });
}
