// A pipe without the library's manners, to be hostile with.
#pragma once

#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "platform/pipe_frame_windows.hpp"
#include "platform/pipe_name_windows.hpp"
#include "platform/windows.hpp"

namespace geyser::unit {

/// Blocks; whoever tests with it is bounded by the time-out of the test.
class RawPipe {
 public:
  /// Connects, or is empty.
  static RawPipe client(const std::string& path) {
    const auto name = platform::pipe_name_of(path);
    if (!name) return RawPipe(OsHandle());
    for (int i = 0; i < 1'000; ++i) {
      OsHandle pipe = platform::owned(
          ::CreateFileW(platform::full_pipe_name(*name).c_str(), GENERIC_READ | GENERIC_WRITE, 0, nullptr, OPEN_EXISTING, 0, nullptr));
      if (pipe || ::GetLastError() != ERROR_PIPE_BUSY) return RawPipe(std::move(pipe));
      ::Sleep(5);
    }
    return RawPipe(OsHandle());
  }
  /// An instance of the pipe, as a squatter or a lying publisher makes it. `flags` beside PIPE_ACCESS_DUPLEX.
  static RawPipe server(const std::string& path, DWORD flags = 0) {
    const auto name = platform::pipe_name_of(path);
    if (!name) return RawPipe(OsHandle());
    return RawPipe(platform::owned(::CreateNamedPipeW(platform::full_pipe_name(*name).c_str(), PIPE_ACCESS_DUPLEX | flags,
                                                      PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS,
                                                      PIPE_UNLIMITED_INSTANCES, 1 << 20, 1 << 20, 0, nullptr)));
  }
  explicit operator bool() const noexcept { return static_cast<bool>(pipe_); }
  [[nodiscard]] const OsHandle& handle() const noexcept { return pipe_; }
  [[nodiscard]] bool write(std::span<const std::byte> bytes) const {
    DWORD written = 0;
    return ::WriteFile(platform::native(pipe_), bytes.data(), static_cast<DWORD>(bytes.size()), &written, nullptr) != 0;
  }
  /// `head`, its size made right, and so many bytes.
  [[nodiscard]] bool write(platform::FrameHead head, std::size_t bytes) const {
    std::vector<std::byte> frame(sizeof(head) + bytes, std::byte{0x61});
    head.bytes = static_cast<std::uint32_t>(bytes);
    std::memcpy(frame.data(), &head, sizeof(head));
    return write(frame);
  }
  /// True when the other end has let go of the connection; reads what comes until then.
  [[nodiscard]] bool ends() const {
    std::vector<std::byte> room(platform::max_frame_bytes);
    for (int i = 0; i < 2'000; ++i) {
      DWORD count = 0;
      if (::PeekNamedPipe(platform::native(pipe_), nullptr, 0, nullptr, &count, nullptr) == 0) return true;
      if (count != 0 && ::ReadFile(platform::native(pipe_), room.data(), static_cast<DWORD>(room.size()), &count, nullptr) == 0)
        return true;
      if (count == 0) ::Sleep(5);
    }
    return false;
  }

 private:
  explicit RawPipe(OsHandle pipe) noexcept : pipe_(std::move(pipe)) {}
  OsHandle pipe_;
};

}  // namespace geyser::unit
