// A picture that says which frame it is: drawn by the GPU, and checked to the last pixel on the CPU.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "examples/support/vulkan_commands.hpp"

namespace example {

using Rgba = std::array<unsigned char, 4>;

/// A background that says n, and in the upper left corner 32 cells, the bits of n, white or black, lowest first. rgba8_unorm.
struct NumberedPicture {
  static constexpr std::uint32_t cells = 32;
  static constexpr std::uint32_t largest_cell = 16;
  static constexpr Rgba white{255, 255, 255, 255};
  static constexpr Rgba black{0, 0, 0, 255};

  std::uint32_t width;   ///< at least 32
  std::uint32_t height;  ///< at least 16

  [[nodiscard]] std::size_t bytes() const { return std::size_t{4} * width * height; }
  [[nodiscard]] std::uint32_t cell() const { return std::min(width / cells, largest_cell); }
  [[nodiscard]] static Rgba background(std::uint64_t number) {
    return {static_cast<unsigned char>(number * 7), static_cast<unsigned char>(number * 31), static_cast<unsigned char>(128 + number % 64),
            255};
  }

  /// Pixels that are not what picture `number` has there.
  [[nodiscard]] std::size_t wrong_pixels(std::uint64_t number, std::span<const std::byte> pixels) const {
    if (pixels.size() != bytes()) return std::size_t{width} * height;
    // All rows of the cells are alike, and so are all below them: two rows say how every pixel must look.
    const std::vector<Rgba> below(width, background(number));
    std::vector<Rgba> in_cells = below;
    for (std::uint32_t x = 0; x < cell() * cells; ++x) in_cells[x] = (number >> (x / cell()) & 1U) != 0 ? white : black;
    const std::size_t row_bytes = sizeof(Rgba) * width;
    std::size_t wrong = 0;
    for (std::uint32_t y = 0; y < height; ++y) {
      const std::vector<Rgba>& want = y < cell() ? in_cells : below;
      const std::byte* row = pixels.data() + y * row_bytes;
      if (std::memcmp(row, want.data(), row_bytes) == 0) continue;
      for (std::uint32_t x = 0; x < width; ++x) wrong += std::memcmp(row + sizeof(Rgba) * x, want[x].data(), sizeof(Rgba)) != 0 ? 1U : 0U;
    }
    return wrong;
  }
};

/// Draws numbered pictures on a GPU. Outlives the submits that it recorded for; the Gpu outlives it.
class NumberPainter {
 public:
  explicit NumberPainter(const Gpu& gpu) : gpu_(&gpu), brush_(gpu, 2 * brush_bytes) {
    // One black cell, one white, copied where they belong.
    for (std::size_t i = 0; i < 2 * brush_bytes; i += 4) {
      std::memcpy(brush_.bytes().data() + i, (i < brush_bytes ? NumberedPicture::black : NumberedPicture::white).data(), 4);
    }
  }
  /// Records the drawing of picture `number` into an image in the layout TRANSFER_DST_OPTIMAL.
  void record(VkCommandBuffer commands, VkImage image, const NumberedPicture& picture, std::uint64_t number) const {
    VkClearColorValue color{};
    // Exact again after the driver's rounding.
    for (std::size_t i = 0; i < 4; ++i) color.float32[i] = static_cast<float>(NumberedPicture::background(number)[i]) / 255.0F;
    gpu_->cmd_clear_color_image(commands, image, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, &color, 1, &whole_image);
    const VkMemoryBarrier order{VK_STRUCTURE_TYPE_MEMORY_BARRIER, nullptr, VK_ACCESS_TRANSFER_WRITE_BIT, VK_ACCESS_TRANSFER_WRITE_BIT};
    gpu_->cmd_pipeline_barrier(commands, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_PIPELINE_STAGE_TRANSFER_BIT, 0, 1, &order, 0, nullptr, 0,
                               nullptr);
    const std::uint32_t cell = picture.cell();
    std::array<VkBufferImageCopy, NumberedPicture::cells> bits{};
    for (std::uint32_t bit = 0; bit < NumberedPicture::cells; ++bit) {
      bits[bit] = box_copy(cell, cell, static_cast<std::int32_t>(bit * cell), 0, (number >> bit & 1U) != 0 ? brush_bytes : 0);
    }
    gpu_->cmd_copy_buffer_to_image(commands, brush_.handle(), image, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, NumberedPicture::cells,
                                   bits.data());
  }

 private:
  static constexpr std::size_t brush_bytes = std::size_t{4} * NumberedPicture::largest_cell * NumberedPicture::largest_cell;
  const Gpu* gpu_;
  MappedBuffer brush_;
};

}  // namespace example
