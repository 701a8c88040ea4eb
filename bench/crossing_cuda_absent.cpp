#include "bench/crossing_absent.hpp"

namespace geyser::bench {

CrossingApi cuda_crossing() { return absent_crossing("cuda"); }

}  // namespace geyser::bench
