#include "peers.hpp"

#include <chrono>
#include <iostream>
#include <thread>

#include "exchange_textures.hpp"
#include "geyser/host.hpp"
#include "messages.hpp"
#include "support/devices.hpp"

namespace geyser::test {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 60s;  // a sanitizer build that opens a Vulkan device under load

int report(const Error& error) {
  std::cerr << "peer: " << error.describe() << "\n";
  return 1;
}

Result<geyser::Channel> inherited() { return geyser::Channel::adopt(Child::inherited_channel()); }

/// Reads what the other process wrote, answers with content of its own.
int exchange(geyser::Channel& channel, const std::string& key) {
  const DeviceEntry* entry = find_device(key);
  if (entry == nullptr) return 77;
  auto participant = Participant::open(*entry);
  if (!participant) return report(participant.error());
  if (auto done = answer_texture(channel, (*participant)->manager(), patience); !done) return report(done.error());
  return 0;
}

/// Sends textures as fast as they are taken, until it is killed.
int flood(geyser::Channel& channel) {
  auto manager = host::create_manager();
  if (!manager) return report(manager.error());
  auto texture = manager->create_shareable_texture({.extent = {16, 16}, .format = TextureFormat::rgba8_unorm});
  if (!texture) return report(texture.error());
  for (;;) {
    auto handle = manager->export_texture(*texture);
    if (!handle) return report(handle.error());
    if (auto sent = channel.send_handle(*handle, patience); !sent) return 0;
  }
}

int echo(geyser::Channel& channel) {
  for (;;) {
    auto bytes = channel.receive(patience);
    if (!bytes) return bytes.error().code() == Errc::peer_gone ? 0 : report(bytes.error());
    if (auto sent = channel.send(*bytes, patience); !sent) return report(sent.error());
  }
}

/// Holds a name until it is killed.
int listen(const std::string& name, const std::string& directory) {
  auto parent = inherited();
  if (!parent) return report(parent.error());
  auto listener = ChannelListener::listen(name, directory);
  if (!listener) return report(listener.error());
  if (auto sent = parent->send({}, patience); !sent) return report(sent.error());
  std::this_thread::sleep_for(patience);
  return 0;
}

}  // namespace

int run_peer(const std::vector<std::string>& arguments) {
  const std::string& part = arguments[0];
  if (const auto status = run_system_part(arguments)) return *status;
  if (part == "listen") return listen(arguments.at(1), arguments.at(2));
  auto channel = part == "connect" ? geyser::Channel::connect(arguments.at(1), patience, arguments.at(2)) : inherited();
  if (!channel) return report(channel.error());
  if (part == "exchange") return exchange(*channel, arguments.at(1));
  if (part == "connect") return exchange(*channel, arguments.at(3));
  if (part == "flood") return flood(*channel);
  if (part == "echo") return echo(*channel);
  std::cerr << "peer: unknown part " << part << "\n";
  return 2;
}

Result<Peer> start_peer(const std::vector<std::string>& arguments) {
  std::vector<std::string> words{"--peer"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  auto child = Child::start(words);
  if (!child) return std::move(child).error();
  auto socket = child->channel().socket().duplicate();
  if (!socket) return std::move(socket).error();
  child->drop_channel();  // the child shall see the end when `channel` goes
  auto channel = geyser::Channel::adopt(std::move(*socket));
  if (!channel) return std::move(channel).error();
  return Peer{std::move(*child), std::move(*channel)};
}

}  // namespace geyser::test
