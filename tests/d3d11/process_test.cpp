// Two processes: handles, fences, keyed mutexes, a peer that dies. Emulated.
#include <cstdlib>
#include <string>

#include "d3d11/child.hpp"
#include "d3d11/fixture.hpp"

namespace d3d11_test {
namespace {

using geyser::SyncPoint;

constexpr std::uint64_t texels_seed = 77;

std::vector<std::byte> agreed_content(std::uint64_t frame) {
  geyser::test::Random both(texels_seed + frame);
  const auto layout = geyser::region_layout(plain(), {});
  return geyser::test::random_content(both, *geyser::format_info(plain().format), 0, layout->total_bytes);
}

/// Fails the child with a number that says where.
#define CHILD_NEEDS(condition, status) \
  if (!(condition)) return status

int child(std::string_view mode, std::intptr_t texture_handle, std::intptr_t fence_handle) {
  fake_d3d11::reset();
  ID3D11Device* device = fake_d3d11::create_device();
  auto manager = geyser::d3d11::create_manager({.device = device, .entry_points = fake_d3d11::entry_points()});
  fake_d3d11::release(device);
  CHILD_NEEDS(manager, 10);
  geyser::TextureHandle handle;
  handle.info.type = geyser::MemoryHandleType::d3d11_texture;
  handle.info.descriptor = plain();
  handle.info.exporter = manager->identity();
  handle.info.allocation_size = handle.info.required_size = *geyser::content_bytes(plain());
  handle.info.initialized = true;
  handle.info.layout = geyser::TextureLayout::general;
  handle.handles[0] = geyser::OsHandle(texture_handle);
  auto texture = manager->import_texture(std::move(handle));
  CHILD_NEEDS(texture, 11);
  if (mode == "die") {
    auto access = texture->begin_write();
    CHILD_NEEDS(access && geyser::d3d11::acquire(*access, 5s), 12);
    ::TerminateProcess(::GetCurrentProcess(), 0);
  }
  geyser::SemaphoreHandle semaphore;
  semaphore.kind = geyser::SemaphoreKind::timeline;
  semaphore.type = geyser::SemaphoreHandleType::d3d12_fence;
  semaphore.exporter = manager->identity();
  semaphore.handle = geyser::OsHandle(fence_handle);
  auto fence = manager->import_semaphore(std::move(semaphore));
  CHILD_NEEDS(fence, 13);
  for (std::uint64_t frame = 0; frame < 10; ++frame) {
    geyser::AccessInfo info{.state = geyser::TextureState{true, geyser::TextureLayout::general, {SyncPoint{*fence, 2 * frame + 1}}}};
    CHILD_NEEDS(holds(*manager, *texture, {}, agreed_content(2 * frame), info), 14);
    info.signal = SyncPoint{*fence, 2 * frame + 2};
    CHILD_NEEDS(manager->upload(*texture, {}, agreed_content(2 * frame + 1), info), 15);
  }
  return 0;
}

class Process : public Fixture {
 protected:
  struct Started {
    geyser::OsHandle process;
    /// The exit status; 99 when it does not end.
    [[nodiscard]] DWORD ended() const {
      DWORD status = 99;
      if (::WaitForSingleObject(geyser::platform::native(process), 30000) != WAIT_OBJECT_0) {
        ::TerminateProcess(geyser::platform::native(process), 98);
        return 99;
      }
      ::GetExitCodeProcess(geyser::platform::native(process), &status);
      return status;
    }
  };
  /// A second process of this program, which gets duplicates of the handles.
  static Started start(const char* mode, const geyser::OsHandle& texture, const geyser::OsHandle& fence) {
    const auto inheritable = [](const geyser::OsHandle& handle) {
      HANDLE made = nullptr;
      const HANDLE self = ::GetCurrentProcess();
      ::DuplicateHandle(self, geyser::platform::native(handle), self, &made, 0, TRUE, DUPLICATE_SAME_ACCESS);
      return geyser::platform::owned(made);
    };
    const auto first = inheritable(texture);
    const auto second = inheritable(fence);
    wchar_t path[1024];
    ::GetModuleFileNameW(nullptr, path, 1024);
    std::wstring line = L"\"" + std::wstring(path) + L"\" --child " + geyser::platform::wide(mode) + L" " +
                        std::to_wstring(first.borrow()) + L" " + std::to_wstring(second.borrow());
    STARTUPINFOW startup{};
    startup.cb = sizeof startup;
    PROCESS_INFORMATION made{};
    EXPECT_NE(::CreateProcessW(path, line.data(), nullptr, nullptr, TRUE, 0, nullptr, nullptr, &startup, &made), FALSE);
    ::CloseHandle(made.hThread);
    return {geyser::platform::owned(made.hProcess)};
  }
};

TEST_F(Process, ExchangeFrames) {
  auto made = manager();
  ASSERT_TRUE(ok(made));
  auto texture = made->create_shareable_texture(plain());
  auto fence = made->create_shared_semaphore();
  ASSERT_TRUE(ok(texture));
  auto handle = made->export_texture(*texture);
  auto semaphore = made->export_semaphore(*fence);
  ASSERT_TRUE(ok(handle));
  ASSERT_TRUE(ok(semaphore));
  const auto child = start("frames", handle->handles[0], semaphore->handle);
  for (std::uint64_t frame = 0; frame < 10; ++frame) {
    geyser::AccessInfo write{.signal = SyncPoint{*fence, 2 * frame + 1}};
    const std::array before{SyncPoint{*fence, 2 * frame}};
    write.wait_for = before;
    ASSERT_TRUE(ok(made->upload(*texture, {}, agreed_content(2 * frame), write)));
    const std::array back{SyncPoint{*fence, 2 * frame + 2}};
    ASSERT_TRUE(holds(*made, *texture, {}, agreed_content(2 * frame + 1), {.wait_for = back}));
  }
  EXPECT_EQ(child.ended(), 0U);
}

TEST_F(Process, ThatDiesWithTheKeyedMutex) {
  auto made = manager();
  ASSERT_TRUE(ok(made));
  auto texture = geyser::d3d11::create_texture(*made, plain(), {.keyed_mutex = true});
  auto fence = made->create_shared_semaphore();
  ASSERT_TRUE(ok(texture));
  auto handle = made->export_texture(*texture);
  auto semaphore = made->export_semaphore(*fence);
  const auto child = start("die", handle->handles[0], semaphore->handle);
  ASSERT_EQ(child.ended(), 0U);
  auto access = texture->begin_write();
  ASSERT_TRUE(ok(access));
  EXPECT_TRUE(fails(geyser::d3d11::acquire(*access, 5s), Errc::peer_gone, "content is undefined"));
  ASSERT_TRUE(ok(std::move(*access).end()));
  EXPECT_TRUE(fails(made->upload(*texture, {}, agreed_content(0)), Errc::peer_gone));
}

}  // namespace

int run_child(int argc, char** argv) {
  if (argc != 5) return 2;
  return child(argv[2], static_cast<std::intptr_t>(std::strtoll(argv[3], nullptr, 10)),
               static_cast<std::intptr_t>(std::strtoll(argv[4], nullptr, 10)));
}

}  // namespace d3d11_test
