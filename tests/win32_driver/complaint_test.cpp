// The emulated driver itself, without the backend: what it shares, and that it complains about each use that a real driver would not take.
#include <array>
#include <cstring>
#include <vector>

#include "win32_driver/fixture.hpp"

namespace geyser::test {
namespace {

constexpr auto opaque = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_WIN32_BIT;
constexpr VkDeviceSize bytes = 65536;

// The functions of one device, and the chains that programs build.
struct Raw {
  explicit Raw(const vulkan::Device& from) : info(from.adopt_info()), device(info.device) {
    get_device_proc_addr = reinterpret_cast<PFN_vkGetDeviceProcAddr>(info.get_instance_proc_addr(info.instance, "vkGetDeviceProcAddr"));
    load(create_image, "vkCreateImage");
    load(destroy_image, "vkDestroyImage");
    load(create_buffer, "vkCreateBuffer");
    load(destroy_buffer, "vkDestroyBuffer");
    load(requirements, "vkGetImageMemoryRequirements");
    load(bind_image, "vkBindImageMemory");
    load(bind_buffer, "vkBindBufferMemory");
    load(allocate, "vkAllocateMemory");
    load(free, "vkFreeMemory");
    load(map, "vkMapMemory");
    load(get_handle, "vkGetMemoryWin32HandleKHR");
    load(create_semaphore, "vkCreateSemaphore");
    load(destroy_semaphore, "vkDestroySemaphore");
    load(get_semaphore, "vkGetSemaphoreWin32HandleKHR");
    load(import_semaphore, "vkImportSemaphoreWin32HandleKHR");
    load(submit, "vkQueueSubmit");
    load(wait_idle, "vkQueueWaitIdle");
  }
  template <class Function>
  void load(Function& function, const char* name) const {
    function = reinterpret_cast<Function>(get_device_proc_addr(device, name));
  }

