#include "bench/crossing_absent.hpp"

namespace geyser::bench {

CrossingApi webgpu_crossing() { return absent_crossing("webgpu"); }

}  // namespace geyser::bench
