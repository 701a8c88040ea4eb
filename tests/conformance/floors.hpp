// How much must have run. Measured on the drivers named in docs/support_matrix.md, a little below what ran there; raise them when more
// passes.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "geyser/format.hpp"

namespace geyser::test {

struct Floor {
  std::string_view device;  ///< key; also stands for "nvidia-1" and so on
  std::size_t formats;      ///< with at least one kind shared
  std::size_t content;      ///< content cases passed
  std::size_t others;       ///< sync, own-command, fence and process cases passed
};

/// Between two APIs on one device, and between two contexts of one: the pair's own counts.
struct PairFloor {
  std::string_view exporter;  ///< as Floor::device
  std::string_view importer;
  std::size_t formats;
  std::size_t content;
  std::size_t others;
};

inline constexpr std::array floors{
    Floor{"host", format_count, 1000, 6}, Floor{"lavapipe", 60, 680, 10}, Floor{"emulated-lavapipe", 60, 680, 14},
    Floor{"swiftshader", 100, 1000, 11},  Floor{"nvidia", 64, 690, 12},
};

// Those between NVIDIA's OpenGL and CUDA only make an empty run fail: no run of them came to its end when these were written.
inline constexpr std::array pair_floors{
    // Dawn's first: the other keys are their beginnings.
    PairFloor{"swiftshader-webgpu", "swiftshader-webgpu", 90, 98, 8},
    PairFloor{"swiftshader-webgpu", "swiftshader", 90, 98, 8},
    PairFloor{"swiftshader", "swiftshader-webgpu", 90, 98, 8},
    PairFloor{"nvidia-webgpu", "nvidia-webgpu", 58, 68, 10},
    PairFloor{"nvidia-webgpu", "nvidia", 58, 68, 10},
    PairFloor{"nvidia", "nvidia-webgpu", 58, 68, 10},
    PairFloor{"nvidia-webgpu", "gl-nvidia", 58, 68, 10},
    PairFloor{"gl-nvidia", "nvidia-webgpu", 58, 68, 10},
    PairFloor{"nvidia-webgpu", "cuda-nvidia", 52, 60, 9},
    PairFloor{"cuda-nvidia", "nvidia-webgpu", 52, 60, 9},
    PairFloor{"lavapipe", "gl-lavapipe", 60, 130, 7},
    PairFloor{"gl-lavapipe", "lavapipe", 60, 130, 7},
    PairFloor{"gl-lavapipe", "gl-lavapipe", 60, 130, 7},
    PairFloor{"lavapipe", "gles-lavapipe", 50, 115, 6},
    PairFloor{"gles-lavapipe", "lavapipe", 50, 115, 6},
    PairFloor{"nvidia", "gl-nvidia", 40, 60, 6},
    PairFloor{"gl-nvidia", "nvidia", 40, 60, 6},
    PairFloor{"nvidia", "cuda-nvidia", 50, 90, 6},
    PairFloor{"cuda-nvidia", "nvidia", 50, 90, 6},
    PairFloor{"gl-nvidia", "cuda-nvidia", 20, 20, 6},
    PairFloor{"cuda-nvidia", "gl-nvidia", 20, 20, 6},
    PairFloor{"host", "cuda-nvidia", 20, 20, 4},
    PairFloor{"metal-emulated", "metal-emulated", 102, 1040, 9},
};

// Each exporter on lavapipe's device, and the host, to the emulated CUDA driver: 2D textures with one level.
inline constexpr PairFloor emulated_floor{"", "", 50, 55, 6};

}  // namespace geyser::test
