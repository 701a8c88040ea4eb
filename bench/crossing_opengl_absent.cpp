#include "bench/crossing_absent.hpp"

namespace geyser::bench {

CrossingApi opengl_crossing() { return absent_crossing("opengl"); }

}  // namespace geyser::bench
