// The Vulkan backend on Windows, over emulated win32 external memory: two devices of two instances in one process.
#include <aclapi.h>
#include <sddl.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <thread>

#include "platform/security_windows.hpp"
#include "platform/windows.hpp"
#include "support/process.hpp"
#include "win32_driver/fixture.hpp"

namespace geyser::test {
namespace {

using namespace std::chrono_literals;

#define ASSERT_OK(result) ASSERT_TRUE(result.has_value()) << result.error().describe()
#define EXPECT_OK(expression)                                               \
  do {                                                                      \
    auto expected_ok = (expression);                                        \
    EXPECT_TRUE(expected_ok.has_value()) << expected_ok.error().describe(); \
  } while (false)

std::vector<std::byte> random_bytes(std::size_t size) {
  std::random_device device;
  std::mt19937 random(device());
  std::vector<std::byte> bytes(size);
  std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<std::byte>(random()); });
  return bytes;
}

template <class T>
::testing::AssertionResult refused(const Result<T>& result, Errc code, std::string_view part) {
  if (result) return ::testing::AssertionFailure() << "succeeded";
  if (result.error().code() == code && result.error().message().find(part) != std::string::npos) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << result.error().describe() << ", expected " << to_string(code) << " with \"" << part << '"';
}

// Who is on the list of a kernel object, as text.
std::string access_list(HANDLE handle) {
  PSECURITY_DESCRIPTOR descriptor = nullptr;
  if (::GetSecurityInfo(handle, SE_KERNEL_OBJECT, DACL_SECURITY_INFORMATION, nullptr, nullptr, nullptr, nullptr, &descriptor) != 0)
    return "unknown";
  wchar_t* words = nullptr;
  std::string result;
  if (::ConvertSecurityDescriptorToStringSecurityDescriptorW(descriptor, SDDL_REVISION_1, DACL_SECURITY_INFORMATION, &words, nullptr) != 0)
    result = platform::utf8(words);
  ::LocalFree(words);
  ::LocalFree(descriptor);
  return result;
}

bool names_this_user_only(const std::string& list) {
  const auto user = platform::current_user_sid();
  return user && std::count(list.begin(), list.end(), '(') == 1 && list.find(*user + ")") != std::string::npos;
}

TEST_F(EmulatedWin32ExternalMemory, capabilities_name_what_crosses) {
  const auto& capabilities = exporter().capabilities();
  EXPECT_TRUE(capabilities.exports(MemoryHandleType::opaque_win32));
  EXPECT_TRUE(capabilities.imports(MemoryHandleType::opaque_win32));
  EXPECT_FALSE(capabilities.exports(MemoryHandleType::opaque_fd));
  for (const auto type : {MemoryHandleType::d3d11_texture, MemoryHandleType::d3d12_resource}) {
    const auto found =
        std::find_if(capabilities.memory.begin(), capabilities.memory.end(), [type](const auto& s) { return s.type == type; });
    ASSERT_NE(found, capabilities.memory.end());
    EXPECT_FALSE(found->can_export || found->can_import);
    EXPECT_NE(found->why_not.find("the driver neither exports nor imports"), std::string::npos) << found->why_not;
  }
  for (const auto kind : {SemaphoreKind::timeline, SemaphoreKind::binary}) {
    EXPECT_TRUE(capabilities.exports(kind, SemaphoreHandleType::opaque_win32));
    EXPECT_TRUE(capabilities.imports(kind, SemaphoreHandleType::opaque_win32));
  }
  EXPECT_FALSE(capabilities.imports(SemaphoreKind::timeline, SemaphoreHandleType::d3d12_fence));
  EXPECT_TRUE(capabilities.identity.luid.has_value());
  EXPECT_OK(check_same_device(capabilities.identity, importer().capabilities().identity));
}

TEST_F(EmulatedWin32ExternalMemory, a_device_is_found_by_its_luid) {
  vulkan::DeviceOptions options;
  options.get_instance_proc_addr = EmulatedDriver::get().get_instance_proc_addr();
  options.selector.luid = exporter().capabilities().identity.luid;
  EXPECT_OK(vulkan::Device::create(options));
  options.selector.luid->at(3) ^= 1U;
  EXPECT_TRUE(refused(vulkan::Device::create(options), Errc::not_found, "luid"));
}

