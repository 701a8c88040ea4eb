// Memory of textures and fences: sections, which NT handles carry to other processes, with what they are at their beginning.
#pragma once

#include "fake_d3d11/world.hpp"

namespace fake_d3d11 {

/// What is shared of a texture's or fence's description.
struct Shape {
  std::uint32_t dimension = 0;  ///< 2 or 3; 0 is a fence
  std::uint32_t width = 0, height = 0, depth = 1, levels = 1, layers = 1;
  std::uint32_t format = 0, usage = 0, bind_flags = 0, misc_flags = 0;
};

/// At the beginning of each section. Every process that has the handle may write it.
struct Page {
  std::uint64_t magic;
  std::uint64_t luid;
  Shape shape;
  std::atomic<std::uint64_t> counter;  ///< of a fence
  // of a keyed mutex
  std::atomic<std::uint32_t> guard;
  std::uint32_t holder_process;  ///< 0: free
  std::uint64_t holder_device;
  std::uint64_t key;
  std::uint32_t abandoned;
};

/// One level of one layer.
struct Level {
  std::byte* data = nullptr;
  std::uint32_t width = 0, height = 0, depth = 0;  ///< texels
  std::size_t row_pitch = 0;                       ///< bytes
  std::size_t slice_pitch = 0;                     ///< bytes
  std::size_t rows = 0;                            ///< of blocks
  std::uint32_t block = 1;                         ///< texels along a block's edge
  std::size_t block_bytes = 0;
};

/// What copies need of a DXGI format; `block_bytes` is 0 for those that this device has not.
struct Format {
  std::uint32_t block = 1;
  std::size_t block_bytes = 0;
  bool planar = false;
  bool depth = false;
  std::uint32_t family = 0;  ///< equal: copies between them are allowed
};
[[nodiscard]] Format format_of(std::uint32_t dxgi) noexcept;

class Memory {
 public:
  /// New, poisoned. Null without memory.
  static std::shared_ptr<Memory> create(const Shape& shape, std::uint64_t luid);
  /// Another's. Null when the handle is no section of this fake and this device, or of the other kind.
  static std::shared_ptr<Memory> open(HANDLE handle, std::uint64_t luid, bool fence);
  Memory(Handle section, void* view) : section_(std::move(section)), page_(static_cast<Page*>(view)) {}
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  ~Memory();

  [[nodiscard]] Page& page() const noexcept { return *page_; }
  [[nodiscard]] const Shape& shape() const noexcept { return page_->shape; }
  [[nodiscard]] HANDLE section() const noexcept { return section_.get(); }
  [[nodiscard]] Level level(std::uint32_t subresource) const noexcept;

  std::atomic<int> in_use{0};  ///< commands of this process that are not done

 private:
  Handle section_;
  Page* page_;
  Alive alive_{"memory"};
};

}  // namespace fake_d3d11
