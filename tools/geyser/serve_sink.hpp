// A browser's frames as a native stream.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "geyser/publisher.hpp"
#include "tools/geyser/serve_wire.hpp"
#include "tools/geyser/serve_worker.hpp"

namespace geyser::tools::web {

/// Publishes in a thread of its own, as uploading and a device may take their time.
/// Threading: any thread; what it calls runs in its own thread.
class Sink final : public Worker {
 public:
  struct Options {
    std::string name;
    TextureDescriptor texture;
    std::string device;  ///< as --device
  };
  /// Once: announced, or why not; after an error it has ended.
  using Opened = std::function<void(Result<void>)>;
  /// After each frame, when the next one may be given.
  using Done = std::function<void(Result<void>)>;

  Sink(Options options, Opened opened, Done done);
  ~Sink() override;
  void ask_to_stop() override;
  /// `message` is a whole binary message, its pixels behind the header. Valid usage: after `opened`, and after `done` of the frame before.
  void give(std::vector<std::byte> message, std::int64_t timestamp);

 private:
  struct Frame {
    std::vector<std::byte> message;
    std::int64_t timestamp = 0;  ///< microseconds
  };
  void run();
  [[nodiscard]] Result<void> publish(Publisher& publisher, const Frame& frame);
  [[nodiscard]] std::optional<Frame> next();

  const Options options_;
  const Opened opened_;
  const Done done_;
  std::mutex mutex_;
  std::condition_variable given_;
  std::optional<Frame> frame_;
};

}  // namespace geyser::tools::web