TEST_F(EmulatedWin32ExternalMemory, content_passes_both_ways) {
  auto mine = exporter().create_shareable_texture(texture());
  ASSERT_OK(mine);
  EXPECT_EQ(mine->handle_type(), MemoryHandleType::opaque_win32);
  const auto layout = region_layout(mine->descriptor(), {});
  ASSERT_OK(layout);
  const auto there = random_bytes(layout->total_bytes);
  EXPECT_OK(exporter().upload(*mine, {}, there));
  auto handle = exporter().export_texture(*mine);
  ASSERT_OK(handle);
  EXPECT_TRUE(handle->info.dedicated);
  auto theirs = importer().import_texture(*std::move(handle));
  ASSERT_OK(theirs);
  std::vector<std::byte> found(layout->total_bytes, std::byte{0xA5});
  EXPECT_OK(importer().read_back(*theirs, {}, found));
  EXPECT_TRUE(found == there);
  const auto back = random_bytes(layout->total_bytes);
  EXPECT_OK(importer().upload(*theirs, {}, back));
  std::fill(found.begin(), found.end(), std::byte{0x5A});
  EXPECT_OK(exporter().read_back(*mine, {}, found));
  EXPECT_TRUE(found == back);
}

TEST_F(EmulatedWin32ExternalMemory, a_texture_outlives_its_exporter) {
  auto mine = exporter().create_shareable_texture(texture());
  ASSERT_OK(mine);
  const auto layout = region_layout(mine->descriptor(), {});
  const auto there = random_bytes(layout->total_bytes);
  EXPECT_OK(exporter().upload(*mine, {}, there));
  auto handle = exporter().export_texture(*mine);
  ASSERT_OK(handle);
  {
    const auto gone = *std::move(mine);
  }
  auto theirs = importer().import_texture(*std::move(handle));
  ASSERT_OK(theirs);
  std::vector<std::byte> found(layout->total_bytes, std::byte{0xA5});
  EXPECT_OK(importer().read_back(*theirs, {}, found));
  EXPECT_TRUE(found == there);
}

TEST_F(EmulatedWin32ExternalMemory, every_export_is_a_handle_of_its_own) {
  auto mine = exporter().create_shareable_texture(texture());
  ASSERT_OK(mine);
  auto one = exporter().export_texture(*mine);
  auto two = exporter().export_texture(*mine);
  ASSERT_OK(one);
  ASSERT_OK(two);
  EXPECT_NE(one->handles[0].borrow(), two->handles[0].borrow());
  one->handles[0].reset();
  EXPECT_OK(importer().import_texture(*std::move(two)));
}

TEST_F(EmulatedWin32ExternalMemory, exported_handles_are_for_this_user_only) {
  auto mine = exporter().create_shareable_texture(texture());
  ASSERT_OK(mine);
  auto handle = exporter().export_texture(*mine);
  ASSERT_OK(handle);
  const auto memory = access_list(platform::native(handle->handles[0]));
  EXPECT_TRUE(names_this_user_only(memory)) << memory;
  DWORD flags = HANDLE_FLAG_INHERIT;
  ASSERT_TRUE(::GetHandleInformation(platform::native(handle->handles[0]), &flags));
  EXPECT_EQ(flags & HANDLE_FLAG_INHERIT, 0U);
  for (const auto kind : {SemaphoreKind::timeline, SemaphoreKind::binary}) {
    auto semaphore = exporter().create_shared_semaphore({.kind = kind});
    ASSERT_OK(semaphore);
    auto exported = exporter().export_semaphore(*semaphore);
    ASSERT_OK(exported);
    EXPECT_EQ(exported->type, SemaphoreHandleType::opaque_win32);
    const auto list = access_list(platform::native(exported->handle));
    EXPECT_TRUE(names_this_user_only(list)) << list;
  }
}

TEST_F(EmulatedWin32ExternalMemory, importing_takes_the_handle_on_success_only) {
  auto mine = exporter().create_shareable_texture(texture());
  ASSERT_OK(mine);
  auto handle = exporter().export_texture(*mine);
  ASSERT_OK(handle);
  EmulatedDriver::get().fail_next("vkAllocateMemory", VK_ERROR_OUT_OF_DEVICE_MEMORY);
  EXPECT_TRUE(refused(importer().import_texture(std::move(*handle)), Errc::out_of_memory, "vkAllocateMemory"));
  ASSERT_TRUE(handle->handles[0]);
  DWORD flags = 0;
  EXPECT_TRUE(::GetHandleInformation(platform::native(handle->handles[0]), &flags)) << "closed by the failed import";
  EmulatedDriver::get().fail_next("vkBindImageMemory", VK_ERROR_OUT_OF_HOST_MEMORY);
  EXPECT_TRUE(refused(importer().import_texture(std::move(*handle)), Errc::out_of_memory, "vkBindImageMemory"));
  const HANDLE number = platform::native(handle->handles[0]);
  EXPECT_TRUE(::GetHandleInformation(number, &flags));
  EXPECT_OK(importer().import_texture(std::move(*handle)));
  EXPECT_FALSE(handle->handles[0]);
  EXPECT_FALSE(::GetHandleInformation(number, &flags)) << "an import that succeeded must close the handle";
}

