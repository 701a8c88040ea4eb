// Vulkan with its header: an adopted device draws with its own commands into a shared texture.
#include "tests/c/check.h"

#ifndef GEYSER_C_TESTS_VULKAN
void vulkan_commands_suite(void) { skip("the library was built without Vulkan"); }
#else

#include <pthread.h>
#include <string.h>
#include <vulkan/vulkan_core.h>

enum { WIDTH = 32, HEIGHT = 16, BYTES = WIDTH * HEIGHT * 4 };

struct gpu {
  geyser_vulkan_adopt_info adopt;
  VkDevice device;
  VkQueue queue;
  VkCommandPool pool;
  PFN_vkGetDeviceProcAddr proc;
  unsigned locked;
  int held;
};
#define GPU(gpu, name) ((PFN_##name)(gpu)->proc((gpu)->device, #name))

static void lock_queue(void* user) {
  struct gpu* gpu = user;
  ++gpu->locked;
  ++gpu->held;
}
static void unlock_queue(void* user) { --((struct gpu*)user)->held; }

static VkCommandBuffer begin_commands(struct gpu* gpu) {
  const VkCommandBufferAllocateInfo how = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
                                           .commandPool = gpu->pool,
                                           .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
                                           .commandBufferCount = 1};
  const VkCommandBufferBeginInfo begin = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
  VkCommandBuffer commands = VK_NULL_HANDLE;
  CHECK(GPU(gpu, vkAllocateCommandBuffers)(gpu->device, &how, &commands) == VK_SUCCESS);
  CHECK(GPU(gpu, vkBeginCommandBuffer)(commands, &begin) == VK_SUCCESS);
  return commands;
}

/// Clears the texture to a colour, submitted by the library or by the caller.
static void draw(struct gpu* gpu, geyser_manager* manager, geyser_texture* texture, const float color[4], int own_submit) {
  geyser_access* access = NULL;
  geyser_vulkan_native_texture native = GEYSER_INIT(geyser_vulkan_native_texture);
  geyser_vulkan_image_use use = GEYSER_INIT(geyser_vulkan_image_use);
  geyser_semaphore* done = NULL;
  geyser_texture_state* state = NULL;
  geyser_texture_state_info left = GEYSER_INIT(geyser_texture_state_info);
  VkClearColorValue clear;
  const VkImageSubresourceRange all = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};
  memcpy(clear.float32, color, sizeof(clear.float32));
  OK(geyser_manager_create_semaphore(manager, NULL, &done));
  geyser_sync_point promise = {done, 1};
  geyser_access_info info = GEYSER_INIT(geyser_access_info);
  if (!own_submit) info.signal = &promise;
  if (!OK(geyser_texture_begin_write(texture, &info, &access))) return;
  OK(geyser_vulkan_texture_native(texture, &native));
  VkCommandBuffer commands = begin_commands(gpu);
  use.layout = VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL;
  use.stages = VK_PIPELINE_STAGE_TRANSFER_BIT;
  use.access = VK_ACCESS_TRANSFER_WRITE_BIT;
  FAILS(geyser_vulkan_record_release(access, commands, &use, GEYSER_LAYOUT_GENERAL), GEYSER_STATUS_INVALID_STATE, "");
  OK(geyser_vulkan_record_acquire(access, commands, &use));
  GPU(gpu, vkCmdClearColorImage)(commands, (VkImage)(uintptr_t)native.image, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, &clear, 1, &all);
  OK(geyser_vulkan_record_release(access, commands, &use, GEYSER_LAYOUT_SHADER_READ_ONLY));
  CHECK(GPU(gpu, vkEndCommandBuffer)(commands) == VK_SUCCESS);
  void* const buffers[] = {commands};
  geyser_access* const accesses[] = {access};
  if (own_submit) {
    geyser_vulkan_submit_arrays* arrays = NULL;
    geyser_vulkan_submit_info submit = GEYSER_INIT(geyser_vulkan_submit_info);
    OK(geyser_vulkan_submit_arrays_create(&arrays));
    OK(geyser_vulkan_submit_arrays_fill(arrays, accesses, 1, VK_PIPELINE_STAGE_TRANSFER_BIT));
    OK(geyser_vulkan_submit_arrays_query(arrays, &submit));
    const VkTimelineSemaphoreSubmitInfo values = {.sType = VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO,
                                                  .waitSemaphoreValueCount = submit.wait_count,
                                                  .pWaitSemaphoreValues = submit.wait_values,
                                                  .signalSemaphoreValueCount = submit.signal_count,
                                                  .pSignalSemaphoreValues = submit.signal_values};
    const VkSubmitInfo what = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
                               .pNext = &values,
                               .waitSemaphoreCount = submit.wait_count,
                               .pWaitSemaphores = submit.wait_semaphores,
                               .pWaitDstStageMask = submit.wait_stages,
                               .commandBufferCount = 1,
                               .pCommandBuffers = &commands,
                               .signalSemaphoreCount = submit.signal_count,
                               .pSignalSemaphores = submit.signal_semaphores};
    CHECK(GPU(gpu, vkQueueSubmit)(gpu->queue, 1, &what, VK_NULL_HANDLE) == VK_SUCCESS);
    CHECK(GPU(gpu, vkQueueWaitIdle)(gpu->queue) == VK_SUCCESS);
    geyser_vulkan_submit_arrays_destroy(arrays);
  } else {
    geyser_access* const wrong[] = {NULL};
    FAILS(geyser_vulkan_submit(manager, buffers, 1, wrong, 1, 0), GEYSER_STATUS_INVALID_ARGUMENT, "null");
    OK(geyser_vulkan_submit(manager, buffers, 1, accesses, 1, 0));
  }
  OK(geyser_access_end(access, GEYSER_LAYOUT_UNDEFINED, &state));
  OK(geyser_texture_state_query(state, &left));
  CHECK(left.initialized == 1 && left.layout == GEYSER_LAYOUT_SHADER_READ_ONLY);
  if (!own_submit) OK(geyser_semaphore_wait(done, 1, 5 * SECOND));
  geyser_texture_state_destroy(state);
  geyser_semaphore_destroy(done);
}

