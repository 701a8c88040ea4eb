// A CUDA driver on the CPU beside lavapipe, for programs that link tests/fake_cuda: nothing that passes with it says what NVIDIA's driver
// does, only that the suites and the backend's own part work. CMake picks emulation_fake_cuda.cpp or emulation_absent.cpp.
#pragma once

namespace geyser::test {

/// Gives the emulated driver one device: lavapipe's, whose memory files it then understands. Call before the first look at all_devices().
/// False where nothing is emulated.
bool emulate_cuda();

}  // namespace geyser::test
