// Read back, then uploaded.
#include "crossing/carrier.hpp"