static void check_color(geyser_manager* manager, geyser_texture* texture, const unsigned char wanted[4]) {
  static unsigned char seen[BYTES];
  memset(seen, 0xA5, sizeof(seen));
  OK(geyser_manager_read_back(manager, texture, NULL, seen, sizeof(seen), NULL));
  for (size_t i = 0; i < sizeof(seen); i += 4) {
    if (!CHECK(memcmp(seen + i, wanted, 4) == 0)) return;
  }
}

void vulkan_commands_suite(void) {
  geyser_vulkan_device* device = NULL;
  geyser_manager* manager = NULL;
  geyser_texture* texture = NULL;
  static struct gpu gpu;
  geyser_vulkan_fence* fence = NULL;
  geyser_bool signalled = 7;
  const geyser_texture_descriptor descriptor = descriptor_2d(WIDTH, HEIGHT, GEYSER_FORMAT_RGBA8_UNORM);
  if (geyser_vulkan_device_create(NULL, &device) != GEYSER_STATUS_OK) {
    skip("no Vulkan device is here");
    return;
  }
  gpu.adopt = GEYSER_INIT(geyser_vulkan_adopt_info);
  OK(geyser_vulkan_device_adopt_info(device, &gpu.adopt));
  CHECK(gpu.adopt.instance != NULL && gpu.adopt.device != NULL && gpu.adopt.enabled_device_extension_count > 0);
  const PFN_vkGetInstanceProcAddr get = (PFN_vkGetInstanceProcAddr)gpu.adopt.get_instance_proc_addr;
  gpu.proc = (PFN_vkGetDeviceProcAddr)get(gpu.adopt.instance, "vkGetDeviceProcAddr");
  gpu.device = gpu.adopt.device;
  gpu.queue = gpu.adopt.queue;
  const VkCommandPoolCreateInfo pool = {.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
                                        .queueFamilyIndex = gpu.adopt.queue_family_index};
  CHECK(GPU(&gpu, vkCreateCommandPool)(gpu.device, &pool, NULL, &gpu.pool) == VK_SUCCESS);
  // A manager on what somebody else made, with a lock around its queue.
  geyser_vulkan_adopt_info adopt = gpu.adopt;
  adopt.lock_queue = lock_queue;
  adopt.unlock_queue = NULL;
  FAILS(geyser_vulkan_manager_create(&adopt, &manager), GEYSER_STATUS_INVALID_ARGUMENT, "unlock_queue");
  adopt.unlock_queue = unlock_queue;
  adopt.queue_user = &gpu;
  if (OK(geyser_vulkan_manager_create(&adopt, &manager)) && OK(geyser_manager_create_texture(manager, &descriptor, NULL, &texture))) {
    const float red[4] = {1.0f, 0.0f, 0.0f, 1.0f};
    const float blue[4] = {0.0f, 0.0f, 1.0f, 1.0f};
    const unsigned char red_bytes[4] = {255, 0, 0, 255};
    const unsigned char blue_bytes[4] = {0, 0, 255, 255};
    draw(&gpu, manager, texture, red, 0);
    CHECK(gpu.locked > 0 && gpu.held == 0);
    check_color(manager, texture, red_bytes);
    draw(&gpu, manager, texture, blue, 1);
    check_color(manager, texture, blue_bytes);
    // A fence: where the driver exports none, it says so.
    const geyser_status made = geyser_vulkan_fence_create(manager, 0, &fence);
    if (made == GEYSER_STATUS_OK) {
      uint64_t native = 0;
      OK(geyser_vulkan_fence_signalled(fence, &signalled));
      CHECK(signalled == 0);
      OK(geyser_vulkan_fence_native(fence, &native));
      OK(geyser_vulkan_submit(manager, NULL, 0, NULL, 0, native));
      OK(geyser_vulkan_fence_wait(fence, 5 * SECOND));
      OK(geyser_vulkan_fence_reset(fence));
      FAILS(geyser_vulkan_fence_wait(fence, 1000000), GEYSER_STATUS_TIMED_OUT, "");
      geyser_vulkan_fence_destroy(fence);
    } else {
      CHECK(made == GEYSER_STATUS_UNSUPPORTED_HANDLE);
    }
    FAILS(geyser_vulkan_fence_create(manager, 3, &fence), GEYSER_STATUS_INVALID_ARGUMENT, "type is 3");
    // Host memory that the device writes itself.
    uint64_t alignment = 0;
    OK(geyser_vulkan_host_memory_alignment(manager, &alignment));
    if (alignment != 0 && alignment <= 65536) {
      static _Alignas(65536) unsigned char memory[65536];
      geyser_vulkan_host_buffer* buffer = NULL;
      uint64_t handle = 0;
      uint64_t size = 0;
      FAILS(geyser_vulkan_host_buffer_import(manager, memory + 1, sizeof(memory) - 1, &buffer), GEYSER_STATUS_INVALID_ARGUMENT, "");
      if (OK(geyser_vulkan_host_buffer_import(manager, memory, sizeof(memory), &buffer))) {
        OK(geyser_vulkan_host_buffer_query(buffer, &handle, &size));
        CHECK(handle != 0 && size == sizeof(memory));
        OK(geyser_vulkan_copy_from_texture(manager, texture, NULL, buffer, 256, NULL));
        CHECK(memcmp(memory + 256, blue_bytes, 4) == 0 && memcmp(memory + 256 + BYTES - 4, blue_bytes, 4) == 0);
        memset(memory, 0x3C, sizeof(memory));
        OK(geyser_vulkan_copy_to_texture(manager, buffer, 0, texture, NULL, NULL));
        const unsigned char gray[4] = {0x3C, 0x3C, 0x3C, 0x3C};
        check_color(manager, texture, gray);
        geyser_vulkan_host_buffer_destroy(buffer);
      }
    }
  }
  geyser_texture_destroy(texture);
  geyser_manager_destroy(manager);
  GPU(&gpu, vkDestroyCommandPool)(gpu.device, gpu.pool, NULL);
  geyser_vulkan_device_destroy(device);
}
#endif
