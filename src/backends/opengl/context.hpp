// The adopted context: its functions, what it can do, whether it is current, and what is to be deleted when it next is.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "backends/opengl/dispatch.hpp"
#include "geyser/capabilities.hpp"

namespace geyser::opengl {

/// Of libEGL.so.1.
struct EglLoader {
  GetProcAddress get_proc_address = nullptr;
  void* (*current_context)() = nullptr;
};
/// The library stays loaded once it is: drivers leave thread-local data behind. Errors: not_found.
[[nodiscard]] Result<EglLoader> egl_loader();

struct Features {
  bool es = false;
  int major = 0;
  int minor = 0;
  bool compatibility = false;  ///< has pixel transfer state
  bool copy_image = false;
  bool semaphore_fd = false;
  bool timeline = false;
  bool debug_output = false;
  bool nvidia = false;
  GLint max_2d = 0;
  GLint max_3d = 0;
  GLint max_cube = 0;
  GLint max_layers = 0;
};

/// Which list of the graveyard a name goes to.
enum class NameKind : std::uint8_t { texture, memory, semaphore, buffer };

/// Ownership: the context stays the caller's. Threading: what calls OpenGL, in the context's thread; bury() and is_current() in any.
class AdoptedContext {
 public:
  /// Errors: as opengl::create_manager().
  static Result<std::shared_ptr<AdoptedContext>> adopt(const AdoptInfo& info);

  [[nodiscard]] bool is_current() const noexcept { return current_context_() == context_; }
  /// Errors: invalid_state.
  [[nodiscard]] Result<void> check_current() const;
  [[nodiscard]] bool has(std::string_view extension) const { return extensions_.contains(std::string(extension)); }

  /// Deletes a name now if the context is current, else when it next is.
  void bury(NameKind kind, GLuint name) noexcept;
  /// Deletes what was buried. The context is current.
  void empty_graveyard() noexcept;

  /// Waits until all commands so far are done. Errors: timed_out, device_lost.
  [[nodiscard]] Result<void> finish(std::chrono::nanoseconds timeout) const;

  Functions gl;
  Features features;
  DeviceIdentity identity;
  GetProcAddress get_proc_address = nullptr;

 private:
  AdoptedContext() = default;
  Result<void> query_version();
  Result<void> query_device();
  [[nodiscard]] std::string text_of(GLenum name) const;
  void erase(NameKind kind, GLuint name) const noexcept;
  /// Before memory is deleted: its textures' commands are done.
  void settle() const noexcept;

  void* (*current_context_)() = nullptr;
  void* context_ = nullptr;
  std::unordered_set<std::string> extensions_;
  std::mutex graveyard_mutex_;
  std::vector<std::pair<NameKind, GLuint>> graveyard_;
  std::atomic<bool> graveyard_used_{false};
};

/// One call of the library into OpenGL. Errors that the caller left pending are set aside and put back at the end, so that neither side
/// takes the other's for its own. (Put back are the three that can be provoked without another effect: invalid enum, value, operation.
/// Others are logged.)
class Entered {
 public:
  /// Checks that the context is current, and empties the graveyard. Errors: invalid_state.
  static Result<Entered> enter(AdoptedContext& context);
  Entered(Entered&& other) noexcept : context_(std::exchange(other.context_, nullptr)), pending_(other.pending_), count_(other.count_) {}
  Entered& operator=(Entered&&) = delete;
  Entered(const Entered&) = delete;
  Entered& operator=(const Entered&) = delete;
  ~Entered();

  /// The first error since the last call or the beginning; GL_NO_ERROR when there is none. None is left.
  [[nodiscard]] GLenum take_error() const noexcept;
  /// take_error() as an Error. Errors: out_of_memory, device_lost, internal.
  [[nodiscard]] Result<void> check(std::string_view what) const;

 private:
  static constexpr std::size_t most = 8;
  explicit Entered(AdoptedContext& context) noexcept : context_(&context) {}
  AdoptedContext* context_;
  std::array<GLenum, most> pending_{};
  std::size_t count_ = 0;
};

/// "GL_INVALID_VALUE". Ownership: static storage, or the result's.
[[nodiscard]] std::string error_name(GLenum error);
[[nodiscard]] Error opengl_error(GLenum error, std::string_view what);

}  // namespace geyser::opengl
