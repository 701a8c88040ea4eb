// The machine under the drivers: packages, GPUs on the bus, device nodes, limits.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "core/message.hpp"
#include "tools/geyser/finding.hpp"

namespace geyser::tools {
namespace {

namespace fs = std::filesystem;
using detail::text;

/// The value of a key of /etc/os-release, without quotes.
[[nodiscard]] std::string os_release(std::string_view key) {
  std::ifstream file("/etc/os-release");
  for (std::string line; std::getline(file, line);) {
    if (line.size() <= key.size() || line.compare(0, key.size(), key) != 0 || line[key.size()] != '=') continue;
    std::string value = line.substr(key.size() + 1);
    std::erase(value, '"');
    return value;
  }
  return {};
}

struct Gpu {
  std::string address;
  std::string vendor;  // "NVIDIA"
};

[[nodiscard]] std::string first_word(const fs::path& path) {
  std::ifstream file(path);
  std::string word;
  file >> word;
  return word;
}

/// Display controllers (PCI class 03) that the kernel lists.
[[nodiscard]] std::vector<Gpu> gpus_on_bus() {
  std::vector<Gpu> gpus;
  std::error_code ignored;
  for (fs::directory_iterator it("/sys/bus/pci/devices", ignored), end; it != end; it.increment(ignored)) {
    if (first_word(it->path() / "class").rfind("0x03", 0) != 0) continue;
    const std::string id = first_word(it->path() / "vendor");
    const char* vendor = id == "0x10de" ? "NVIDIA" : id == "0x1002" ? "AMD" : id == "0x8086" ? "Intel" : nullptr;
    gpus.push_back({it->path().filename().string(), vendor != nullptr ? std::string(vendor) : "vendor " + id});
  }
  std::ranges::sort(gpus, {}, &Gpu::address);
  return gpus;
}

/// Paths in `folder` whose names are `prefix` and digits.
[[nodiscard]] std::vector<std::string> numbered(const char* folder, std::string_view prefix) {
  std::vector<std::string> found;
  std::error_code ignored;
  for (fs::directory_iterator it(folder, ignored), end; it != end; it.increment(ignored)) {
    const std::string name = it->path().filename().string();
    if (name.size() > prefix.size() && name.rfind(prefix, 0) == 0 &&
        name.find_first_not_of("0123456789", prefix.size()) == std::string::npos) {
      found.push_back(it->path().string());
    }
  }
  std::ranges::sort(found);
  return found;
}

void check_node(Findings& findings, const std::string& node) {
  if (access(node.c_str(), R_OK | W_OK) == 0) {
    findings.push_back({"device node", Health::good, node + " can be opened", {}});
    return;
  }
  findings.push_back({"device node", Health::warning, text(node, " cannot be opened for reading and writing: ", std::strerror(errno)),
                      "sudo usermod -aG render,video \"$USER\"  # then log in again"});
}

}  // namespace

Packages packages_here() {
  Packages packages;
  packages.system = os_release("PRETTY_NAME");
  if (packages.system.empty()) packages.system = "Linux";
  const std::string family = " " + os_release("ID") + " " + os_release("ID_LIKE") + " ";
  const auto is = [&family](std::string_view name) { return family.find(text(" ", name, " ")) != std::string::npos; };
  if (is("debian") || is("ubuntu")) {
    packages.loader = "sudo apt-get install libvulkan1";
    packages.drivers = "sudo apt-get install mesa-vulkan-drivers";
    packages.validation = "sudo apt-get install vulkan-validationlayers";
    packages.nvidia = is("ubuntu") ? "sudo ubuntu-drivers install" : "sudo apt-get install nvidia-driver nvidia-vulkan-icd";
    packages.glvnd = "sudo apt-get install libegl1 libglx0";
  } else if (is("fedora") || is("rhel")) {
    packages.loader = "sudo dnf install vulkan-loader";
    packages.drivers = "sudo dnf install mesa-vulkan-drivers";
    packages.validation = "sudo dnf install vulkan-validation-layers";
    packages.nvidia = "sudo dnf install akmod-nvidia";
    packages.glvnd = "sudo dnf install libglvnd-egl libglvnd-glx";
  } else if (is("arch")) {
    packages.loader = "sudo pacman -S vulkan-icd-loader";
    packages.drivers = "sudo pacman -S vulkan-swrast";
    packages.validation = "sudo pacman -S vulkan-validation-layers";
    packages.nvidia = "sudo pacman -S nvidia nvidia-utils";
    packages.glvnd = "sudo pacman -S libglvnd";
  } else {
    packages.loader = "install the package that holds libvulkan.so.1 (the Vulkan loader)";
    packages.drivers = "install a Vulkan driver: the GPU vendor's, or Mesa's lavapipe for software";
    packages.validation = "install the Khronos validation layers";
    packages.nvidia = "install NVIDIA's driver with its Vulkan part";
    packages.glvnd = "install libglvnd (libEGL.so.1, libGLX.so.0, libGLdispatch.so.0)";
  }
  return packages;
}

void check_device_nodes(Findings& findings, const Packages& packages) {
  const auto gpus = gpus_on_bus();
  for (const auto& gpu : gpus) findings.push_back({"gpu", Health::good, text(gpu.vendor, " at ", gpu.address), {}});
  const auto nvidia = numbered("/dev", "nvidia");
  const auto render = numbered("/dev/dri", "renderD");
  const bool has_nvidia = std::ranges::any_of(gpus, [](const Gpu& gpu) { return gpu.vendor == "NVIDIA"; });
  const bool has_other = std::ranges::any_of(gpus, [](const Gpu& gpu) { return gpu.vendor == "AMD" || gpu.vendor == "Intel"; });

  if (gpus.empty() && nvidia.empty() && render.empty()) {
    findings.push_back(
        {"gpu", Health::note, "no GPU is on the bus and no device node is there; software drivers are all that can work", {}});
    return;
  }
  if (has_nvidia && nvidia.empty()) {
    findings.push_back(
        {"device node", Health::warning,
         "an NVIDIA GPU is on the bus, but there is no /dev/nvidia0; its driver is not loaded, or this container does not get it",
         packages.nvidia + "  # in a container: start it with --gpus all"});
  }
  if (has_other && render.empty()) {
    findings.push_back(
        {"device node", Health::warning,
         "a GPU is on the bus, but there is no /dev/dri/renderD*; its kernel driver is not loaded, or this container does not get it",
         "sudo modprobe amdgpu || sudo modprobe i915  # in a container: start it with --device /dev/dri"});
  }
  if (!nvidia.empty()) {
    check_node(findings, "/dev/nvidiactl");
    for (const auto& node : nvidia) check_node(findings, node);
    if (!has_nvidia_manifest()) {
      findings.push_back({"vulkan driver", Health::warning,
                          "NVIDIA's device nodes are there, but no driver manifest of NVIDIA's; Vulkan cannot see the GPU",
                          packages.nvidia + "  # in a container: NVIDIA_DRIVER_CAPABILITIES must contain graphics"});
    }
  }
  for (const auto& node : render) check_node(findings, node);
  if (render.empty()) {
    findings.push_back({"device node", Health::note, "there is no DRM render node, so drivers offer no dma_buf; opaque_fd needs none", {}});
  }
}

void check_adapter(Findings&, const std::string&, const std::optional<std::array<std::uint8_t, 8>>&) {}

void check_limits(Findings& findings) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    findings.push_back({"descriptor limit", Health::warning, text("getrlimit fails: ", std::strerror(errno)), {}});
  } else {
    // A handle on its way takes one descriptor for memory and one for its semaphore; drivers keep dozens of their own.
    constexpr rlim_t enough = 1024;
    constexpr rlim_t hopeless = 64;
    const std::string limits =
        limit.rlim_cur == RLIM_INFINITY
            ? std::string("unlimited")
            : text(limit.rlim_cur, " now, ", limit.rlim_max == RLIM_INFINITY ? "unlimited" : std::to_string(limit.rlim_max), " at most");
    const Health health = limit.rlim_cur >= enough ? Health::good : limit.rlim_cur >= hopeless ? Health::warning : Health::problem;
    findings.push_back({"descriptor limit", health, limits + "; every handle takes one or two",
                        health == Health::good     ? std::string()
                        : limit.rlim_max >= enough ? "ulimit -n 4096"
                                                   : "raise nofile in /etc/security/limits.conf to 4096"});
  }
  const int fd = memfd_create("geyser-doctor", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0) {
    findings.push_back({"shared memory", Health::problem, text("memfd_create fails: ", std::strerror(errno)),
                        "allow memfd_create in the sandbox or container; a kernel of 3.17 or later has it"});
    return;
  }
  const bool sealed = ftruncate(fd, 4096) == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) == 0 && ftruncate(fd, 0) != 0;
  const int why = errno;
  close(fd);
  if (sealed) {
    findings.push_back({"shared memory", Health::good, "memfd with seals", {}});
  } else {
    findings.push_back({"shared memory", Health::problem, text("a memfd cannot be sealed against resizing: ", std::strerror(why)),
                        "allow fcntl(F_ADD_SEALS) in the sandbox or container"});
  }
}

}  // namespace geyser::tools
