// The other end of a channel: this program, started again.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "geyser/channel.hpp"
#include "support/process.hpp"

namespace geyser::test {

/// What this program does when it is started with --peer PART [ARGUMENTS]; its exit status. 77: the device is missing.
[[nodiscard]] int run_peer(const std::vector<std::string>& arguments);

/// The parts that only one system has; empty when `arguments` are none of them.
[[nodiscard]] std::optional<int> run_system_part(const std::vector<std::string>& arguments);

/// First inputs for tests/fuzz: every kind of message, and announcements, into the folders FOLDER/message and FOLDER/announcement. Exit
/// status.
[[nodiscard]] int write_corpus(const std::string& folder);

/// A child that plays PART, and the channel to it.
struct Peer {
  Child child;
  geyser::Channel channel;
};
[[nodiscard]] Result<Peer> start_peer(const std::vector<std::string>& arguments);

}  // namespace geyser::test
