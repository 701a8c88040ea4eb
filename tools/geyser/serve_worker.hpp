// A thread of the server that may be busy with a device when it is no longer wanted: asked to stop at once, joined when it has ended.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace geyser::tools::web {

/// Runs something in the thread that talks to browsers. Threading: any thread.
using Post = std::function<void(std::function<void()>)>;
/// One line of --log; empty without it. Threading: any thread.
using Log = std::function<void(const std::string&)>;

class Worker {
 public:
  Worker() = default;
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  /// The derived class has called join() by then: its members are what the thread uses.
  virtual ~Worker() = default;

  /// Any thread; returns at once. Everything that the thread waits for is bounded, so it ends within about two seconds.
  virtual void ask_to_stop() { stop_ = true; }
  [[nodiscard]] bool finished() const noexcept { return finished_; }

 protected:
  [[nodiscard]] bool stopping() const noexcept { return stop_; }
  template <class Body>
  void start(Body body) {
    thread_ = std::thread([this, body] {
      body();
      finished_ = true;
    });
  }
  void join() {
    ask_to_stop();
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::atomic<bool> stop_ = false;
  std::atomic<bool> finished_ = false;
  std::thread thread_;
};

/// Workers on their way out. Threading: one thread.
class Retirement {
 public:
  void take(std::shared_ptr<Worker> worker) {
    worker->ask_to_stop();
    workers_.push_back(std::move(worker));
  }
  /// Joins those that have ended.
  void sweep() {
    std::erase_if(workers_, [](const auto& worker) { return worker->finished(); });
  }
  void clear() { workers_.clear(); }

 private:
  std::vector<std::shared_ptr<Worker>> workers_;
};

}  // namespace geyser::tools::web
