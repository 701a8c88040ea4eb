// Handles that are not what they say (emulated): each is refused by name, and stays the caller's, unchanged.
#include <functional>

#include "d3d12/emulated.hpp"

namespace d3d12_test {
namespace {

using geyser::OsHandle;
using geyser::TextureHandle;

class hostile : public Emulated {
 protected:
  /// A handle of a texture like `descriptor`, spoilt by `spoil`, is refused with a message that has `wanted` in it.
  static void refused(const TextureDescriptor& descriptor, const std::function<void(TextureHandle&)>& spoil, std::string_view wanted) {
    Side a;
    Side b;
    auto texture = take(a->create_shareable_texture(descriptor), "creating");
    auto handle = take(a->export_texture(*texture), "exporting");
    ASSERT_TRUE(handle);
    spoil(*handle);
    const auto number = handle->handles[0].borrow();
    const auto why = refusal(b->import_texture(std::move(*handle)));
    EXPECT_NE(why.find(wanted), std::string::npos) << why;
    EXPECT_EQ(handle->handles[0].borrow(), number);
  }
};

TEST_F(hostile, what_the_description_says_is_compared_with_the_resource) {
  refused(
      plain(), [](TextureHandle& h) { h.info.descriptor.extent.width = 64; },
      "protocol_error: The resource behind the handle has width 60");
  refused(
      plain(), [](TextureHandle& h) { h.info.descriptor.extent.height = 40; },
      "protocol_error: The resource behind the handle has height 36");
  refused(
      plain(), [](TextureHandle& h) { h.info.descriptor.mip_levels = 2; },
      "protocol_error: The resource behind the handle has mip levels 1");
  refused(
      plain(),
      [](TextureHandle& h) {
        h.info.descriptor.dimension = TextureDimension::d2_array;
        h.info.descriptor.array_layers = 4;
      },
      "protocol_error: The resource behind the handle has array size 1");
  refused(
      plain(),
      [](TextureHandle& h) {
        h.info.descriptor.dimension = TextureDimension::d3;
        h.info.descriptor.extent.depth = 2;
      },
      "protocol_error: The resource behind the handle has D3D12_RESOURCE_DIMENSION 3");
  refused(
      plain(), [](TextureHandle& h) { h.info.descriptor.format = TextureFormat::bgra8_unorm; }, "TextureHandleInfo::native_format is 28");
  refused(
      plain(),
      [](TextureHandle& h) {
        h.info.descriptor.format = TextureFormat::bgra8_unorm;
        h.info.native_format = 87;
      },
      "protocol_error: The resource behind the handle has DXGI_FORMAT 28");
  refused(
      plain(), [](TextureHandle& h) { h.info.descriptor.usage = h.info.descriptor.usage | TextureUsage::render_attachment; },
      "protocol_error: The resource behind the handle has D3D12_RESOURCE_FLAGS 32");
  refused(plain(), [](TextureHandle& h) { h.info.native_format = 0; }, "TextureHandleInfo::native_format is 0");
  refused(plain(TextureFormat::depth32_float), [](TextureHandle& h) { h.info.native_format = 40; }, "asks for 40");
  refused(plain(), [](TextureHandle& h) { h.info.allocation_size += 65536; }, "protocol_error: TextureHandleInfo::allocation_size");
  refused(plain(), [](TextureHandle& h) { h.info.linear_tiling = true; }, "unsupported_handle: The handle says linear_tiling");
  refused(plain(), [](TextureHandle& h) { h.info.type = MemoryHandleType::opaque_win32; }, "unsupported_handle: ");
  refused(
      plain(),
      [](TextureHandle& h) {
        h.info.type = MemoryHandleType::d3d11_texture;
        h.info.native_create_flags = 0x900;
      },
      "keyed mutex");
}

TEST_F(hostile, textures_of_direct3d_11_come_in_without_their_size) {
  Side a;
  Side b;
  auto texture = take(a->create_shareable_texture(plain()), "creating");
  const auto sent = random_bytes(60 * 36 * 4, 2);
  ASSERT_TRUE(a->upload(*texture, {}, sent));
  auto handle = take(a->export_texture(*texture), "exporting");
  handle->info.type = MemoryHandleType::d3d11_texture;
  handle->info.allocation_size = handle->info.required_size = 60 * 36 * 4;
  auto view = take(b->import_texture(std::move(*handle)), "importing");
  ASSERT_TRUE(view);
  EXPECT_EQ(view->handle_type(), MemoryHandleType::d3d11_texture);
  std::vector<std::byte> found(sent.size());
  ASSERT_TRUE(b->read_back(*view, {}, found));
  EXPECT_EQ(found, sent);
}

TEST_F(hostile, numbers_of_vulkan_say_nothing_here) {
  Side a;
  Side b;
  auto texture = take(a->create_shareable_texture(plain()), "creating");
  auto handle = take(a->export_texture(*texture), "exporting");
  handle->info.memory_type_index = 3;
  handle->info.native_format = 37;  // VK_FORMAT_R8G8B8A8_UNORM
  handle->info.native_usage = 7;
  handle->info.allocation_size += 4096;
  auto view = take(b->import_texture(std::move(*handle)), "importing");
  EXPECT_TRUE(view);
}

TEST_F(hostile, handles_of_other_things_are_no_textures) {
  const auto replace = [](HANDLE made) { return [made](TextureHandle& h) { h.handles[0] = geyser::platform::owned(made); }; };
  constexpr auto wanted = "the handle is no shared texture of this device";
  refused(plain(), replace(::CreateEventW(nullptr, TRUE, FALSE, nullptr)), wanted);
  refused(plain(), replace(::CreateFileMappingW(INVALID_HANDLE_VALUE, nullptr, PAGE_READWRITE, 0, 65536, nullptr)), wanted);
  refused(plain(), replace(::CreateFileMappingW(INVALID_HANDLE_VALUE, nullptr, PAGE_READONLY, 0, 4096, nullptr)), wanted);
  HANDLE read = nullptr;
  HANDLE write = nullptr;
  ASSERT_TRUE(::CreatePipe(&read, &write, nullptr, 0));
  refused(plain(), replace(read), wanted);
  ::CloseHandle(write);
  Side c;
  auto fence = take(c->create_shared_semaphore({.kind = SemaphoreKind::timeline}), "a fence");
  auto shared = take(c->export_semaphore(*fence), "exporting a fence");
  refused(plain(), [&](TextureHandle& h) { h.handles[0] = std::move(shared->handle); }, wanted);
}

TEST_F(hostile, handles_of_other_things_are_no_fences) {
  Side a;
  Side b;
  auto texture = take(a->create_shareable_texture(plain()), "creating");
  auto handle = take(a->export_texture(*texture), "exporting");
  geyser::SemaphoreHandle semaphore;
  semaphore.kind = SemaphoreKind::timeline;
  semaphore.type = SemaphoreHandleType::d3d12_fence;
  semaphore.exporter = handle->info.exporter;
  semaphore.handle = std::move(handle->handles[0]);
  const auto number = semaphore.handle.borrow();
  const auto why = refusal(b->import_semaphore(std::move(semaphore)));
  EXPECT_NE(why.find("protocol_error: ID3D12Device::OpenSharedHandle answers E_NOINTERFACE"), std::string::npos) << why;
  EXPECT_EQ(semaphore.handle.borrow(), number);
  semaphore.handle = geyser::platform::owned(::CreateEventW(nullptr, TRUE, FALSE, nullptr));
  EXPECT_NE(refusal(b->import_semaphore(std::move(semaphore))).find("the handle is no shared fence of this device"), std::string::npos);
}

}  // namespace
}  // namespace d3d12_test
