// Windows: handles of this process on their way through pipes. A receiver in the same process takes them from here.
#pragma once

#include <string>
#include <vector>

#include "platform/pipe_frame_windows.hpp"

namespace geyser::platform {

/// Threading: any thread.
class Parcels {
 public:
  /// The only one of this process; lives until the end.
  static Parcels& here() noexcept;
  /// May throw std::bad_alloc.
  void put(const PipeToken& token, std::vector<OsHandle> handles);
  /// Empty when there is no such parcel (any more).
  [[nodiscard]] std::vector<OsHandle> take(const PipeToken& token) noexcept;

  /// Counts the ends of a pair that this process has. leave() returns how many are left.
  void enter(const std::wstring& pair);
  std::size_t leave(const std::wstring& pair) noexcept;
  [[nodiscard]] std::size_t count(const std::wstring& pair) noexcept;
  /// A parcel that its sender leaves for the other end of a pair in this process; dropped with the last end here.
  void leave_behind(const std::wstring& pair, const PipeToken& token) noexcept;
  [[nodiscard]] std::vector<PipeToken> left_behind(const std::wstring& pair) noexcept;
};

}  // namespace geyser::platform
