// A Direct3D 11 for tests: what it is asked to be, what it is asked to break, and what is left of it.
// Threading: every function from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "geyser/d3d11.hpp"

namespace fake_d3d11 {

struct Config {
  std::uint64_t luid = 0x00000007'0000abcd;  ///< of adapter 0; adapter n has n more
  std::uint32_t adapters = 2;
  std::uint32_t feature_level = 0xb100;
  bool fences = true;         ///< ID3D11Device5 and ID3D11DeviceContext4
  bool sharing = true;        ///< IDXGIResource1 and OpenSharedResource1; else as Wine 8 answers
  bool plain_sharing = true;  ///< NT handles for textures without a keyed mutex too
  bool multithread = true;    ///< ID3D11Multithread
  bool typed_storage = true;  ///< unordered access views of formats that may have them
};

/// Starts again, with nothing left alive. Ends the program when something is.
void reset(const Config& config = {});
/// A device of that adapter, as an application would make one. The caller releases it.
[[nodiscard]] ID3D11Device* create_device(std::uint32_t adapter = 0, std::uint32_t creation_flags = 0);
void release(ID3D11Device* device);
[[nodiscard]] geyser::d3d11::EntryPoints entry_points();

/// What is alive, by type, without entries that are 0.
[[nodiscard]] std::map<std::string, std::size_t> live_objects();
/// How many times `function` ("ID3D11Device::CreateTexture2D") was called since reset().
[[nodiscard]] std::uint64_t calls(std::string_view function);
/// Fails the `nth` (from 1) call of `function` from now on, and every later one if `forever`.
void fail_function(std::string_view function, std::uint64_t nth, long result, bool forever = false);
/// Fails the `nth` (from 1) call of anything that can fail from now on.
void fail_call(std::uint64_t nth, long result);
void stop_failing();
/// The function that failed last by injection; empty when none did.
[[nodiscard]] std::string injected();

/// From now on every device of this process is gone, for that reason.
void remove_devices(long reason);
/// While held, nothing in any queue runs: a GPU that hangs.
void hold_queues(bool held);
/// How late a queue begins with what was flushed. 0 by default. Units: milliseconds.
void delay_queues(unsigned milliseconds);
/// Ends the thread of the queues; queues that wait for what never comes are dropped.
void stop();
/// Which holder of a keyed mutex the fake shall believe dead: this process, as soon as it holds one. Once.
void forget_holder();

}  // namespace fake_d3d11
