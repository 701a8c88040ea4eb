// Metal on the CPU for tests (emulated): devices that a test describes, command buffers that run late in a thread, injected failures, and a
// count of all that is left. Misuse that Metal answers with an assertion or undefined behaviour aborts with a message.
// Threading: every function from any thread. One per process.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace fake_metal {

struct DeviceConfig {
  std::string name = "emulated Metal GPU";
  std::uint64_t registry_id = 0x100000abcULL;
  bool unified_memory = true;
  bool apple_gpu = true;
  bool bc = true;
  bool etc2_astc = true;
  bool cube_arrays = true;
  std::uint32_t max_2d = 16384;
  std::uint32_t max_3d = 2048;
  std::uint32_t max_layers = 2048;
  std::uint64_t row_alignment = 16;  ///< bytes, of rows that a texture reads in a surface
};

/// Starts again with these devices. Aborts when an object is alive.
void reset(const std::vector<DeviceConfig>& devices = {DeviceConfig{}});
/// What is alive, by type, without entries that are 0. Devices are not counted.
[[nodiscard]] std::map<std::string, std::size_t> live_objects();
/// How many times `function` ("IOSurfaceCreate") was called since reset().
[[nodiscard]] std::uint64_t calls(std::string_view function);

/// Fails the `nth` (from 1) call of `function`, or of anything that can fail, from now on.
void fail_function(std::string_view function, std::uint64_t nth);
void fail_call(std::uint64_t nth);
void stop_failing();
/// The function that failed last by injection; empty when none did.
[[nodiscard]] std::string injected();
/// The next command buffer to run does nothing and ends with that MTLCommandBufferError.
void fail_command_buffer(std::int64_t code);

/// While held, no command buffer runs: a GPU that hangs.
void hold_gpu(bool held);
/// Waits until all that was committed has ended. False after ten seconds.
[[nodiscard]] bool drain();
/// Ends the GPU's thread. Done by reset() too.
void join();
/// How often the GPU used a surface that the host had locked.
[[nodiscard]] std::uint64_t lock_violations();
void forgive_lock_violations();

/// Native objects as a program has them. retain() and release() of metal_api.hpp count references.
[[nodiscard]] void* device(std::size_t index = 0);    ///< lent
[[nodiscard]] void* new_queue(void* device);          ///< the caller's
[[nodiscard]] void* new_command_buffer(void* queue);  ///< the caller's
void commit(void* command_buffer);
[[nodiscard]] bool wait_completed(void* command_buffer);  ///< at most ten seconds
/// Work of a 32-bit texture's level 0.
void encode_fill(void* command_buffer, void* texture, std::uint32_t value);
void encode_fetch(void* command_buffer, void* texture, std::vector<std::uint32_t>* into);
[[nodiscard]] std::uint64_t event_value(void* event);
void set_event(void* event, std::uint64_t value);
/// An IOSurface of the program's own; the caller's. Four characters as a number, or 0.
[[nodiscard]] void* new_surface(std::uint32_t width, std::uint32_t height, std::uint32_t pixel_format, std::uint32_t bytes_per_element);

}  // namespace fake_metal
