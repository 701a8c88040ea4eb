// A Dawn on the CPU for tests: every failure that a test asks for, complaints about misuse, a count of all that is left.
// Threading: one thread, as a WGPUDevice. One per process.
#pragma once

#include <webgpu/webgpu.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace fake_dawn {

struct Config {
  std::set<WGPUFeatureName> features = {WGPUFeatureName_SharedTextureMemoryOpaqueFD, WGPUFeatureName_SharedTextureMemoryDmaBuf,
                                        WGPUFeatureName_SharedFenceVkSemaphoreOpaqueFD, WGPUFeatureName_SharedFenceSyncFD,
                                        WGPUFeatureName_TextureCompressionBC};
  std::uint32_t vendor = 0x10DE;
  std::uint32_t device = 0x2335;
  std::string name = "Fake GPU";
  bool adapter = true;  // false: there is none, with the reason below
  std::string no_adapter = "No supported adapters";
};

/// Starts again. Adds a violation for each object that is alive.
void reset(const Config& config = {});
/// As wgpuGetProcAddress.
[[nodiscard]] WGPUProc get_proc_address(WGPUStringView name);
/// A device as a user makes one, with exactly these features. Release both with release().
struct Made {
  WGPUInstance instance = nullptr;
  WGPUDevice device = nullptr;
};
[[nodiscard]] Made make_device(const std::set<WGPUFeatureName>& enabled);
void release(const Made& made);

/// What is alive, by type, without entries that are 0.
[[nodiscard]] std::map<std::string, std::size_t> live_objects();
/// Misuse that was seen; forgets it.
[[nodiscard]] std::vector<std::string> take_violations();
/// Errors that no scope caught; forgets them.
[[nodiscard]] std::vector<std::string> take_uncaptured();
[[nodiscard]] std::size_t open_scopes();
[[nodiscard]] std::uint64_t calls(std::string_view function);

/// Fails the `nth` (from 1) call from now on of anything that can fail; `memory`: as Dawn does when memory is used up.
void fail_call(std::uint64_t nth, bool memory);
/// The same for one function.
void fail_function(std::string_view function, std::uint64_t nth, bool memory = false);
void stop_failing();
/// The function that failed last by injection; empty when none did.
[[nodiscard]] std::string injected();
/// As when the driver is gone: futures of loss are ready, everything else fails without a word.
void lose_device(std::string reason);
/// Work never ends: a GPU that hangs.
void hold(bool held);

// What a program records by itself. `texture` is of an open access. Pixels: rows without gaps.
void write(WGPUDevice device, WGPUTexture texture, const std::vector<std::byte>& pixels);
[[nodiscard]] std::vector<std::byte> read(WGPUDevice device, WGPUTexture texture);

}  // namespace fake_dawn