TEST_F(EmulatedWin32ExternalMemory, what_is_no_memory_never_reaches_the_driver) {
  auto mine = exporter().create_shareable_texture(texture());
  ASSERT_OK(mine);
  auto handle = exporter().export_texture(*mine);
  ASSERT_OK(handle);
  OsHandle good = std::move(handle->handles[0]);
  const auto try_with = [&](HANDLE number) {
    handle->handles[0] = platform::owned(number);
    auto result = importer().import_texture(std::move(*handle));
    handle->handles[0].reset();
    return result;
  };
  EXPECT_TRUE(refused(try_with(::CreateEventW(nullptr, TRUE, FALSE, nullptr)), Errc::protocol_error, "no memory"));
  EXPECT_TRUE(refused(try_with(::CreateFileMappingW(INVALID_HANDLE_VALUE, nullptr, PAGE_READWRITE, 0, 4096, nullptr)), Errc::protocol_error,
                      "no memory"));
  // Large enough, and somebody else's: the driver finds that out.
  const auto foreign = try_with(::CreateFileMappingW(INVALID_HANDLE_VALUE, nullptr, PAGE_READWRITE, 0, 1 << 20, nullptr));
  EXPECT_TRUE(refused(foreign, Errc::protocol_error, "VK_ERROR_INVALID_EXTERNAL_HANDLE"));
  handle->handles[0] = std::move(good);
  EXPECT_OK(importer().import_texture(std::move(*handle)));
}

TEST_F(EmulatedWin32ExternalMemory, types_of_other_systems_are_refused_by_name) {
  auto mine = exporter().create_shareable_texture(texture());
  ASSERT_OK(mine);
  auto handle = exporter().export_texture(*mine);
  ASSERT_OK(handle);
  handle->info.type = MemoryHandleType::opaque_fd;
  EXPECT_TRUE(refused(importer().import_texture(std::move(*handle)), Errc::unsupported_handle, "opaque_win32"));
  handle->info.type = MemoryHandleType::d3d12_resource;
  EXPECT_TRUE(refused(importer().import_texture(std::move(*handle)), Errc::unsupported_handle, "d3d12_resource"));
  const CreateOptions options{.handle_type = MemoryHandleType::d3d11_texture};
  EXPECT_TRUE(refused(exporter().create_shareable_texture(texture(), options), Errc::unsupported_handle, "d3d11_texture"));
  EXPECT_TRUE(refused(vulkan::create_fence(exporter()), Errc::unsupported_handle, "VK_KHR_external_fence_win32"));
  EXPECT_TRUE(refused(vulkan::create_fence(exporter(), vulkan::FenceHandleType::sync_fd), Errc::invalid_argument, "opaque_win32"));
  EXPECT_TRUE(refused(vulkan::set_keyed_mutex(*mine, vulkan::KeyedMutex{}), Errc::unsupported_handle, "d3d11_texture"));
}

TEST_F(EmulatedWin32ExternalMemory, a_timeline_is_waited_for_before_it_is_signalled) {
  auto mine = exporter().create_shared_semaphore({.kind = SemaphoreKind::timeline, .initial_value = 3});
  ASSERT_OK(mine);
  auto handle = exporter().export_semaphore(*mine);
  ASSERT_OK(handle);
  auto theirs = importer().import_semaphore(*std::move(handle));
  ASSERT_OK(theirs);
  EXPECT_EQ(theirs->value().value_or(0), 3U);
  auto shared = exporter().create_shareable_texture(texture());
  ASSERT_OK(shared);
  auto memory = exporter().export_texture(*shared);
  ASSERT_OK(memory);
  auto view = importer().import_texture(*std::move(memory));
  ASSERT_OK(view);
  const auto layout = region_layout(shared->descriptor(), {});
  const auto there = random_bytes(layout->total_bytes);
  std::vector<std::byte> found(there.size(), std::byte{0xA5});
  TextureState after_the_write;
  after_the_write.initialized = true;
  after_the_write.layout = TextureLayout::general;
  after_the_write.points.push_back({*theirs, 7});
  std::thread reader([&] { EXPECT_OK(importer().read_back(*view, {}, found, {.state = after_the_write})); });
  std::this_thread::sleep_for(50ms);
  EXPECT_OK(exporter().upload(*shared, {}, there, {.signal = SyncPoint{*mine, 7}}));
  reader.join();
  EXPECT_TRUE(found == there);
  EXPECT_EQ(theirs->value().value_or(0), 7U);
  // From the host, the other way round.
  EXPECT_TRUE(refused(mine->wait(9, 20ms), Errc::timed_out, "is at 7"));
  std::thread signaller([&] { EXPECT_OK(theirs->signal(9)); });
  EXPECT_OK(mine->wait(9, 5s));
  signaller.join();
}

