// Geyser for C: everything that the C++ interface does, as one stable C ABI. Link with libgeyser.so (geyser::c, geyser-c.pc).
//
// Compiles as C11 and as C++17; needs nothing but this folder. The rules, which hold for every function:
//
// Status. Functions return GEYSER_STATUS_OK or the class of the failure. What went wrong in a sentence, the code of the API below and the
//   trail are in geyser_last_error(), one for each thread. On failure nothing has changed, nothing has been written and nothing is leaked.
//   Nothing throws, aborts or ends the process.
// Pointers. A null pointer where one is needed is refused (invalid_argument names the parameter). Parameters marked GEYSER_OPTIONAL may be
//   null. Whether a pointer that is not null is right cannot be checked.
// Ownership. An object that comes out of `type** out` belongs to the caller and goes back with geyser_<type>_destroy(), which takes null.
//   "Borrowed" says that it lives inside another object and must not be destroyed. Handles are consumed (destroyed) on success only.
// Structs. `uint32_t struct_size` comes first and is sizeof the struct that the caller was compiled with: start from GEYSER_INIT(type), or
//   from zeroed memory with struct_size set. Zero means the default in every field. A library that is newer than its caller takes what the
//   caller's struct is too short for as zero, and writes no further than it; one that is older refuses fields that it does not know unless
//   they are zero, and zeroes them when it writes. Structs without struct_size never change.
// Text is UTF-8 and ends with a zero byte. `char* buffer, size_t capacity, size_t* length`: writes at most `capacity` bytes, the zero byte
//   among them, and says the full length without it; a buffer that is too small holds the beginning. `buffer` may be null when capacity is
//   0.
// Lists are objects that hold what was true when they were made: a count, and one element by its index. Pointers inside a struct that the
//   library filled live as long as the object that it was asked of.
// Threads. As in C++: any thread, unless the comment says more; one object is used by one thread at a time, except managers, textures and
//   semaphores, which any number of threads may use at once.
// Times are nanoseconds. A timeout below zero is taken for zero.
// What was not built in (geyser_features()) answers GEYSER_STATUS_UNSUPPORTED_FEATURE: every build has every function.
#ifndef GEYSER_GEYSER_H
#define GEYSER_GEYSER_H

#include "geyser/c/access.h"
#include "geyser/c/base.h"
#include "geyser/c/channel.h"
#include "geyser/c/cuda.h"
#include "geyser/c/device.h"
#include "geyser/c/directory.h"
#include "geyser/c/error.h"
#include "geyser/c/format.h"
#include "geyser/c/frame.h"
#include "geyser/c/handle.h"
#include "geyser/c/manager.h"
#include "geyser/c/opengl.h"
#include "geyser/c/publisher.h"
#include "geyser/c/semaphore.h"
#include "geyser/c/subscriber.h"
#include "geyser/c/texture.h"
#include "geyser/c/vulkan.h"
#include "geyser/c/vulkan_fence.h"

#endif
