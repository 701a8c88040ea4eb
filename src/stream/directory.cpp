#include "geyser/directory.hpp"

#include <algorithm>

#include "core/guard.hpp"
#include "ipc/link.hpp"
#include "platform/runtime_directory.hpp"
#include "stream/names.hpp"

namespace geyser {

using detail::guard;
using detail::text;

namespace {

// What changes a listing: a stream came, went, restarted or changed what it carries.
struct Mark {
  std::string name;
  Uuid uuid;
  std::uint64_t generation = 0;
  friend bool operator==(const Mark&, const Mark&) = default;
};

constexpr std::chrono::nanoseconds liveness_period = std::chrono::milliseconds(200);

}  // namespace

struct Directory::Block {
  platform::RuntimeDirectory folder;
  mutable std::vector<Mark> seen;
};

Directory::Directory(std::unique_ptr<Block> block) noexcept : block_(std::move(block)) {}
Directory::Directory(Directory&&) noexcept = default;
Directory& Directory::operator=(Directory&&) noexcept = default;
Directory::~Directory() = default;

std::string Directory::default_path() { return platform::default_runtime_directory(); }

const std::string& Directory::path() const noexcept { return block_->folder.path(); }

Result<Directory> Directory::open(std::string_view path) {
  return guard([&]() -> Result<Directory> {
    auto folder = platform::RuntimeDirectory::open(path.empty() ? default_path() : std::string(path));
    if (!folder) return std::move(folder).error();
    return Directory(std::make_unique<Block>(Block{*std::move(folder), {}}));
  });
}

Result<std::vector<StreamInfo>> Directory::list() const {
  return guard([&]() -> Result<std::vector<StreamInfo>> {
    auto live = block_->folder.live(detail::stream_kind);
    if (!live) return std::move(live).error();
    std::vector<StreamInfo> streams;
    block_->seen.clear();
    for (const auto& entry : *live) {
      // An announcement that cannot be read is a publisher that is just starting, or none of ours: not a stream.
      auto info = ipc::decode_announcement(entry.announcement);
      if (!info || info->name != entry.name) continue;
      block_->seen.push_back({info->name, info->uuid, info->generation});
      streams.push_back(*std::move(info));
    }
    return streams;
  });
}

Result<StreamInfo> Directory::find(std::string_view name) const {
  return guard([&]() -> Result<StreamInfo> {
    if (auto ok = detail::check_stream_name(name); !ok) return std::move(ok).error();
    auto entry = block_->folder.find(detail::stream_kind, name);
    if (!entry) return std::move(entry).error();
    if (entry->has_value()) {
      auto info = ipc::decode_announcement((*entry)->announcement);
      if (info && info->name == name) return info;
    }
    auto streams = list();
    if (!streams) return std::move(streams).error();
    std::string others;
    for (const auto& stream : *streams) others += (others.empty() ? "\"" : ", \"") + stream.name + "\"";
    return Error(Errc::not_found, text("There is no stream \"", name, "\" in ", path(), "; ",
                                       others.empty() ? std::string("nobody publishes there now") : "published are " + others, "."));
  });
}

Result<DeviceIdentity> device_of_stream(std::string_view name, const std::string& directory) {
  return guard([&]() -> Result<DeviceIdentity> {
    const auto streams = Directory::open(directory);
    if (!streams) return streams.error().clone();
    auto stream = streams->find(name);
    if (!stream) return std::move(stream).error();
    return std::move(stream->device);
  });
}

Result<StreamStatus> Directory::status(std::string_view name, std::chrono::nanoseconds timeout) const {
  return guard([&]() -> Result<StreamStatus> {
    auto info = find(name);
    if (!info) return std::move(info).error();
    auto entry = block_->folder.find(detail::stream_kind, name);
    if (!entry) return std::move(entry).error();
    if (!entry->has_value()) return Error(Errc::peer_gone, text("The publisher of \"", name, "\" ended while it was asked."));
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    const auto silent = [&] {
      return Error(Errc::timed_out,
                   text("Process ", info->process_id, " publishes \"", name, "\" but did not answer within ",
                        std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count(), " ms; it may be stopped or busy."));
    };
    auto socket = platform::Socket::connect((*entry)->socket_path, timeout);
    if (!socket) return socket.error().code() == Errc::timed_out ? silent() : std::move(socket).error();
    auto peer = socket->peer();
    if (!peer) return std::move(peer).error();
    if (!peer->same_user) {
      return Error(Errc::invalid_state, text("The stream \"", name, "\" is served by user ", peer->user_id, ", not by this one."));
    }
    const ipc::Link link(*std::move(socket));
    if (auto ok = link.send(ipc::StatusRequest{}, timeout); !ok) return std::move(ok).error();
    while (true) {
      const auto left = deadline - std::chrono::steady_clock::now();
      auto message = link.receive(std::max(left, decltype(left)::zero()));
      if (!message) return message.error().code() == Errc::timed_out ? silent() : std::move(message).error();
      if (auto* reply = std::get_if<ipc::StatusReply>(&*message)) return std::move(reply->status);
      if (auto* refusal = std::get_if<ipc::Refusal>(&*message)) return Error(refusal->code, refusal->message);
    }
  });
}

Result<std::vector<StreamInfo>> Directory::wait_for_change(std::chrono::nanoseconds timeout) {
  return guard([&]() -> Result<std::vector<StreamInfo>> {
    using Clock = std::chrono::steady_clock;
    const auto deadline = Clock::now() + timeout;
    const std::vector<Mark> before = block_->seen;
    while (true) {
      auto streams = list();
      if (!streams || block_->seen != before) return streams;
      const auto left = deadline - Clock::now();
      if (left <= Clock::duration::zero()) return streams;
      block_->folder.wait_for_change(std::min<std::chrono::nanoseconds>(left, liveness_period));
    }
  });
}

}  // namespace geyser
