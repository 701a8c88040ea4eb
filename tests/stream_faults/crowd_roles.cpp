#include "crowd_roles.hpp"

#include <algorithm>
#include <deque>
#include <thread>

#include "frames.hpp"
#include "geyser/channel.hpp"
#include "geyser/host.hpp"
#include "handmade.hpp"
#include "stream/names.hpp"

namespace geyser::test {
namespace {

int fail(const Slate& slate, const std::string& words) {
  slate.say(words);
  return 1;
}
int complain(const Slate& slate, const Error& error) { return fail(slate, error.describe()); }

// Subscribers of one process, in turn. Step 1: all attached. Step 2: each has a frame.
int readers(const Settings& settings, const Slate& slate) {
  auto manager = host::create_manager();
  if (!manager) return complain(slate, manager.error());
  SubscriberOptions options;
  options.directory = settings.text("dir");
  options.connect_timeout = std::chrono::milliseconds(settings.number("connect_ms", 10'000));
  options.spin = 0us;
  std::deque<Subscriber> all;
  const auto count = settings.number("count", 1);
  while (all.size() < count) {
    auto made = Subscriber::connect(*manager, settings.text("name"), options);
    if (!made) return complain(slate, made.error());
    all.push_back(std::move(*made));
  }
  slate->step.store(1);
  std::vector<bool> seen(all.size());
  while (slate->stop.load() == 0) {
    bool any = false;
    for (std::size_t i = 0; i < all.size(); ++i) {
      auto frame = all[i].acquire(0ms);
      if (!frame) continue;
      any = true;
      auto different = compare_mapped(*frame, 0us);
      if (!different) return complain(slate, different.error());
      if (!different->empty()) {
        slate->torn.fetch_add(1);
        slate.say(*different);
      }
      slate->frames.fetch_add(1);
      seen[i] = true;
    }
    if (slate->step.load() < 2 && std::ranges::all_of(seen, [](bool s) { return s; })) slate->step.store(2);
    if (!any) std::this_thread::sleep_for(500us);
  }
  return 0;
}

// Connects, is let in, goes. `rounds` counts.
int knocker(const Settings& settings, const Slate& slate) {
  auto folder = platform::RuntimeDirectory::open(settings.text("dir"));
  if (!folder) return complain(slate, folder.error());
  auto live = folder->find(detail::stream_kind, settings.text("name"));
  if (!live || !*live) return fail(slate, "no stream");
  auto manager = host::create_manager();
  if (!manager) return complain(slate, manager.error());
  ipc::Hello hello;
  hello.application = "knocker";
  hello.capabilities = manager->capabilities();
  auto greeting = ipc::encode(hello);
  if (!greeting) return complain(slate, greeting.error());
  while (slate->stop.load() == 0) {
    auto socket = platform::Socket::connect((*live)->socket_path, 5s);
    if (!socket) return complain(slate, socket.error());
    const ipc::Link link(std::move(*socket));
    if (auto sent = link.send(*greeting, 5s); !sent) return complain(slate, sent.error());
    auto answer = link.receive(10s);
    if (!answer) return complain(slate, answer.error());
    if (!std::holds_alternative<ipc::Welcome>(*answer)) return fail(slate, "no Welcome");
    slate->rounds.fetch_add(1);
  }
  return 0;
}

// A reader whose device is behind: it lets go of every frame and goes on reading it for a while, as a GPU would, and only then signals.
int lagging_reader(const Settings& settings, const Slate& slate) {
  auto manager = host::create_manager();
  if (!manager) return complain(slate, manager.error());
  SubscriberOptions options;
  options.directory = settings.text("dir");
  options.connect_timeout = 10s;
  options.max_held = 2;
  auto subscriber = Subscriber::connect(*manager, settings.text("name"), options);
  if (!subscriber) return complain(slate, subscriber.error());
  slate->step.store(1);
  const std::chrono::microseconds behind(settings.number("behind_us", 5000));
  while (slate->stop.load() == 0) {
    auto frame = subscriber->acquire(100ms);
    if (!frame) continue;
    auto first = compare_mapped(*frame, 0us);
    if (!first) return complain(slate, first.error());
    auto mapped = host::map(frame->texture());
    if (!mapped) return complain(slate, mapped.error());
    const auto word = static_cast<std::uint32_t>(frame->info().number);
    const SyncPoint point = *frame->access().signal();  // asked for: a promise
    if (auto released = frame->release(); !released) return complain(slate, released.error());
    const auto end = std::chrono::steady_clock::now() + behind;
    bool torn = !first->empty();
    while (std::chrono::steady_clock::now() < end) {
      const auto* words = reinterpret_cast<const volatile std::uint32_t*>(mapped->data);
      for (std::uint64_t i = 0; i < mapped->layout.total_bytes / sizeof word; ++i) torn = torn || words[i] != word;
    }
    if (torn) {
      slate->torn.fetch_add(1);
      slate.say("frame " + std::to_string(word) + " was written before the reader's device was done with it");
    }
    if (auto signalled = point.semaphore.signal(point.value); !signalled) return complain(slate, signalled.error());
    slate->frames.fetch_add(1);
    slate->step.store(2);
  }
  return slate->torn.load() == 0 ? 0 : 1;
}

// The other end of a Channel on the inherited descriptor: takes a texture, a semaphore and bytes in the order of their sending.
int channel_peer(const Settings&, const Slate& slate) {
  auto channel = geyser::Channel::adopt(Child::inherited_channel());
  if (!channel) return complain(slate, channel.error());
  slate.reach(1);  // everything is sent before anything is read
  auto manager = host::create_manager();
  if (!manager) return complain(slate, manager.error());
  auto handle = channel->receive_handle(5s);
  if (!handle) return complain(slate, handle.error());
  auto semaphore = channel->receive_semaphore_handle(5s);
  if (!semaphore) return complain(slate, semaphore.error());
  auto bytes = channel->receive(5s);
  if (!bytes) return complain(slate, bytes.error());
  if (bytes->size() != 3) return fail(slate, "other bytes");
  auto texture = manager->import_texture(std::move(*handle));
  if (!texture) return complain(slate, texture.error());
  std::vector<std::byte> pixels(32 * 32 * 4);
  if (auto read = manager->read_back(*texture, {}, pixels); !read) return complain(slate, read.error());
  return pixels == content_of(small_texture(), {}, 77) ? 0 : fail(slate, "other pixels");
}

}  // namespace

Role find_crowd_role(std::string_view name) {
  if (name == "readers") return &readers;
  if (name == "knocker") return &knocker;
  if (name == "lagging_reader") return &lagging_reader;
  if (name == "channel_peer") return &channel_peer;
  return nullptr;
}

}  // namespace geyser::test