  [[nodiscard]] VkImage image(bool declared, std::uint32_t width = 64) const {
    const VkExternalMemoryImageCreateInfo external{VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO, nullptr, opaque};
    VkImageCreateInfo create{};
    create.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO;
    create.pNext = declared ? &external : nullptr;
    create.imageType = VK_IMAGE_TYPE_2D;
    create.format = VK_FORMAT_R8G8B8A8_UNORM;
    create.extent = {width, 64, 1};
    create.mipLevels = create.arrayLayers = 1;
    create.samples = VK_SAMPLE_COUNT_1_BIT;
    create.usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT;
    VkImage made = VK_NULL_HANDLE;
    EXPECT_EQ(create_image(device, &create, nullptr, &made), VK_SUCCESS);
    return made;
  }
  [[nodiscard]] VkBuffer buffer() const {
    const VkExternalMemoryBufferCreateInfo external{VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_BUFFER_CREATE_INFO, nullptr, opaque};
    VkBufferCreateInfo create{};
    create.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO;
    create.pNext = &external;
    create.size = bytes;
    create.usage = VK_BUFFER_USAGE_TRANSFER_SRC_BIT;
    VkBuffer made = VK_NULL_HANDLE;
    EXPECT_EQ(create_buffer(device, &create, nullptr, &made), VK_SUCCESS);
    return made;
  }
  [[nodiscard]] VkDeviceSize size_of(VkImage which) const {
    VkMemoryRequirements needed{};
    requirements(device, which, &needed);
    return needed.size;
  }
  VkResult memory(const void* chain, VkDeviceSize size, VkDeviceMemory& out) const {
    const VkMemoryAllocateInfo allocation{VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, chain, size, 0};
    return allocate(device, &allocation, nullptr, &out);
  }
  VkResult exported(VkDeviceMemory& out, VkImage dedicated_to = VK_NULL_HANDLE, VkDeviceSize size = bytes) const {
    const VkMemoryDedicatedAllocateInfo dedicated{VK_STRUCTURE_TYPE_MEMORY_DEDICATED_ALLOCATE_INFO, nullptr, dedicated_to, VK_NULL_HANDLE};
    const VkExportMemoryAllocateInfo info_{VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO,
                                           dedicated_to != VK_NULL_HANDLE ? &dedicated : nullptr, opaque};
    return memory(&info_, size, out);
  }
  VkResult imported(HANDLE handle, VkDeviceMemory& out, VkImage dedicated_to = VK_NULL_HANDLE, VkDeviceSize size = bytes) const {
    const VkMemoryDedicatedAllocateInfo dedicated{VK_STRUCTURE_TYPE_MEMORY_DEDICATED_ALLOCATE_INFO, nullptr, dedicated_to, VK_NULL_HANDLE};
    const VkImportMemoryWin32HandleInfoKHR import{VK_STRUCTURE_TYPE_IMPORT_MEMORY_WIN32_HANDLE_INFO_KHR,
                                                  dedicated_to != VK_NULL_HANDLE ? &dedicated : nullptr, opaque, handle, nullptr};
    return memory(&import, size, out);
  }
  VkResult handle_of(VkDeviceMemory which, HANDLE& out) const {
    const VkMemoryGetWin32HandleInfoKHR get{VK_STRUCTURE_TYPE_MEMORY_GET_WIN32_HANDLE_INFO_KHR, nullptr, which, opaque};
    return get_handle(device, &get, &out);
  }
  [[nodiscard]] VkSemaphore semaphore(bool timeline, bool exportable) const {
    const VkExportSemaphoreCreateInfo exports{VK_STRUCTURE_TYPE_EXPORT_SEMAPHORE_CREATE_INFO, nullptr,
                                              VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_WIN32_BIT};
    const VkSemaphoreTypeCreateInfo type{VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO, exportable ? &exports : nullptr,
                                         timeline ? VK_SEMAPHORE_TYPE_TIMELINE : VK_SEMAPHORE_TYPE_BINARY, 0};
    const VkSemaphoreCreateInfo create{VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO, &type, 0};
    VkSemaphore made = VK_NULL_HANDLE;
    EXPECT_EQ(create_semaphore(device, &create, nullptr, &made), VK_SUCCESS);
    return made;
  }
  VkResult handle_of(VkSemaphore which, HANDLE& out) const {
    const VkSemaphoreGetWin32HandleInfoKHR get{VK_STRUCTURE_TYPE_SEMAPHORE_GET_WIN32_HANDLE_INFO_KHR, nullptr, which,
                                               VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_WIN32_BIT};
    return get_semaphore(device, &get, &out);
  }

