// An open access, whoever it came from: a texture, a frame to write or a frame to read. Views of memory keep it, so that nothing is
// released behind an array's back; an explicit release or publish takes effect at once, and only the memory stays.
#pragma once

#include <atomic>
#include <mutex>

#include "common.hpp"
#include "core/backend.hpp"
#include "texels.hpp"

namespace geyser::python {

struct Texture {
  Texture(std::shared_ptr<Manager> from, SharedTexture made) : manager(std::move(from)), texture(std::move(made)) {}
  std::shared_ptr<Manager> manager;  // outlives the texture: it may own the context below
  SharedTexture texture;
};

class OpenAccess {
 public:
  OpenAccess(std::shared_ptr<Manager> manager, TextureDescriptor descriptor, bool writing)
      : manager_(std::move(manager)), descriptor_(std::move(descriptor)), writing_(writing) {}
  OpenAccess(const OpenAccess&) = delete;
  OpenAccess& operator=(const OpenAccess&) = delete;
  virtual ~OpenAccess() = default;

  /// Null once it is over. Valid usage: under mutex().
  [[nodiscard]] virtual SharedTexture* texture() noexcept = 0;
  [[nodiscard]] virtual Access* access() noexcept = 0;
  /// "frame" or "access", for messages.
  [[nodiscard]] virtual std::string_view noun() const noexcept = 0;
  virtual Result<void> upload(const TextureRegion& region, std::span<const std::byte> bytes) = 0;
  virtual Result<void> read_back(const TextureRegion& region, std::span<std::byte> bytes) = 0;

  [[nodiscard]] std::mutex& mutex() noexcept { return mutex_; }
  [[nodiscard]] const std::shared_ptr<Manager>& manager() const noexcept { return manager_; }
  [[nodiscard]] bool writing() const noexcept { return writing_; }
  [[nodiscard]] const TextureDescriptor& descriptor() const noexcept { return descriptor_; }
  /// Threading: any thread.
  [[nodiscard]] bool is_open() const noexcept { return open_; }
  [[nodiscard]] Error over() const {
    return Error(Errc::invalid_state,
                 std::string("The ") + std::string(noun()) + " is over: it was published, released or ended; begin another one.");
  }
  /// CUDA streams that wait for the access, and that its end must follow. Valid usage: under mutex().
  [[nodiscard]] std::vector<void*>& streams() noexcept { return streams_; }
  /// Somebody works on the texture in a stream that nobody told: the end of the access waits for the whole context.
  std::atomic<bool> unknown_stream = false;

 protected:
  void set_over() noexcept { open_ = false; }

 private:
  std::shared_ptr<Manager> manager_;
  std::mutex mutex_;  // Python threads may share a frame, the library wants one at a time; never waited for with the GIL
  std::vector<void*> streams_;
  TextureDescriptor descriptor_;
  std::atomic<bool> open_ = true;
  bool writing_;
};

/// Keeps memory that a view shows: the access while nobody ends it, the texture in any case.
struct Kept {
  std::shared_ptr<Manager> manager;                  // destroyed last
  std::shared_ptr<detail::TextureContents> texture;  // the memory
  std::shared_ptr<OpenAccess> access;                // empty for a buffer
  std::shared_ptr<void> buffer{};                    // memory of its own: to_linear()
};

struct PyAccess {
  std::shared_ptr<OpenAccess> state;
};

/// Makes the end of the access follow what its CUDA streams do; nothing on other devices. Called under the access's mutex, without the GIL.
[[nodiscard]] Result<void> finish_streams(OpenAccess& access);

}  // namespace geyser::python
