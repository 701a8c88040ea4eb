// Two processes (emulated sharing): the child opens what the parent duplicated into it.
#include <cstdlib>
#include <iostream>
#include <string_view>

#include "d3d12/emulated.hpp"

namespace d3d12_test {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t texture_bytes = 60 * 36 * 4;

class process : public Emulated {};

/// What both processes agree on beforehand: a handle of a texture like that one, whose OS handle is replaced.
std::optional<geyser::TextureHandle> agreed(TextureShareManager& manager) {
  auto texture = take(manager.create_shareable_texture(plain()), "creating");
  return texture ? take(manager.export_texture(*texture), "exporting") : std::nullopt;
}

/// Waits for 1, checks the picture, paints another, signals 2.
int child() {
  geyser::OsHandle::Value texture_handle = 0;
  geyser::OsHandle::Value fence_handle = 0;
  std::cin >> texture_handle >> fence_handle;
  Side side;
  auto handle = agreed(*side);
  if (!handle) return 10;
  handle->handles[0].reset(texture_handle);
  geyser::SemaphoreHandle semaphore;
  semaphore.kind = SemaphoreKind::timeline;
  semaphore.type = SemaphoreHandleType::d3d12_fence;
  semaphore.exporter = side->identity();
  semaphore.handle.reset(fence_handle);
  auto texture = take(side->import_texture(std::move(*handle)), "importing");
  auto fence = take(side->import_semaphore(std::move(semaphore)), "importing a fence");
  if (!texture || !fence) return 11;
  if (!fence->wait(1, 20s)) return 12;
  std::vector<std::byte> found(texture_bytes);
  const geyser::TextureState written{.initialized = true, .layout = geyser::TextureLayout::general, .points = {}};
  if (!side->read_back(*texture, {}, found, {.state = written})) return 13;
  if (found != random_bytes(texture_bytes, 71)) return 14;
  if (!side->upload(*texture, {}, random_bytes(texture_bytes, 72), {.state = {}, .wait_for = {}, .signal = geyser::SyncPoint{*fence, 2}}))
    return 15;
  return fake_d3d12::take_complaints().empty() ? 0 : 16;
}

geyser::OsHandle::Value give(HANDLE to, const geyser::OsHandle& handle) {
  HANDLE there = nullptr;
  EXPECT_TRUE(::DuplicateHandle(::GetCurrentProcess(), geyser::platform::native(handle), to, &there, 0, FALSE, DUPLICATE_SAME_ACCESS));
  return reinterpret_cast<geyser::OsHandle::Value>(there);
}

TEST_F(process, a_texture_and_a_fence_cross_to_another_process_and_back) {
  SECURITY_ATTRIBUTES inherited{sizeof(SECURITY_ATTRIBUTES), nullptr, TRUE};
  HANDLE read = nullptr;
  HANDLE write = nullptr;
  ASSERT_TRUE(::CreatePipe(&read, &write, &inherited, 0));
  ASSERT_TRUE(::SetHandleInformation(write, HANDLE_FLAG_INHERIT, 0));
  STARTUPINFOW startup{};
  startup.cb = sizeof(startup);
  startup.dwFlags = STARTF_USESTDHANDLES;
  startup.hStdInput = read;
  startup.hStdOutput = ::GetStdHandle(STD_OUTPUT_HANDLE);
  startup.hStdError = ::GetStdHandle(STD_ERROR_HANDLE);
  std::wstring path(MAX_PATH, L'\0');
  path.resize(::GetModuleFileNameW(nullptr, path.data(), MAX_PATH));
  std::wstring command = L"\"" + path + L"\" --child";
  PROCESS_INFORMATION started{};
  ASSERT_TRUE(::CreateProcessW(nullptr, command.data(), nullptr, nullptr, TRUE, 0, nullptr, nullptr, &startup, &started));
  ::CloseHandle(read);
  ::CloseHandle(started.hThread);
  const geyser::OsHandle peer = geyser::platform::owned(started.hProcess);

  Side side;
  auto texture = take(side->create_shareable_texture(plain()), "creating");
  auto fence = take(side->create_shared_semaphore({.kind = SemaphoreKind::timeline}), "a fence");
  auto handle = take(side->export_texture(*texture), "exporting");
  auto semaphore = take(side->export_semaphore(*fence), "exporting a fence");
  const std::string line =
      std::to_string(give(started.hProcess, handle->handles[0])) + " " + std::to_string(give(started.hProcess, semaphore->handle)) + "\n";
  DWORD sent = 0;
  ASSERT_TRUE(::WriteFile(write, line.data(), static_cast<DWORD>(line.size()), &sent, nullptr));
  ::CloseHandle(write);
  ASSERT_TRUE(
      side->upload(*texture, {}, random_bytes(texture_bytes, 71), {.state = {}, .wait_for = {}, .signal = geyser::SyncPoint{*fence, 1}}));
  const auto answered = fence->wait(2, 30s);
  EXPECT_TRUE(answered) << answered.error().describe();
  std::vector<std::byte> found(texture_bytes);
  ASSERT_TRUE(side->read_back(*texture, {}, found));
  EXPECT_EQ(found, random_bytes(texture_bytes, 72));
  ASSERT_EQ(::WaitForSingleObject(started.hProcess, 20000), WAIT_OBJECT_0);
  DWORD code = 1;
  EXPECT_TRUE(::GetExitCodeProcess(started.hProcess, &code));
  EXPECT_EQ(code, 0U);
}

}  // namespace

int run_child() { return child(); }

}  // namespace d3d12_test

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--child") return d3d12_test::run_child();
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
