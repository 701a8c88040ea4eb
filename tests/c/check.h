// What the suites check with. A failure is printed and counted; the test goes on.
#ifndef GEYSER_TESTS_C_CHECK_H
#define GEYSER_TESTS_C_CHECK_H

#include <stddef.h>
#include <stdint.h>

#include "geyser/geyser.h"

#define SECOND ((int64_t)1000000000)

#define CHECK(condition) check((condition) != 0, #condition, __FILE__, __LINE__)
/// The call succeeds; the value says whether it did.
#define OK(call) succeeds((call), #call, __FILE__, __LINE__)
/// The call fails with that status, and its message holds those words.
#define FAILS(call, status, words) fails((call), (status), (words), #call, __FILE__, __LINE__)

int check(int condition, const char* text, const char* file, int line);
int succeeds(geyser_status status, const char* text, const char* file, int line);
int fails(geyser_status status, geyser_status wanted, const char* words, const char* text, const char* file, int line);
/// A null pointer was refused by name, or the library was built without the feature and says so.
void refused(geyser_status status, const char* function, const char* parameter, geyser_feature feature);
int failures(void);

/// Open file descriptors of this process.
size_t open_descriptors(void);
/// The same bytes for the same seed.
void fill_random(void* bytes, size_t size, uint32_t seed);
/// A name for streams and channels that no other process uses.
const char* own_name(const char* what);
/// Runs `child` in another process, which ends with its return value; gives its process id.
int start_child(int (*child)(void* argument), void* argument);
/// The exit code of a child, or -1 when it was killed.
int join_child(int process);

/// A 2D texture with everything else left at its default.
geyser_texture_descriptor descriptor_2d(uint32_t width, uint32_t height, geyser_format format);

unsigned refuse_nulls(void);
void null_suite(void);
void base_suite(void);
void struct_suite(void);
void texture_suite(void);
void handle_suite(void);
void channel_suite(void);
void stream_suite(void);
void vulkan_suite(void);
void vulkan_commands_suite(void);
void opengl_suite(void);
void cuda_suite(void);

/// Ends a suite that cannot run here: the reason is printed, and ctest calls it skipped unless something failed before.
void skip(const char* why);

#endif
