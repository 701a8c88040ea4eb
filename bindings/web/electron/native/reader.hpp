// A stream's reader without JavaScript: attaches, waits for frames and for their pixels, hands out duplicates of their handles.
#pragma once

#include <geyser/geyser.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace geyser_node {

/// What went wrong: the name of the library's error class, and its sentence.
struct Failure {
  std::string code;
  std::string message;
  explicit operator bool() const { return !code.empty(); }
};
/// Of a status that is not OK, on the thread that got it.
[[nodiscard]] Failure failure_of(geyser_status status);

struct Options {
  std::string name;
  std::string directory;    ///< empty: the user's own
  std::string application;  ///< empty: the program's file name
  bool vulkan = true;       ///< false: host memory
  std::int64_t connect_timeout = 1'000'000'000;
  std::uint32_t max_held = 2;
};

struct Plane {
  std::int64_t fd = -1;  ///< the frame's own
  std::uint64_t offset = 0;
  std::uint64_t stride = 0;
  std::uint64_t size = 0;
};

/// A frame whose pixels are there. Ownership: unique; the destructor gives it back and closes the duplicates. Threading: one thread at a
/// time.
class Frame {
 public:
  explicit Frame(geyser_read_frame* frame) : frame_(frame) {}
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;
  ~Frame();

  std::uint64_t number = 0;
  std::uint64_t generation = 0;
  std::uint64_t skipped = 0;
  std::int64_t published = 0;  ///< microseconds, monotonic clock
  std::int64_t timestamp = 0;  ///< microseconds
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::string format;  ///< the library's name
  std::string memory;
  std::string transport;
  std::uint64_t modifier = 0;  ///< of a dma_buf
  std::uint64_t allocation = 0;
  std::vector<Plane> planes;  ///< none where the memory's layout is the driver's secret
  std::vector<std::int64_t> handles;

 private:
  friend class Reader;
  geyser_read_frame* frame_;
  geyser_texture_handle* handle_ = nullptr;
};

/// Ownership: shared with frames' waits. Threading: acquire() one at a time, the rest from any thread.
class Reader {
 public:
  static std::shared_ptr<Reader> connect(const Options& options, Failure& failure);
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  /// Null and `failure`, or a frame whose writes are over. Waits at most `timeout` nanoseconds for the frame, and as long for its pixels.
  std::unique_ptr<Frame> acquire(std::int64_t timeout, Failure& failure);

 private:
  Reader() = default;
  geyser_vulkan_device* device_ = nullptr;
  geyser_manager* manager_ = nullptr;
  geyser_subscriber* subscriber_ = nullptr;
};

}  // namespace geyser_node
