// Vulkan. No Vulkan header is needed: dispatchable handles are void*, the others uint64_t, and enumerants are numbers. Who includes
// vulkan_core.h casts: (VkImage)(uintptr_t)native.image. Objects given are adopted, never destroyed.
#ifndef GEYSER_C_VULKAN_H
#define GEYSER_C_VULKAN_H

#include "geyser/c/access.h"
#include "geyser/c/base.h"
#include "geyser/c/manager.h"

#ifdef __cplusplus
extern "C" {
#endif

/// A device that the caller made. Handles belong together; extensions and features listed were enabled at creation (unchecked).
typedef struct geyser_vulkan_adopt_info {
  uint32_t struct_size;
  uint32_t api_version;                    ///< VkApplicationInfo::apiVersion of the instance; 0: 1.1
  void* instance;                          ///< VkInstance
  void* physical_device;                   ///< VkPhysicalDevice
  void* device;                            ///< VkDevice
  void* queue;                             ///< VkQueue
  geyser_function get_instance_proc_addr;  ///< vkGetInstanceProcAddr
  const char* const* enabled_device_extensions;
  uint32_t enabled_device_extension_count;
  uint32_t queue_family_index;
  geyser_bool timeline_semaphore_enabled;  ///< the feature timelineSemaphore
  uint32_t reserved;                       ///< 0
  void (*lock_queue)(void* user);    ///< around every use of the queue; must not call the library; null: nobody else uses it meanwhile
  void (*unlock_queue)(void* user);  ///< set when lock_queue is
  void* queue_user;                  ///< for the two
} geyser_vulkan_adopt_info;

/// Device extensions that the library uses where present. Static storage. Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_vulkan_recommended_device_extensions(const char* const** out, uint32_t* count) GEYSER_NOEXCEPT;
/// A manager on the caller's device, which must outlive the manager and all that it made. Ownership: the manager is the caller's. Threads:
/// any. Errors: invalid_argument, unsupported_feature (below Vulkan 1.1), out_of_memory.
GEYSER_C_API geyser_status geyser_vulkan_manager_create(const geyser_vulkan_adopt_info* info, geyser_manager** out) GEYSER_NOEXCEPT;

typedef struct geyser_vulkan_device_list geyser_vulkan_device_list;
typedef struct geyser_vulkan_device_summary {
  uint32_t struct_size;
  uint32_t index;        ///< in the list
  uint32_t device_type;  ///< VkPhysicalDeviceType
  uint32_t api_version;
  uint32_t vendor_id;
  uint32_t reserved;  ///< 0
} geyser_vulkan_device_summary;
/// The devices that the loader shows: libvulkan.so.1, or the one that `get_instance_proc_addr` belongs to. Ownership: the caller's.
/// Threads: any. Errors: not_found (no loader, no driver), os_error.
GEYSER_C_API geyser_status geyser_vulkan_enumerate_devices(geyser_function GEYSER_OPTIONAL get_instance_proc_addr,
                                                           geyser_vulkan_device_list** out) GEYSER_NOEXCEPT;
/// Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_vulkan_device_list_count(const geyser_vulkan_device_list* list, uint32_t* out) GEYSER_NOEXCEPT;
/// One device, and its identity. Threads: any. Errors: invalid_argument (no such index).
GEYSER_C_API geyser_status geyser_vulkan_device_list_at(const geyser_vulkan_device_list* list, uint32_t index,
                                                        geyser_vulkan_device_summary* GEYSER_OPTIONAL summary,
                                                        geyser_device_identity* GEYSER_OPTIONAL identity) GEYSER_NOEXCEPT;
/// Threads: any. Errors: none.
GEYSER_C_API void geyser_vulkan_device_list_destroy(geyser_vulkan_device_list* GEYSER_OPTIONAL list) GEYSER_NOEXCEPT;

/// Which device; every field that is set must match. Of several that match, and of all when none is set: the first discrete, else the first
/// integrated, virtual, software device, in the order of geyser_vulkan_enumerate_devices().
typedef struct geyser_vulkan_device_options {
  uint32_t struct_size;
  geyser_bool has_index;
  uint32_t index;  ///< in the order of geyser_vulkan_enumerate_devices()
  geyser_bool has_pci;
  geyser_pci_address pci;
  geyser_bool has_uuid;
  geyser_bool validation;  ///< Khronos validation; messages go to the log as errors and are counted
  geyser_uuid uuid;
  const char* name;                        ///< part of the device's name, any case; null: any
  geyser_function get_instance_proc_addr;  ///< null: libvulkan.so.1 is opened at run time
  const char* application_name;            ///< null: "geyser"
  geyser_bool has_driver_uuid;
  geyser_bool has_luid;
  geyser_uuid driver_uuid;  ///< where two drivers offer one device
  uint8_t luid[8];          ///< the adapter of a Direct3D device; drivers that tell no LUID never match
} geyser_vulkan_device_options;

/// An instance and a device with everything enabled that the library can use, and one queue.
typedef struct geyser_vulkan_device geyser_vulkan_device;
/// Makes one. Ownership: the caller's; managers made from it keep the VkDevice alive. Threads: any. Errors: not_found naming the devices
/// there are, unsupported_feature, out_of_memory.
GEYSER_C_API geyser_status geyser_vulkan_device_create(const geyser_vulkan_device_options* GEYSER_OPTIONAL options,
                                                       geyser_vulkan_device** out) GEYSER_NOEXCEPT;
/// Threads: any. Errors: none.
GEYSER_C_API void geyser_vulkan_device_destroy(geyser_vulkan_device* GEYSER_OPTIONAL device) GEYSER_NOEXCEPT;
/// What geyser_vulkan_manager_create() would want: instance, device, queue and so on; pointers live as long as the device. Threads: any.
/// Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_vulkan_device_adopt_info(const geyser_vulkan_device* device,
                                                           geyser_vulkan_adopt_info* out) GEYSER_NOEXCEPT;
/// Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_vulkan_device_query(const geyser_vulkan_device* device,
                                                      geyser_vulkan_device_summary* GEYSER_OPTIONAL summary,
                                                      geyser_device_identity* GEYSER_OPTIONAL identity) GEYSER_NOEXCEPT;
/// A manager that keeps this device alive. Ownership: the caller's. Threads: any. Errors: as geyser_vulkan_manager_create().
GEYSER_C_API geyser_status geyser_vulkan_device_create_manager(const geyser_vulkan_device* device, geyser_manager** out) GEYSER_NOEXCEPT;
/// Messages that the validation layers gave so far. Threads: any. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_vulkan_device_validation_messages(const geyser_vulkan_device* device, uint64_t* out) GEYSER_NOEXCEPT;

/// The native objects of a texture; valid as long as it lives.
typedef struct geyser_vulkan_native_texture {
  uint32_t struct_size;
  uint32_t format;         ///< VkFormat
  uint64_t image;          ///< VkImage
  uint64_t memory;         ///< VkDeviceMemory
  uint64_t memory_offset;  ///< bytes
  uint64_t memory_size;    ///< bytes
  uint32_t type;           ///< VkImageType
  uint32_t tiling;         ///< VkImageTiling
  uint32_t usage;          ///< VkImageUsageFlags
  uint32_t flags;          ///< VkImageCreateFlags
  uint32_t aspects;        ///< VkImageAspectFlags
  uint32_t reserved;       ///< 0
} geyser_vulkan_native_texture;
/// Threads: any. Errors: device_mismatch (not a Vulkan texture).
GEYSER_C_API geyser_status geyser_vulkan_texture_native(const geyser_texture* texture, geyser_vulkan_native_texture* out) GEYSER_NOEXCEPT;
/// The VkSemaphore for submits of this device; of a host timeline good for waits only. Threads: any. Errors: device_mismatch.
GEYSER_C_API geyser_status geyser_vulkan_semaphore_native(const geyser_semaphore* semaphore, uint64_t* out) GEYSER_NOEXCEPT;

/// Which view; zero: the whole texture in its own format and dimension.
typedef struct geyser_vulkan_view_info {
  uint32_t struct_size;
  geyser_bool has_type;
  uint32_t type;         ///< VkImageViewType, when has_type
  geyser_format format;  ///< undefined: the texture's own; else its sRGB twin, or a plane's format
  uint32_t aspects;      ///< VkImageAspectFlags; 0: all of a colour format, depth of depth + stencil
  uint32_t base_mip_level;
  uint32_t mip_levels;  ///< 0: those that remain
  uint32_t base_array_layer;
  uint32_t array_layers;  ///< 0: those that remain
} geyser_vulkan_view_info;
/// A VkImageView, made once and kept by the texture. Threads: any. Errors: device_mismatch, invalid_argument, out_of_memory.
GEYSER_C_API geyser_status geyser_vulkan_texture_view(const geyser_texture* texture, const geyser_vulkan_view_info* GEYSER_OPTIONAL info,
                                                      uint64_t* out) GEYSER_NOEXCEPT;

