// What `doctor` finds: one line each, with the command that mends it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace geyser::tools {

enum class Health : std::uint8_t {
  good,
  note,     ///< worth knowing; nothing to do
  warning,  ///< something works less well than it could
  problem,  ///< something does not work
};

struct Finding {
  std::string check;  ///< "vulkan loader"; stable, for programs
  Health health = Health::good;
  std::string detail;  ///< what is there
  std::string fix;     ///< the command, or the thing to do; empty when there is nothing to mend
};
using Findings = std::vector<Finding>;

/// How software is installed here. check_machine_*.cpp and check_vulkan_*.cpp are one file per system; CMake picks.
struct Packages {
  std::string system;  ///< "Debian GNU/Linux 12 (bookworm)", "Windows 10.0.19045"
  std::string loader;  ///< the command for each
  std::string drivers;
  std::string validation;
  std::string nvidia;
  std::string glvnd;  ///< libEGL.so.1, libGLX.so.0, libGLdispatch.so.0: NVIDIA's Vulkan does not start without them
};
[[nodiscard]] Packages packages_here();

/// Loader, driver manifests and whether their libraries load, validation layers.
void check_vulkan(Findings& findings, const Packages& packages);
/// GPUs on the bus, device nodes and whether we may open them; on Windows the adapters that the system shows.
void check_device_nodes(Findings& findings, const Packages& packages);
/// What the system lets two processes do: descriptor limit and sealed shared memory; on Windows who the user is, the folder of names,
/// sections, pipes.
void check_limits(Findings& findings);
/// Whether a Vulkan device and an adapter of Direct3D are the same piece of hardware; nothing to say but on Windows. `luid`: what Vulkan
/// says, empty when it says nothing.
void check_adapter(Findings& findings, const std::string& device, const std::optional<std::array<std::uint8_t, 8>>& luid);
/// True when a driver manifest of NVIDIA's is installed; part of check_vulkan's search.
[[nodiscard]] bool has_nvidia_manifest();

}  // namespace geyser::tools