  vulkan::AdoptInfo info;
  VkDevice device;
  PFN_vkGetDeviceProcAddr get_device_proc_addr = nullptr;
  PFN_vkCreateImage create_image = nullptr;
  PFN_vkDestroyImage destroy_image = nullptr;
  PFN_vkCreateBuffer create_buffer = nullptr;
  PFN_vkDestroyBuffer destroy_buffer = nullptr;
  PFN_vkGetImageMemoryRequirements requirements = nullptr;
  PFN_vkBindImageMemory bind_image = nullptr;
  PFN_vkBindBufferMemory bind_buffer = nullptr;
  PFN_vkAllocateMemory allocate = nullptr;
  PFN_vkFreeMemory free = nullptr;
  PFN_vkMapMemory map = nullptr;
  PFN_vkGetMemoryWin32HandleKHR get_handle = nullptr;
  PFN_vkCreateSemaphore create_semaphore = nullptr;
  PFN_vkDestroySemaphore destroy_semaphore = nullptr;
  PFN_vkGetSemaphoreWin32HandleKHR get_semaphore = nullptr;
  PFN_vkImportSemaphoreWin32HandleKHR import_semaphore = nullptr;
  PFN_vkQueueSubmit submit = nullptr;
  PFN_vkQueueWaitIdle wait_idle = nullptr;
};

class EmulatedWin32Driver : public EmulatedWin32ExternalMemory {
 protected:
  /// One complaint since the last call, with these words in it.
  [[nodiscard]] ::testing::AssertionResult complained(const char* words) {
    const auto count = take_complaints();
    const auto newest = EmulatedDriver::get().last_complaint();
    if (count == 1 && newest.find(words) != std::string::npos) return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << count << " complaints, the newest: " << newest;
  }
};

TEST_F(EmulatedWin32Driver, buffers_are_shared) {
  const Raw a(device(0));
  const Raw b(device(1));
  const VkBuffer mine = a.buffer();
  VkDeviceMemory memory = VK_NULL_HANDLE;
  ASSERT_EQ(a.exported(memory), VK_SUCCESS);
  EXPECT_EQ(a.bind_buffer(a.device, mine, memory, 0), VK_SUCCESS);
  HANDLE handle = nullptr;
  ASSERT_EQ(a.handle_of(memory, handle), VK_SUCCESS);
  VkDeviceMemory there = VK_NULL_HANDLE;
  ASSERT_EQ(b.imported(handle, there), VK_SUCCESS);
  ::CloseHandle(handle);
  const VkBuffer theirs = b.buffer();
  EXPECT_EQ(b.bind_buffer(b.device, theirs, there, 0), VK_SUCCESS);
  void* from = nullptr;
  void* to = nullptr;
  ASSERT_EQ(a.map(a.device, memory, 0, VK_WHOLE_SIZE, 0, &from), VK_SUCCESS);
  ASSERT_EQ(b.map(b.device, there, 0, VK_WHOLE_SIZE, 0, &to), VK_SUCCESS);
  ASSERT_NE(from, to);
  std::memset(to, 0xA5, bytes);
  static_cast<char*>(from)[bytes - 1] = 77;
  EXPECT_EQ(static_cast<char*>(to)[bytes - 1], 77);
  EXPECT_EQ(static_cast<unsigned char*>(from)[0], 0xA5U);
  b.destroy_buffer(b.device, theirs, nullptr);
  b.free(b.device, there, nullptr);
  a.destroy_buffer(a.device, mine, nullptr);
  a.free(a.device, memory, nullptr);
}

TEST_F(EmulatedWin32Driver, images_must_be_declared_and_dedicated) {
  const Raw a(device(0));
  const VkImage plain = a.image(false);
  VkDeviceMemory memory = VK_NULL_HANDLE;
  ASSERT_EQ(a.exported(memory, plain, a.size_of(plain)), VK_SUCCESS);
  EXPECT_EQ(a.bind_image(a.device, plain, memory, 0), VK_SUCCESS);
  EXPECT_TRUE(complained("was not created for OPAQUE_WIN32"));
  const VkImage declared = a.image(true);
  VkDeviceMemory loose = VK_NULL_HANDLE;
  ASSERT_EQ(a.exported(loose, VK_NULL_HANDLE, a.size_of(declared)), VK_SUCCESS);
  EXPECT_EQ(a.bind_image(a.device, declared, loose, 0), VK_SUCCESS);
  EXPECT_TRUE(complained("dedicated memory only"));
  const VkImage other = a.image(true);
  VkDeviceMemory another = VK_NULL_HANDLE;
  ASSERT_EQ(a.exported(another, declared, a.size_of(declared)), VK_SUCCESS);
  EXPECT_EQ(a.bind_image(a.device, other, another, 0), VK_SUCCESS);
  EXPECT_TRUE(complained("dedicated to another"));
  for (const VkImage each : {plain, declared, other}) a.destroy_image(a.device, each, nullptr);
  for (const VkDeviceMemory each : {memory, loose, another}) a.free(a.device, each, nullptr);
}

TEST_F(EmulatedWin32Driver, handles_are_asked_for_once_and_only_of_exportable_memory) {
  const Raw a(device(0));
  VkDeviceMemory plain = VK_NULL_HANDLE;
  ASSERT_EQ(a.memory(nullptr, bytes, plain), VK_SUCCESS);
  HANDLE handle = nullptr;
  EXPECT_NE(a.handle_of(plain, handle), VK_SUCCESS);
  EXPECT_TRUE(complained("not allocated for that handle type"));
  VkDeviceMemory memory = VK_NULL_HANDLE;
  ASSERT_EQ(a.exported(memory), VK_SUCCESS);
  ASSERT_EQ(a.handle_of(memory, handle), VK_SUCCESS);
  ::CloseHandle(handle);
  ASSERT_EQ(a.handle_of(memory, handle), VK_SUCCESS);
  ::CloseHandle(handle);
  EXPECT_TRUE(complained("called twice"));
  a.free(a.device, plain, nullptr);
  a.free(a.device, memory, nullptr);
}

TEST_F(EmulatedWin32Driver, imports_must_repeat_what_was_exported) {
  const Raw a(device(0));
  const Raw b(device(1));
  const VkImage mine = a.image(true);
  const VkDeviceSize size = a.size_of(mine);
  VkDeviceMemory memory = VK_NULL_HANDLE;
  ASSERT_EQ(a.exported(memory, mine, size), VK_SUCCESS);
  HANDLE handle = nullptr;
  ASSERT_EQ(a.handle_of(memory, handle), VK_SUCCESS);
  const VkImage same = b.image(true);
  const VkImage wider = b.image(true, 65);
  VkDeviceMemory there = VK_NULL_HANDLE;
  EXPECT_EQ(b.imported(handle, there, same, size - 16), VK_ERROR_INVALID_EXTERNAL_HANDLE);
  EXPECT_TRUE(complained("the allocation size"));
  EXPECT_EQ(b.imported(handle, there, VK_NULL_HANDLE, size), VK_ERROR_INVALID_EXTERNAL_HANDLE);
  EXPECT_TRUE(complained("the dedication"));
  EXPECT_EQ(b.imported(handle, there, wider, size), VK_ERROR_INVALID_EXTERNAL_HANDLE);
  EXPECT_TRUE(complained("create info"));
  // Nothing is mapped beyond the section's end, whatever the importer says.
  EXPECT_EQ(b.imported(handle, there, same, size + (1 << 20)), VK_ERROR_INVALID_EXTERNAL_HANDLE);
  ASSERT_EQ(b.imported(handle, there, same, size), VK_SUCCESS);
  ::CloseHandle(handle);
  b.destroy_image(b.device, same, nullptr);
  b.destroy_image(b.device, wider, nullptr);
  b.free(b.device, there, nullptr);
  a.destroy_image(a.device, mine, nullptr);
  a.free(a.device, memory, nullptr);
}

TEST_F(EmulatedWin32Driver, names_and_other_handle_types_are_refused) {
  const Raw a(device(0));
  VkExportMemoryWin32HandleInfoKHR rights{};
  rights.sType = VK_STRUCTURE_TYPE_EXPORT_MEMORY_WIN32_HANDLE_INFO_KHR;
  rights.dwAccess = GENERIC_ALL;
  rights.name = L"guess me";
  VkExportMemoryAllocateInfo exports{VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO, &rights, opaque};
  VkDeviceMemory memory = VK_NULL_HANDLE;
  EXPECT_NE(a.memory(&exports, bytes, memory), VK_SUCCESS);
  EXPECT_TRUE(complained("name is set"));
  exports = {VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO, nullptr, VK_EXTERNAL_MEMORY_HANDLE_TYPE_D3D12_RESOURCE_BIT};
  EXPECT_EQ(a.memory(&exports, bytes, memory), VK_ERROR_FEATURE_NOT_PRESENT);
  EXPECT_TRUE(complained("does not export"));
  rights.name = nullptr;
  EXPECT_EQ(a.memory(&rights, bytes, memory), VK_SUCCESS);
  EXPECT_TRUE(complained("without VkExportMemoryAllocateInfo"));
  a.free(a.device, memory, nullptr);
}

TEST_F(EmulatedWin32Driver, chains_stay_as_they_were) {
  const Raw a(device(0));
  SECURITY_ATTRIBUTES attributes{sizeof(SECURITY_ATTRIBUTES), nullptr, FALSE};
  const VkExportMemoryWin32HandleInfoKHR rights{VK_STRUCTURE_TYPE_EXPORT_MEMORY_WIN32_HANDLE_INFO_KHR, nullptr, &attributes, GENERIC_ALL,
                                                nullptr};
  const VkExportMemoryAllocateInfo exports{VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO, &rights, opaque};
  const auto rights_before = rights;
  const auto exports_before = exports;
  VkDeviceMemory memory = VK_NULL_HANDLE;
  ASSERT_EQ(a.memory(&exports, bytes, memory), VK_SUCCESS);
  EXPECT_EQ(std::memcmp(&rights, &rights_before, sizeof(rights)), 0);
  EXPECT_EQ(std::memcmp(&exports, &exports_before, sizeof(exports)), 0);
  a.free(a.device, memory, nullptr);
}

TEST_F(EmulatedWin32Driver, semaphores_keep_their_kind_and_their_turns) {
  const Raw a(device(0));
  const Raw b(device(1));
  const VkSemaphore binary = a.semaphore(false, true);
  const VkSemaphore plain = a.semaphore(true, false);
  HANDLE handle = nullptr;
  EXPECT_NE(a.handle_of(plain, handle), VK_SUCCESS);
  EXPECT_TRUE(complained("not created for that handle type"));
  ASSERT_EQ(a.handle_of(binary, handle), VK_SUCCESS);
  const VkSemaphore timeline = b.semaphore(true, false);
  VkImportSemaphoreWin32HandleInfoKHR import{};
  import.sType = VK_STRUCTURE_TYPE_IMPORT_SEMAPHORE_WIN32_HANDLE_INFO_KHR;
  import.semaphore = timeline;
  import.handleType = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_WIN32_BIT;
  import.handle = handle;
  EXPECT_EQ(b.import_semaphore(b.device, &import), VK_ERROR_INVALID_EXTERNAL_HANDLE);
  EXPECT_TRUE(complained("the kind"));
  ::CloseHandle(handle);

  VkSubmitInfo signal{};
  signal.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO;
  signal.signalSemaphoreCount = 1;
  signal.pSignalSemaphores = &binary;
  EXPECT_EQ(a.submit(a.info.queue, 1, &signal, VK_NULL_HANDLE), VK_SUCCESS);
  EXPECT_EQ(take_complaints(), 0U);
  EXPECT_EQ(a.submit(a.info.queue, 1, &signal, VK_NULL_HANDLE), VK_SUCCESS);
  EXPECT_TRUE(complained("signalled again"));
  EXPECT_EQ(a.wait_idle(a.info.queue), VK_SUCCESS);
  a.destroy_semaphore(a.device, binary, nullptr);
  a.destroy_semaphore(a.device, plain, nullptr);
  b.destroy_semaphore(b.device, timeline, nullptr);
}

TEST_F(EmulatedWin32Driver, what_is_left_behind_is_noticed) {
  vulkan::DeviceOptions options;
  options.get_instance_proc_addr = EmulatedDriver::get().get_instance_proc_addr();
  auto device = vulkan::Device::create(options);
  ASSERT_TRUE(device);
  VkSemaphore left = VK_NULL_HANDLE;
  {
    const Raw raw(*device);
    left = raw.semaphore(true, false);
    EXPECT_EQ(raw.get_device_proc_addr(raw.device, "vkQueueSubmit2"), nullptr);
    EXPECT_EQ(raw.get_device_proc_addr(raw.device, "vkGetFenceWin32HandleKHR"), nullptr);
  }
  ASSERT_NE(left, VK_NULL_HANDLE);
  {
    const auto gone = *std::move(device);
  }
  EXPECT_TRUE(complained("1 semaphores were not destroyed"));
}

}  // namespace
}  // namespace geyser::test
