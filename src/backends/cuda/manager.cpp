#include "geyser/cuda.hpp"
