// A native stream, read once for all browsers that watch it.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "tools/geyser/serve_picture.hpp"
#include "tools/geyser/serve_watcher.hpp"
#include "tools/geyser/serve_worker.hpp"

namespace geyser::tools::web {

struct SourceOptions {
  std::string device;         ///< as --device
  std::uint64_t bitrate = 0;  ///< bits a second; 0: by size
};

/// Attaches, reads and encodes in a thread of its own, and lets frames go that no browser has room for: the stream never waits for one.
/// Threading: any thread.
class Source final : public Worker {
 public:
  Source(std::string name, SourceOptions options, Log log, std::shared_ptr<Watcher> first);
  ~Source() override;
  /// False when the source has ended: start another one.
  [[nodiscard]] bool add(std::shared_ptr<Watcher> watcher);

 private:
  struct Encoding;  // one video, for all who watch it
  using Watchers = std::vector<std::shared_ptr<Watcher>>;

  void run();
  /// Those who watch now; empty, and the source has ended, when nobody does.
  [[nodiscard]] Watchers current();
  void end(const Event& event);
  [[nodiscard]] Result<void> take_frame(Subscriber& subscriber, const Watchers& watchers);
  void announce(const TextureDescriptor& texture, const Watchers& watchers);
  [[nodiscard]] Result<Shape> shape_for(const Watcher& watcher, const TextureDescriptor& texture) const;
  void serve(const Watchers& watchers);
  [[nodiscard]] Result<void> serve_raw(Watcher& watcher);
  [[nodiscard]] Result<void> serve_video(Encoding& encoding, const Watchers& watchers);
  [[nodiscard]] Encoding& encoding_of(const Shape& shape);
  [[nodiscard]] Packet packet(const Watcher& watcher, FrameKind kind, Payload payload, std::shared_ptr<Outbox::Ticket> ticket) const;
  void sent(Watcher& watcher, Packet packet);

  const std::string name_;
  const SourceOptions options_;
  const Log log_;
  std::mutex mutex_;
  Watchers watchers_;
  bool ended_ = false;
  // The thread's own.
  NewestPicture newest_;
  std::vector<std::unique_ptr<Encoding>> encodings_;
};

/// The sources that run, by name. Threading: one thread.
class Sources {
 public:
  Sources(SourceOptions options, Log log) : options_(std::move(options)), log_(std::move(log)) {}
  void watch(const std::string& name, std::shared_ptr<Watcher> watcher);
  /// Joins those that have ended.
  void sweep();
  void stop();

 private:
  SourceOptions options_;
  Log log_;
  std::unordered_map<std::string, std::shared_ptr<Source>> running_;
  Retirement retired_;
};

}  // namespace geyser::tools::web
