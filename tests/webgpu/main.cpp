#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <string_view>

#include "support/log_capture.hpp"
#include "support/watchdog.hpp"
#include "webgpu/child.hpp"
#include "webgpu/dawn_library.hpp"
#include "webgpu/fixture.hpp"
#include "webgpu/layer_log.hpp"

namespace {

// 77: skipped, for CTest. An absence that GEYSER_TEST_REQUIRE rules out is a failure.
int absent(const std::string& why) {
  const char* list = std::getenv("GEYSER_TEST_REQUIRE");
  const bool required = list != nullptr && std::string_view(list).find("webgpu") != std::string_view::npos;
  std::cout << (required ? "FAILED: GEYSER_TEST_REQUIRE names webgpu. " : "SKIPPED: ") << why << "\n";
  return required ? 1 : 77;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace geyser::test;
  const bool child = argc >= 3 && std::string_view(argv[1]) == "--child";
  if (!dawn::show_driver(child ? dawn::child_driver(argv[2]) : dawn::device_key())) {
    // Without a GPU the tests of a GPU are left out, whatever is required.
    if (dawn::device_key() == "nvidia") {
      std::cout << "SKIPPED: there is no NVIDIA GPU here.\n";
      return 77;
    }
    return absent("There is no Vulkan driver called " + dawn::device_key() + " here (SwiftShader comes with chromium).");
  }
  dawn::start_layer_log();
  select_drivers();  // what the layer must not say
  capture_log();
  if (const char* why = geyser_test_dawn_missing()) return absent(why);
  if (!child) ::testing::InitGoogleTest(&argc, argv);
  start_watchdog();
  if (child) return dawn::run_child({argv + 2, argv + argc});
  if (find_device(dawn::device_key()) == nullptr) return absent("Vulkan shows no device called " + dawn::device_key() + ".");
  if (!validation_missing().empty()) return absent("The validation layer is missing: " + validation_missing());
  return RUN_ALL_TESTS();
}
