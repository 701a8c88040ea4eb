// A CUDA driver on the CPU for tests: libcuda.so.1 of its own, with the devices that a test describes, every failure that a test asks for,
// and a count of all that is left. Misuse that a real driver answers with undefined behaviour aborts with a message. A program that links
// geyser_fake_cuda opens it wherever it asks for libcuda.so.1. Threading: every function from any thread. One driver per process.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#define FAKE_CUDA_API __attribute__((visibility("default")))

namespace fake_cuda {

using UuidBytes = std::array<std::uint8_t, 16>;

struct DeviceConfig {
  std::string name = "Fake CUDA GPU";
  UuidBytes uuid{0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11};
  int pci_bus = 0xC1;
  std::uint64_t memory = std::uint64_t{8} << 30U;       // bytes
  std::uint64_t granularity = std::uint64_t{2} << 20U;  // bytes
  int max_2d = 32768;                                   // texels
  bool virtual_memory = true;
  bool timeline_semaphores = true;
  bool host_register = true;
  bool read_only_host_register = true;
  bool block_compressed = true;
  bool packed_10_bits = true;
  /// Rows of block-compressed arrays start on multiples of it (bytes): 1 for arrays on lavapipe's memory, which packs them.
  std::uint64_t compressed_row_alignment = 64;
};

struct Config {
  std::vector<DeviceConfig> devices = {DeviceConfig{}};
  int version = 13000;
  bool peer_access = true;  // each device may use the memory of every other
  /// Work of streams runs in a thread of the driver's, some milliseconds late: a wait that is missing is seen.
  bool asynchronous = false;
  /// What a Vulkan driver on the CPU puts behind the first 16 bytes (size of the file, offset of the memory) of its memory files, to know
  /// them again. Empty: memory starts at the file's first byte.
  std::vector<std::uint8_t> memory_mark;
};

/// Starts again. Aborts when something is alive.
FAKE_CUDA_API void reset(const Config& config = {});
/// What is alive, by type ("context", "external memory", "primary reference" ...), without entries that are 0.
[[nodiscard]] FAKE_CUDA_API std::map<std::string, std::size_t> live_objects();
/// How many times `function` ("cuMemCreate") was called since reset().
[[nodiscard]] FAKE_CUDA_API std::uint64_t calls(std::string_view function);

/// Fails the `nth` (from 1) call of `function` from now on with that CUresult, and, if `forever`, every later one.
FAKE_CUDA_API void fail_function(std::string_view function, std::uint64_t nth, int status, bool forever = false);
/// Fails the `nth` (from 1) call of anything that can fail from now on. Calls that free, and queries, are not counted.
FAKE_CUDA_API void fail_call(std::uint64_t nth, int status);
FAKE_CUDA_API void stop_failing();
/// The function that failed last by injection; empty when none did.
[[nodiscard]] FAKE_CUDA_API std::string injected();

/// As when the process ends: from now on every call answers CUDA_ERROR_DEINITIALIZED, and all objects are gone.
FAKE_CUDA_API void shut_down();
/// While held, nothing in any stream runs: a GPU that hangs.
FAKE_CUDA_API void hold_streams(bool held);
/// The same for the streams of one device, until hold_streams(false): a GPU that is slower than the others.
FAKE_CUDA_API void hold_device(int ordinal);
/// Runs what can run; true when all streams are empty then.
FAKE_CUDA_API bool drain();
/// Ends the driver's thread, if there is one. Done by reset() too.
FAKE_CUDA_API void join();

/// A context as an application would make one; not current. It takes its objects along when it is destroyed.
[[nodiscard]] FAKE_CUDA_API void* create_context(int ordinal);
FAKE_CUDA_API void destroy_context(void* context);
/// A stream of a context, as an application would make one.
[[nodiscard]] FAKE_CUDA_API void* create_stream(void* context);
FAKE_CUDA_API void destroy_stream(void* stream);
/// Makes the stream wait until open_gate(): work of the application's own that takes long.
FAKE_CUDA_API void close_gate(void* context, void* stream);
FAKE_CUDA_API void open_gate();

/// A page that the driver imports as a semaphore (a new descriptor, the caller's). `kind`: 't' timeline, 'b' binary.
[[nodiscard]] FAKE_CUDA_API int new_semaphore(char kind, std::uint64_t value);
/// The counter, or 1 and 0 of a binary one.
[[nodiscard]] FAKE_CUDA_API std::uint64_t semaphore_value(int fd);
FAKE_CUDA_API void set_semaphore(int fd, std::uint64_t value);

/// What a texture or surface object was made with.
struct ObjectInfo {
  unsigned flags = 0;
  int filter = 0;
  int address = 0;
  float max_level = 0;
};
[[nodiscard]] FAKE_CUDA_API ObjectInfo texture_object(unsigned long long object);
/// Reads and writes device memory as a kernel would: the address must be mapped and accessible. Abort otherwise.
FAKE_CUDA_API void read_device(unsigned long long address, void* to, std::size_t bytes);
FAKE_CUDA_API void write_device(unsigned long long address, const void* from, std::size_t bytes);

}  // namespace fake_cuda
