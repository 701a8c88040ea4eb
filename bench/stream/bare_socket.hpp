// The floor of attaching: a socket, one message each way, and as many descriptors as a stream of three textures hands over.
#pragma once

#include <atomic>
#include <string>
#include <thread>

namespace geyser::bench {

/// Ownership: a thread that answers guests until it goes. Throws when the socket cannot be made.
class BareHost {
 public:
  explicit BareHost(const std::string& path);
  ~BareHost();
  BareHost(const BareHost&) = delete;
  BareHost& operator=(const BareHost&) = delete;

 private:
  void run();
  std::string path_;
  int listener_ = -1;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

/// Connects, asks, takes the descriptors and maps each of them. Throws when it cannot.
class BareGuest {
 public:
  explicit BareGuest(const std::string& path);
};

}  // namespace geyser::bench