/// How the caller's commands use the image.
typedef struct geyser_vulkan_image_use {
  uint32_t struct_size;
  uint32_t layout;  ///< VkImageLayout; 0: GENERAL
  uint32_t stages;  ///< VkPipelineStageFlags; 0: ALL_COMMANDS
  uint32_t access;  ///< VkAccessFlags; 0: MEMORY_READ | MEMORY_WRITE
} geyser_vulkan_image_use;
/// Records the barrier that takes the image over into a VkCommandBuffer that is recording, outside a render pass (unchecked). Threads: as
/// the command buffer. Errors: device_mismatch, invalid_state.
GEYSER_C_API geyser_status geyser_vulkan_record_acquire(geyser_access* access, void* command_buffer,
                                                        const geyser_vulkan_image_use* use) GEYSER_NOEXCEPT;
/// Records the barrier that gives the image away in `layout` (undefined: general), which geyser_access_end() takes from it. Threads: as the
/// command buffer. Errors: device_mismatch, invalid_state (without geyser_vulkan_record_acquire()).
GEYSER_C_API geyser_status geyser_vulkan_record_release(geyser_access* access, void* command_buffer, const geyser_vulkan_image_use* use,
                                                        geyser_layout layout) GEYSER_NOEXCEPT;
/// Submits VkCommandBuffers to the manager's queue, waiting and signalling as the accesses say. `fence` is a VkFence or 0. Threads: any.
/// Errors: invalid_argument, device_mismatch, device_lost, out_of_memory.
GEYSER_C_API geyser_status geyser_vulkan_submit(const geyser_manager* manager, void* const* GEYSER_OPTIONAL command_buffers,
                                                uint32_t command_buffer_count, geyser_access* const* GEYSER_OPTIONAL accesses,
                                                uint32_t access_count, uint64_t fence) GEYSER_NOEXCEPT;

/// Wait and signal arrays for the caller's own vkQueueSubmit.
typedef struct geyser_vulkan_submit_arrays geyser_vulkan_submit_arrays;
/// What is in them; pointers live until the arrays are filled again or destroyed.
typedef struct geyser_vulkan_submit_info {
  uint32_t struct_size;
  uint32_t wait_count;
  uint32_t signal_count;
  uint32_t reserved;              ///< 0
  const void* wait_semaphores;    ///< VkSemaphore[wait_count]
  const uint64_t* wait_values;    ///< of timelines
  const uint32_t* wait_stages;    ///< VkPipelineStageFlags
  const void* signal_semaphores;  ///< VkSemaphore[signal_count]
  const uint64_t* signal_values;
} geyser_vulkan_submit_info;
/// Empty arrays; keep them, since filling uses their storage again. Ownership: the caller's. Threads: any. Errors: out_of_memory.
GEYSER_C_API geyser_status geyser_vulkan_submit_arrays_create(geyser_vulkan_submit_arrays** out) GEYSER_NOEXCEPT;
/// Threads: any. Errors: none.
GEYSER_C_API void geyser_vulkan_submit_arrays_destroy(geyser_vulkan_submit_arrays* GEYSER_OPTIONAL arrays) GEYSER_NOEXCEPT;
/// Collects what the accesses wait for (`stage`, VkPipelineStageFlags: where the waits take effect) and signal. Threads: one at a time.
/// Errors: invalid_argument, device_mismatch, out_of_memory.
GEYSER_C_API geyser_status geyser_vulkan_submit_arrays_fill(geyser_vulkan_submit_arrays* arrays, geyser_access* const* accesses,
                                                            uint32_t access_count, uint32_t stage) GEYSER_NOEXCEPT;
/// Threads: one at a time. Errors: invalid_argument.
GEYSER_C_API geyser_status geyser_vulkan_submit_arrays_query(const geyser_vulkan_submit_arrays* arrays,
                                                             geyser_vulkan_submit_info* out) GEYSER_NOEXCEPT;

#ifdef __cplusplus
}
#endif
#endif