TEST_F(EmulatedWin32ExternalMemory, a_binary_semaphore_takes_turns) {
  auto mine = exporter().create_shared_semaphore({.kind = SemaphoreKind::binary});
  ASSERT_OK(mine);
  auto handle = exporter().export_semaphore(*mine);
  ASSERT_OK(handle);
  auto theirs = importer().import_semaphore(*std::move(handle));
  ASSERT_OK(theirs);
  auto shared = exporter().create_shareable_texture(texture());
  ASSERT_OK(shared);
  auto memory = exporter().export_texture(*shared);
  ASSERT_OK(memory);
  auto view = importer().import_texture(*std::move(memory));
  ASSERT_OK(view);
  const auto layout = region_layout(shared->descriptor(), {});
  // The reader has used up each signal, so that the next write has none to wait for.
  TextureState taken;
  taken.initialized = true;
  taken.layout = TextureLayout::general;
  TextureState given = taken;
  given.points.push_back({*theirs, 1});
  for (int turn = 0; turn < 5; ++turn) {
    const auto there = random_bytes(layout->total_bytes);
    AccessInfo write{.signal = SyncPoint{*mine, 1}};
    if (turn != 0) write.state = taken;
    EXPECT_OK(exporter().upload(*shared, {}, there, write));
    std::vector<std::byte> found(there.size(), std::byte{0xA5});
    EXPECT_OK(importer().read_back(*view, {}, found, {.state = given}));
    EXPECT_TRUE(found == there);
  }
}

TEST_F(EmulatedWin32ExternalMemory, nothing_is_left_open) {
  const auto once = [&] {
    auto mine = exporter().create_shareable_texture(texture());
    auto timeline = exporter().create_shared_semaphore({.kind = SemaphoreKind::timeline});
    auto binary = exporter().create_shared_semaphore({.kind = SemaphoreKind::binary});
    ASSERT_TRUE(mine && timeline && binary);
    for (auto* semaphore : {&*timeline, &*binary}) {
      auto handle = exporter().export_semaphore(*semaphore);
      ASSERT_OK(handle);
      EXPECT_OK(importer().import_semaphore(*std::move(handle)));
    }
    auto handle = exporter().export_texture(*mine);
    ASSERT_OK(handle);
    EmulatedDriver::get().fail_next("vkAllocateMemory", VK_ERROR_OUT_OF_HOST_MEMORY);
    EXPECT_FALSE(importer().import_texture(std::move(*handle)));
    EXPECT_OK(importer().import_texture(*std::move(handle)));
  };
  once();  // threads and events of the driver
  const std::size_t before = open_descriptors();
  for (int i = 0; i < 20; ++i) once();
  EXPECT_EQ(open_descriptors(), before);
}

TEST_F(EmulatedWin32ExternalMemory, managers_leave_nothing_open) {
  const auto once = [&](bool copy, bool timeline) {
    auto manager = device(0).create_manager();
    ASSERT_OK(manager);
    if (timeline) EXPECT_OK(manager->create_shared_semaphore());
    if (!copy) return;
    auto mine = manager->create_shareable_texture(texture());
    ASSERT_OK(mine);
    EXPECT_OK(manager->upload(*mine, {}, random_bytes(region_layout(mine->descriptor(), {})->total_bytes)));
  };
  for (const auto& [copy, timeline] : {std::pair{false, false}, std::pair{false, true}, std::pair{true, false}}) {
    once(copy, timeline);
    const std::size_t before = open_descriptors();
    for (int i = 0; i < 20; ++i) once(copy, timeline);
    EXPECT_EQ(open_descriptors(), before) << "copy " << copy << ", timeline " << timeline;
  }
}

}  // namespace
}  // namespace geyser::test
