// The section objects behind exported memory and semaphores: what lies in them, and mapping them without trusting whoever made them.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "win32_driver/vulkan_win32.hpp"

namespace win32_driver {

/// Closes a HANDLE.
struct CloseHandleOf {
  void operator()(HANDLE handle) const noexcept { ::CloseHandle(handle); }
};
using UniqueHandle = std::unique_ptr<void, CloseHandleOf>;

using Id = std::array<std::uint8_t, VK_UUID_SIZE>;

/// What an image was made with, as far as an importer has to repeat it.
struct ImageKey {
  VkImageCreateFlags flags = 0;
  VkImageType type = VK_IMAGE_TYPE_2D;
  VkFormat format = VK_FORMAT_UNDEFINED;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t depth = 0;
  std::uint32_t levels = 0;
  std::uint32_t layers = 0;
  VkSampleCountFlagBits samples = VK_SAMPLE_COUNT_1_BIT;
  VkImageTiling tiling = VK_IMAGE_TILING_OPTIMAL;
  VkImageUsageFlags usage = 0;
  friend bool operator==(const ImageKey&, const ImageKey&) = default;
};
struct BufferKey {
  VkBufferCreateFlags flags = 0;
  VkDeviceSize size = 0;
  VkBufferUsageFlags usage = 0;
  friend bool operator==(const BufferKey&, const BufferKey&) = default;
};
enum class Dedication : std::uint32_t { none, image, buffer };

/// The first page of exported memory.
struct MemoryHeader {
  static constexpr std::uint64_t expected = 0x4d454d3233524457;
  std::uint64_t magic = expected;
  std::uint64_t allocation_size = 0;
  std::uint32_t memory_type = 0;
  Dedication dedication = Dedication::none;
  ImageKey image;
  BufferKey buffer;
  Id device{};
  Id driver{};
};
inline constexpr std::size_t header_bytes = 4096;

/// All of an exported semaphore. A binary one counts its signals and waits; `value` is what a timeline stands at, or the last signal that
/// happened.
struct SemaphorePayload {
  static constexpr std::uint64_t expected = 0x4d45533233524457;
  std::uint64_t magic = expected;
  std::uint64_t timeline = 0;
  Id device{};
  Id driver{};
  std::atomic<std::uint64_t> value{0};
  std::atomic<std::uint64_t> signals{0};                   // binary: submitted
  std::atomic<std::uint64_t> waits{0};                     // binary: submitted
  std::array<std::atomic<std::uint64_t>, 64> listeners{};  // names of the events of devices that want to hear of changes
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

/// A section and its whole view. Ownership: unmaps and closes.
class Section {
 public:
  /// New, filled with zeros. `attributes` may be null.
  static std::optional<Section> create(std::uint64_t bytes, SECURITY_ATTRIBUTES* attributes);
  /// Through a duplicate of `handle`. Empty for what is no committed section of at least `bytes` bytes.
  static std::optional<Section> open(HANDLE handle, std::uint64_t bytes);
  Section(Section&&) noexcept = default;
  Section& operator=(Section&&) noexcept = default;

  /// Another handle to it, for the program; null when there is none to be had.
  [[nodiscard]] HANDLE duplicate() const noexcept;
  [[nodiscard]] std::byte* data() const noexcept { return static_cast<std::byte*>(view_.get()); }
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

 private:
  struct Unmap {
    void operator()(void* view) const noexcept { ::UnmapViewOfFile(view); }
  };
  Section() = default;
  UniqueHandle handle_;
  std::unique_ptr<void, Unmap> view_;
  std::uint64_t size_ = 0;
};

/// The event of a listener, named by its number. Null when nobody has it any more.
[[nodiscard]] UniqueHandle make_event(std::uint64_t listener);
[[nodiscard]] UniqueHandle open_event(std::uint64_t listener);
/// Wakes every listener; forgets those that are gone.
void notify(SemaphorePayload& payload) noexcept;
/// False when there is no room.
[[nodiscard]] bool listen(SemaphorePayload& payload, std::uint64_t listener) noexcept;
void stop_listening(SemaphorePayload& payload, std::uint64_t listener) noexcept;
/// Raises `value` to at least `to`; true when it was below.
bool raise(std::atomic<std::uint64_t>& value, std::uint64_t to) noexcept;

}  // namespace win32_driver
