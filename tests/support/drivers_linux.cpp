// Linux: the loader reads a list of drivers from the environment.
#include <unistd.h>

#include <cstdlib>
#include <initializer_list>
#include <string>
#include <vector>

#include "support/devices.hpp"
#include "support/drivers.hpp"

namespace geyser::test {
namespace {

bool readable(const std::string& path) { return ::access(path.c_str(), R_OK) == 0; }

// The first of `names` in the first of `folders` that has it.
std::string find_file(std::initializer_list<const char*> folders, std::initializer_list<const char*> names) {
  for (const char* folder : folders) {
    for (const char* name : names) {
      std::string path = std::string(folder) + "/" + name;
      if (readable(path)) return path;
    }
  }
  return {};
}

// One message is about the layer's own bookkeeping and not about the program, and is silenced by its id; everything else fails the test
// that caused it, the layer's "state-timeout" messages too: layer_turns.cpp removes their cause, and silent they would be stalls of 10
// seconds. VUID-VkSemaphoreSignalInfo-value-03259: the layer takes values that another device, another process or the host reached for
// pending signals of this queue. The two callers keep the rule by construction: SharedSemaphore::signal() compares with the counter that
// the driver gives, and the host bridge's wait semaphore is signalled by nobody but the host, rising, under one lock.
void silence_false_positives() { ::setenv("VK_LAYER_MESSAGE_ID_FILTER", "VUID-VkSemaphoreSignalInfo-value-03259", 0); }

}  // namespace

void select_drivers() {
  silence_false_positives();
  if (std::getenv("VK_DRIVER_FILES") != nullptr || std::getenv("VK_ICD_FILENAMES") != nullptr) return;
  const auto standard = {"/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d", "/usr/local/share/vulkan/icd.d"};
  std::vector<std::string> files;
  if (readable("/dev/nvidiactl")) {
    const auto places = {"/etc/vulkan/icd.d", "/usr/share/vulkan/icd.d", "/usr/local/nvidia/share/vulkan/icd.d"};
    files.push_back(find_file(places, {"nvidia_icd.json", "nvidia_icd.x86_64.json"}));
  }
  files.push_back(find_file(standard, {"lvp_icd.x86_64.json", "lvp_icd.json", "lvp_icd.aarch64.json"}));
  files.push_back(find_file({"/usr/lib/chromium", "/usr/lib/chromium-browser", "/opt/google/chrome"}, {"vk_swiftshader_icd.json"}));
  std::string list;
  for (const auto& file : files) {
    if (file.empty()) continue;
    if (!list.empty()) list += ':';
    list += file;
  }
  if (list.empty()) return;
  ::setenv("VK_DRIVER_FILES", list.c_str(), 1);
  ::setenv("VK_ICD_FILENAMES", list.c_str(), 1);  // the name that loaders before 1.3.207 read
}

PFN_vkGetInstanceProcAddr driver_under_test() { return nullptr; }

std::uint64_t driver_complaints() { return 0; }

}  // namespace geyser::test
