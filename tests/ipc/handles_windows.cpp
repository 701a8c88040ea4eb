#include "platform/windows.hpp"

#include <gtest/gtest.h>

#include "handles.hpp"

namespace geyser::test {

OsHandle make_memory(std::uint64_t bytes) {
  // Reserved, not committed: a section costs nothing until it is touched.
  OsHandle handle = platform::owned(::CreateFileMappingW(INVALID_HANDLE_VALUE, nullptr, PAGE_READWRITE | SEC_RESERVE,
                                                         static_cast<DWORD>(bytes >> 32), static_cast<DWORD>(bytes & 0xFFFFFFFF), nullptr));
  if (!handle) ADD_FAILURE() << "CreateFileMapping fails for " << bytes << " bytes";
  return handle;
}

OsHandle make_shorter_memory(std::uint64_t bytes) {
  constexpr std::uint64_t page = 4096;  // what sections are made of
  return bytes > page ? make_memory((bytes - 1) / page * page) : OsHandle();
}

std::vector<OsHandle> no_memory() {
  std::vector<OsHandle> handles;
  HANDLE read = nullptr;
  HANDLE write = nullptr;
  if (::CreatePipe(&read, &write, nullptr, 0) != 0) {
    handles.push_back(platform::owned(read));
    handles.push_back(platform::owned(write));
  }
  handles.push_back(platform::owned(::CreateEventW(nullptr, TRUE, FALSE, nullptr)));
  handles.push_back(platform::owned(::CreateMutexW(nullptr, FALSE, nullptr)));
  handles.push_back(platform::owned(::OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, ::GetCurrentProcessId())));
  handles.push_back(platform::owned(::CreateFileW(L"C:\\", GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
                                                  OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, nullptr)));
  return handles;
}

std::vector<OsHandle> no_sockets() {
  std::vector<OsHandle> handles = no_memory();
  handles.push_back(platform::owned(::CreateNamedPipeW(L"\\\\.\\pipe\\geyser-test-no-pair", PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED,
                                                       PIPE_TYPE_MESSAGE | PIPE_REJECT_REMOTE_CLIENTS, 1, 4096, 4096, 0, nullptr)));
  return handles;
}

}  // namespace geyser::test
