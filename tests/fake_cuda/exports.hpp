// Every function is declared with the type that the backend calls it by.
#pragma once

#include "backends/cuda/dispatch.hpp"
#include "state.hpp"

#define FAKE_CUDA_EXPORT extern "C" __attribute__((visibility("default")))
