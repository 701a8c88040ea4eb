// A layer between the library and the driver, put in through AdoptInfo::get_proc_address: counts names, hides what the driver has, makes
// calls fail, and emulates the semaphores that llvmpipe has not (one counter in shared memory each, waited for where the call stands).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "opengl/gl_functions.hpp"

namespace geyser::test::layer {

struct Options {
  bool semaphores = false;             ///< emulates GL_EXT_semaphore and GL_EXT_semaphore_fd
  bool timelines = false;              ///< and GL_NV_timeline_semaphore
  bool dma_buf = false;                ///< emulates EGL's side of dma-bufs (layer_egl.hpp)
  bool find_nothing = false;           ///< the loader knows no name
  std::string missing;                 ///< a function that the loader does not know
  std::string hidden;                  ///< an extension that the driver seems not to have
  std::string version;                 ///< instead of GL_VERSION
  std::string vendor;                  ///< instead of GL_VENDOR
  std::string drm_file = "/dev/null";  ///< dma_buf: the node that EGL names; empty: none
  bool no_linear = false;              ///< linear tiling is GL_INVALID_VALUE, and no tiling type is listed
  std::string failing;                 ///< a function that raises `error` instead of doing its work
  GLenum error = GL_NO_ERROR;
  bool close_refused = false;   ///< a failing import closes the descriptor, as some drivers do
  bool never_finishes = false;  ///< glClientWaitSync always times out
};
/// Forgets everything and starts anew.
void reset(const Options& options = {});
/// What AdoptInfo::get_proc_address gets.
[[nodiscard]] opengl::GetProcAddress loader();
/// Changes what fails from now on; the counts stay.
void fail(std::string function, GLenum error);

struct Call {
  enum class Kind { create_timeline, import, wait, signal };
  Kind kind = Kind::wait;
  GLuint semaphore = 0;
  std::uint64_t value = 0;  ///< of a timeline
  GLuint texture = 0;       ///< 0: none was named
  GLenum layout = GL_NONE;
  friend bool operator==(const Call&, const Call&) = default;
};
[[nodiscard]] const std::vector<Call>& calls();

/// Names that are alive.
struct Names {
  int textures = 0;
  int memory = 0;
  int semaphores = 0;
  int buffers = 0;
  int framebuffers = 0;
  friend bool operator==(const Names&, const Names&) = default;
};
[[nodiscard]] Names names();

}  // namespace geyser::test::layer
