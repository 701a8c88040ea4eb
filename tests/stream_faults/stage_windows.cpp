#include <filesystem>
#include <random>
#include <thread>

#include "platform/windows.hpp"
#include "stage_system.hpp"

namespace geyser::test {

std::string make_private_folder(const std::string& prefix) {
  std::random_device random;
  for (int tries = 0; tries < 10; ++tries) {
    const std::string path = prefix + std::to_string(random());
    std::error_code failed;
    // Only streams' names lie below, and the library gives their folder its own list of rights.
    if (std::filesystem::create_directory(path, failed)) return path;
  }
  return {};
}

void* map_file(const std::string& file, std::size_t bytes, bool create) {
  const OsHandle handle = platform::owned(::CreateFileW(platform::wide(file).c_str(), GENERIC_READ | GENERIC_WRITE,
                                                        FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
                                                        create ? CREATE_NEW : OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, nullptr));
  if (!handle) return nullptr;
  const OsHandle section =
      platform::owned(::CreateFileMappingW(platform::native(handle), nullptr, PAGE_READWRITE, 0, static_cast<DWORD>(bytes), nullptr));
  return section ? ::MapViewOfFile(platform::native(section), FILE_MAP_READ | FILE_MAP_WRITE, 0, 0, bytes) : nullptr;
}

void unmap_file(void* memory, std::size_t) noexcept { ::UnmapViewOfFile(memory); }

void end_with_parent(std::uint32_t parent) {
  std::thread([parent] {
    const OsHandle process = platform::owned(::OpenProcess(SYNCHRONIZE, FALSE, parent));
    if (process) ::WaitForSingleObject(platform::native(process), INFINITE);
    ::TerminateProcess(::GetCurrentProcess(), 128 + 9);
  }).detach();
}

void wait_until_stopped(ProcessId) noexcept {}  // NtSuspendProcess returns when it is done

bool has_ended(ProcessId child) noexcept {
  const OsHandle process = platform::owned(::OpenProcess(SYNCHRONIZE, FALSE, child));
  return !process || ::WaitForSingleObject(platform::native(process), 0) == WAIT_OBJECT_0;
}

}  // namespace geyser::test
