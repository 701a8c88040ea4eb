// Which streams there are, for the page's list.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "geyser/directory.hpp"
#include "tools/geyser/serve_worker.hpp"

namespace geyser::tools::web {

struct ListedStream {
  std::string name;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::string format;  ///< WebGPU's name where it has one
  double fps = 0;      ///< over the last second or so
  std::size_t readers = 0;
  bool alive = true;  ///< its publisher answers
  friend bool operator==(const ListedStream&, const ListedStream&) = default;
};

/// Follows the directory in a thread of its own.
/// Threading: any thread.
class StreamWatch final : public Worker {
 public:
  using Changed = std::function<void(std::shared_ptr<const std::string>)>;

  /// `names`: those that are shown; empty: all. `changed` gets the new document, in the watch's thread.
  StreamWatch(Directory directory, std::vector<std::string> names, Changed changed);
  ~StreamWatch() override;
  /// The `streams` message as of now.
  [[nodiscard]] std::shared_ptr<const std::string> document() const;
  /// Whether browsers may see the stream at all.
  [[nodiscard]] bool shows(const std::string& name) const;

 private:
  struct Seen {
    Uuid uuid;
    std::uint64_t frames = 0;
    std::chrono::steady_clock::time_point when{};
    double fps = 0;
    std::size_t readers = 0;
    bool alive = true;
  };
  void run();
  void ask(const StreamInfo& stream, Seen& seen) const;

  Directory directory_;
  const std::vector<std::string> names_;
  const Changed changed_;
  mutable std::mutex mutex_;
  std::shared_ptr<const std::string> document_;
  std::map<std::string, Seen> seen_;  // the thread's own
};

}  // namespace geyser::tools::web
