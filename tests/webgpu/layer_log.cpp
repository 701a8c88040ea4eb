#include "webgpu/layer_log.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string_view>

namespace geyser::test::dawn {
namespace {

// Of this process alone: a child that wrote to its parent's would start it again.
std::filesystem::path& folder() {
  static std::filesystem::path path;
  return path;
}

/// On newer drivers Dawn uses what came after an older layer: that one then tells what it does not know, not what is wrong.
bool unknown_to_layer(std::string_view message) {
  for (const std::string_view phrase :
       {"an extension that was added to a later version of the Vulkan header", "is not supported by this layer",
        "A SPIR-V Extension (SPV_KHR_maximal_reconvergence) was declared that is not supported",
        "SPIR-V module not valid: Invalid execution mode operand: 6023"}) {
    if (message.find(phrase) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace

void start_layer_log() {
  folder() = std::filesystem::temp_directory_path() / ("geyser-webgpu-layer-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder());
  std::ofstream(folder() / "vk_layer_settings.txt") << "khronos_validation.debug_action = VK_DBG_LAYER_ACTION_LOG_MSG\n"
                                                       "khronos_validation.report_flags = error,warn\n"
                                                       "khronos_validation.log_filename = "
                                                    << (folder() / "messages").string() << "\n";
  ::setenv("VK_LAYER_SETTINGS_PATH", folder().c_str(), 1);
  ::setenv("VK_INSTANCE_LAYERS", "VK_LAYER_KHRONOS_validation", 1);
  std::atexit([] {
    std::error_code ignored;
    std::filesystem::remove_all(folder(), ignored);
  });
}

std::string take_layer_messages() {
  const auto path = folder() / "messages";
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), {});
  if (text.empty()) return text;
  std::error_code ignored;
  std::filesystem::resize_file(path, 0, ignored);
  std::erase(text, '\0');  // a layer that goes on writing where it was leaves a hole
  std::istringstream lines(text);
  std::string told;
  bool counts = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) continue;
    if (line.front() != ' ') counts = !unknown_to_layer(line);  // what is set in belongs to the message above it
    if (counts) told += line + '\n';
  }
  return told;
}

}  // namespace geyser::test::dawn
