// What this project calls of Grand Central Dispatch, as its documentation has it.
#pragma once

#include <cstdint>

@protocol OS_dispatch_queue
@end
using dispatch_queue_t = id<OS_dispatch_queue>;
using dispatch_queue_attr_t = id;
#define DISPATCH_QUEUE_SERIAL nullptr

extern "C" dispatch_queue_t dispatch_queue_create(const char* label, dispatch_queue_attr_t attributes) __attribute__((ns_returns_retained));
