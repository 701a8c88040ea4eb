// Dawn's functions by name, through the one function that the test library has; as a user's program may do it.
#pragma once

#include <webgpu/webgpu.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

extern "C" __attribute__((visibility("default"))) WGPUProc wgpuGetProcAddress(WGPUStringView name);

namespace geyser::test::dawn {

[[nodiscard]] inline WGPUStringView view_of(std::string_view text) noexcept { return {text.data(), text.size()}; }
[[nodiscard]] inline std::string text_of(WGPUStringView view) {
  if (view.data == nullptr) return {};
  return view.length == WGPU_STRLEN ? std::string(view.data) : std::string(view.data, view.length);
}

/// Aborts when Dawn has no such function: the tests' own calls are in both pairs.
template <class Function>
[[nodiscard]] Function function(const char* name) {
  const WGPUProc found = wgpuGetProcAddress(view_of(name));
  if (found == nullptr) {
    std::fprintf(stderr, "Dawn has no %s\n", name);
    std::abort();
  }
  return reinterpret_cast<Function>(found);
}

}  // namespace geyser::test::dawn

/// DAWN(QueueSubmit)(queue, 1, &commands)
#define DAWN(name) (::geyser::test::dawn::function<WGPUProc##name>("wgpu" #name))
