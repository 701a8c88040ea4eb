#include "liar_roles.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <functional>
#include <thread>
#include <vector>

#include "frames.hpp"
#include "geyser/host.hpp"
#include "handmade.hpp"
#include "support/content.hpp"

namespace geyser::test {
namespace {

int complain(const Slate& slate, const Error& error) {
  slate.say(error.describe());
  return 1;
}

OsHandle pipe_end() {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {};
  ::close(ends[1]);
  return OsHandle(ends[0]);
}

OsHandle memory_of(std::size_t bytes, bool sealed) {
  OsHandle memory(::memfd_create("lie", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (::ftruncate(memory.fd(), static_cast<off_t>(bytes)) != 0) return {};
  if (sealed) ::fcntl(memory.fd(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
  return memory;
}

std::vector<std::byte> random_bytes(Random& random, std::size_t size) {
  std::vector<std::byte> bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::byte>(random.next());
  return bytes;
}

/// Reads until the victim ends the connection, says no or offers another lane; false when it does nothing of that.
bool is_ended(const ipc::Link& link, const Slate& slate, std::chrono::milliseconds timeout = 8s) {
  const auto end = std::chrono::steady_clock::now() + timeout;
  while (std::chrono::steady_clock::now() < end) {
    auto message = link.receive(timeout);
    if (!message && message.error().code() == Errc::timed_out) break;
    if (!message) {
      slate.say("closed: " + message.error().describe());
      return true;
    }
    if (std::holds_alternative<ipc::Welcome>(*message)) {
      slate.say("offered another way");
      return true;
    }
    if (const auto* refusal = std::get_if<ipc::Refusal>(&*message)) {
      slate.say("refused: " + refusal->message);
      return true;
    }
  }
  slate.say("neither closed nor refused");
  return false;
}

using ReaderLie = std::function<Result<void>(HandmadeReader&)>;

Result<void> encoded(const ipc::Message& message, const std::function<Result<void>(ipc::Encoded&)>& use) {
  auto made = ipc::encode(message);
  if (!made) return std::move(made).error();
  return use(*made);
}

/// ReaderReady as it should be, with other handles in its place.
Result<void> ready_with(HandmadeReader& peer, const std::function<OsHandle()>& make, std::size_t count) {
  if (auto done = peer.greet(); !done) return done;
  auto manager = host::create_manager();
  if (!manager) return std::move(manager).error();
  ipc::ReaderReady ready;
  ready.lane_id = peer.lane_id();
  for (std::uint32_t i = 0; i < max_held_frames; ++i) {
    auto semaphore = manager->create_shared_semaphore();
    if (!semaphore) return std::move(semaphore).error();
    auto handle = manager->export_semaphore(*semaphore);
    if (!handle) return std::move(handle).error();
    ready.released.push_back(std::move(*handle));
  }
  std::vector<OsHandle> others;
  std::vector<OsHandle::Value> values;
  for (std::size_t i = 0; i < count; ++i) {
    others.push_back(make());
    values.push_back(others.back().fd());
  }
  return encoded(std::move(ready), [&](ipc::Encoded& e) { return peer.send_raw(e.bytes, values); });
}

int lying_reader(const Settings& settings, const Slate& slate) {
  const std::string lie = settings.text("lie");
  Random random(settings.number("seed", seed_for(lie)));
  const auto once = [&](const ReaderLie& tell, bool must_end = true) {
    auto peer = HandmadeReader::connect(settings.text("dir"), settings.text("name"));
    if (!peer) return complain(slate, peer.error());
    slate->step.store(1);
    // A victim that ends the connection while it is being lied to is right.
    if (auto told = tell(*peer); !told && told.error().code() != Errc::peer_gone && told.error().native_code() != EPIPE &&
                                 told.error().native_code() != ECONNRESET) {
      return complain(slate, told.error());
    }
    if (must_end && !is_ended(peer->link(), slate)) return 1;
    return 0;
  };
  const auto done = [&](int status) {
    slate->step.store(2);
    return status;
  };
  const auto nothing = std::vector<std::byte>();

  if (lie == "nothing") return done(once([&](HandmadeReader& p) { return p.send_raw(nothing); }));
  if (lie == "one_byte") return done(once([&](HandmadeReader& p) { return p.send_raw(random_bytes(random, 1)); }));
  if (lie == "oversized") {
    for (const std::size_t size : {platform::max_datagram_bytes + 1, std::size_t{100'000}}) {
      if (once([&](HandmadeReader& p) { return p.send_raw(random_bytes(random, size)); }) != 0) return done(1);
    }
    return done(0);
  }
  if (lie == "cut_hello") {
    for (int i = 0; i < 20; ++i) {
      const auto tell = [&](HandmadeReader& p) {
        return encoded(p.hello(), [&](ipc::Encoded& e) {
          e.bytes.resize(1 + random.below(static_cast<std::uint32_t>(e.bytes.size() - 1)));
          return p.send_raw(e.bytes);
        });
      };
      if (once(tell) != 0) return done(1);
    }
    return done(0);
  }
  if (lie == "random") {
    for (int i = 0; i < 100; ++i) {
      if (once([&](HandmadeReader& p) { return p.send_raw(random_bytes(random, 1 + random.below(2000))); }) != 0) return done(1);
    }
    return done(0);
  }
  if (lie == "flipped_bits") {
    // Some are still a Hello: then it is a reader that says nothing more, and goes.
    for (int i = 0; i < 150; ++i) {
      const auto tell = [&](HandmadeReader& p) {
        return encoded(p.hello(), [&](ipc::Encoded& e) {
          for (int n = 0; n < 3; ++n) {
            e.bytes[random.below(static_cast<std::uint32_t>(e.bytes.size()))] ^= static_cast<std::byte>(1U << random.below(8));
          }
          auto sent = p.send_raw(e.bytes);
          static_cast<void>(p.link().receive(20ms));
          return sent;
        });
      };
      if (once(tell, false) != 0) return done(1);
    }
    return done(0);
  }
  if (lie == "replayed_hello") {
    return done(once([&](HandmadeReader& p) -> Result<void> {
      if (auto greeted = p.greet(); !greeted) return greeted;  // a Welcome that comes later would look like an offer of another way
      return p.send(p.hello());
    }));
  }
  if (lie == "replayed_ready") {
    return done(once([&](HandmadeReader& p) -> Result<void> {
      if (auto greeted = p.greet(); !greeted) return greeted;
      if (auto ready = p.be_ready(4); !ready) return ready;
      return p.be_ready(4);
    }));
  }
  if (lie == "ready_first") return done(once([&](HandmadeReader& p) { return p.be_ready(4); }));
  if (lie == "publishers_message") return done(once([&](HandmadeReader& p) { return p.send(ipc::Goodbye{}); }));
  if (lie == "other_version") {
    return done(once([&](HandmadeReader& p) {
      auto hello = p.hello();
      hello.version = ipc::protocol_version + 1;
      return p.send(hello);
    }));
  }
  if (lie == "held_nothing" || lie == "held_too_many") {
    return done(once(
        [&](HandmadeReader& p) {
          auto hello = p.hello();
          hello.max_held = lie == "held_nothing" ? 0 : 1'000'000;
          return encoded(hello, [&](ipc::Encoded& e) { return p.send_raw(e.bytes); });
        },
        false));
  }
  if (lie == "hello_with_a_handle") {
    return done(once([&](HandmadeReader& p) {
      return encoded(p.hello(), [&](ipc::Encoded& e) {
        const OsHandle extra = pipe_end();
        return p.send_raw(e.bytes, std::array<OsHandle::Value, 1>{extra.fd()});
      });
    }));
  }
  if (lie == "ready_without_handles") return done(once([&](HandmadeReader& p) { return ready_with(p, &pipe_end, 0); }));
  if (lie == "ready_with_too_many_handles") return done(once([&](HandmadeReader& p) { return ready_with(p, &pipe_end, 6); }));
  if (lie == "ready_with_pipes") return done(once([&](HandmadeReader& p) { return ready_with(p, &pipe_end, 4); }));
  if (lie == "ready_with_folders") {
    return done(once(
        [&](HandmadeReader& p) { return ready_with(p, [] { return OsHandle(::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)); }, 4); }));
  }
  if (lie == "ready_with_unsealed_memory") {
    return done(once([&](HandmadeReader& p) { return ready_with(p, [] { return memory_of(4096, false); }, 4); }));
  }
  if (lie == "many_handles" || lie == "cut_control") {
    // 8 is what a message may carry, 253 what the kernel lets through: more than the receiver has room for is cut (MSG_CTRUNC).
    const std::size_t count = lie == "many_handles" ? platform::max_datagram_handles + 1 : 253;
    return done(once([&](HandmadeReader& p) {
      return encoded(p.hello(), [&](ipc::Encoded& e) {
        const OsHandle one = pipe_end();
        return p.send_raw(e.bytes, std::vector<OsHandle::Value>(count, one.fd()));
      });
    }));
  }
  if (lie == "questions_without_end") {
    // Asks and never listens: the answers must not pile up, and the connection must end or stand still.
    auto peer = HandmadeReader::connect(settings.text("dir"), settings.text("name"));
    if (!peer) return complain(slate, peer.error());
    slate->step.store(1);
    for (int i = 0; i < 20'000; ++i) {
      auto sent = peer->link().try_send(ipc::StatusRequest{});
      if (!sent) break;
      if (*sent == platform::SendOutcome::full) std::this_thread::sleep_for(100us);
    }
    return done(0);
  }
  if (lie == "failures_without_end") {
    return done(once([&](HandmadeReader& p) -> Result<void> {
      if (auto greeted = p.greet(); !greeted) return greeted;
      for (int i = 0; i < 100; ++i) {
        if (auto sent = p.send(ipc::LaneFailed{p.lane_id(), Errc::internal, "no"}); !sent) return sent;
      }
      return {};
    }));
  }
  slate.say("no such lie");
  return 2;
}

// The board's bytes in memory that the liar can write, changed without end.
Result<OsHandle> wild_board(HandmadePublisher& peer, const std::string& how, std::uint64_t seed) {
  auto handle = peer.lane().board().handle().duplicate();
  if (!handle) return std::move(handle).error();
  auto board = platform::SharedMemory::open_read_only(*handle, 1);
  if (!board) return std::move(board).error();
  auto copy = platform::SharedMemory::create(board->bytes().size(), "wild");
  if (!copy) return std::move(copy).error();
  std::memcpy(copy->bytes().data(), board->bytes().data(), board->bytes().size());
  auto made = copy->handle().duplicate();
  constexpr std::size_t newest = 64;
  if (how == "frozen_board") {
    // A newest frame that the history does not have, for ever.
    const detail::FrameRef ref = detail::frame_ref(5, 0);
    std::memcpy(copy->bytes().data() + newest, &ref, sizeof ref);
    return made;
  }
  const bool only_ticket = how == "raised_ticket";
  std::thread([memory = std::move(*copy), only_ticket, seed] {
    Random random(seed);
    const auto bytes = memory.bytes();
    constexpr std::size_t header = 16;
    constexpr std::size_t ticket = newest + 8;
    while (true) {
      if (only_ticket) {
        *reinterpret_cast<volatile std::uint32_t*>(bytes.data() + ticket) = static_cast<std::uint32_t>(random.next());
        continue;
      }
      for (std::size_t at = header; at + 8 <= bytes.size(); at += 8) {
        // Half of the words are small, so that they are nearly right.
        const std::uint64_t word = random.below(2) == 0 ? random.next() : random.next() % 1025;
        *reinterpret_cast<volatile std::uint64_t*>(bytes.data() + at) = word;
      }
    }
  }).detach();
  return made;
}

int lying_publisher(const Settings& settings, const Slate& slate) {
  const std::string lie = settings.text("lie");
  const std::uint64_t seed = settings.number("seed", seed_for(lie));
  Random random(seed);
  auto peer = HandmadePublisher::hold(settings.text("dir"), settings.text("name"));
  if (!peer) return complain(slate, peer.error());
  if (auto done = peer->listen(); !done) return complain(slate, done.error());
  if (auto done = peer->announce(); !done) return complain(slate, done.error());
  slate->step.store(1);
  if (auto done = peer->accept(); !done) return complain(slate, done.error());
  if (auto hello = peer->take_hello(); !hello) return complain(slate, hello.error());
  auto welcome = peer->welcome();
  if (!welcome) return complain(slate, welcome.error());
  const auto raw = [&](const ipc::Message& message, const std::function<void(ipc::Encoded&)>& change) {
    return encoded(message, [&](ipc::Encoded& e) {
      change(e);
      return peer->send_raw(e.bytes, e.handles);
    });
  };
  const OsHandle one = pipe_end();
  const auto tell = [&]() -> Result<void> {
    if (lie == "nothing") return peer->send_raw({});
    if (lie == "random") return peer->send_raw(random_bytes(random, 700));
    if (lie == "oversized") return peer->send_raw(random_bytes(random, platform::max_datagram_bytes + 1));
    if (lie == "readers_message") return peer->send(ipc::StatusRequest{});
    if (lie == "cut_welcome") return raw(std::move(*welcome), [](ipc::Encoded& e) { e.bytes.resize(e.bytes.size() / 2); });
    if (lie == "welcome_without_handles") return raw(std::move(*welcome), [](ipc::Encoded& e) { e.handles.clear(); });
    if (lie == "welcome_with_too_many_handles") return raw(std::move(*welcome), [&](ipc::Encoded& e) { e.handles.push_back(one.fd()); });
    if (lie == "cut_control") return raw(std::move(*welcome), [&](ipc::Encoded& e) { e.handles.resize(253, one.fd()); });
    if (lie == "welcome_with_pipes")
      return raw(std::move(*welcome), [&](ipc::Encoded& e) { e.handles.assign(e.handles.size(), one.fd()); });
    if (lie == "swapped_handles") return raw(std::move(*welcome), [](ipc::Encoded& e) { std::swap(e.handles[0], e.handles[1]); });
    if (lie == "small_board") {
      const OsHandle small = memory_of(4096, true);
      return raw(std::move(*welcome), [&](ipc::Encoded& e) { e.handles[0] = small.fd(); });
    }
    if (lie == "other_version") {
      welcome->version = ipc::protocol_version + 1;
      return peer->send(*std::move(welcome));
    }
    if (lie == "welcomes_without_end") {
      for (int i = 0; i < 200; ++i) {
        auto again = peer->welcome();
        if (!again) return std::move(again).error();
        if (auto sent = peer->send(*std::move(again)); !sent) return sent;
      }
      return {};
    }
    if (lie == "wild_board" || lie == "raised_ticket" || lie == "frozen_board") {
      if (auto done = peer->publish(); !done) return done;
      auto board = wild_board(*peer, lie, seed);
      if (!board) return std::move(board).error();
      welcome->board = std::move(*board);
      if (auto sent = peer->send(*std::move(welcome)); !sent) return sent;
      return peer->offer(3);
    }
    if (auto sent = peer->send(*std::move(welcome)); !sent) return sent;
    if (lie == "offers_without_end") {
      for (int i = 0; i < 100; ++i) {
        if (auto sent = peer->offer(3); !sent) return sent;
      }
      return {};
    }
    if (lie == "offer_twice") {
      for (int i = 0; i < 2; ++i) {
        if (auto sent = peer->offer(3); !sent) return sent;
      }
      return peer->publish();
    }
    ipc::TextureOffer offer;
    peer->lane().for_each_texture([&](std::uint64_t id, const TextureHandle& handle) {
      if (offer.texture_id != 0) return;
      offer.lane_id = 1;
      offer.texture_id = id;
      offer.texture.info = handle.info;
      if (auto copy = handle.handles[0].duplicate()) offer.texture.handles[0] = std::move(*copy);
    });
    if (lie == "offer_of_another_lane") {
      offer.lane_id = 77;
      return peer->send(std::move(offer));
    }
    if (lie == "offer_of_a_pipe") return raw(std::move(offer), [&](ipc::Encoded& e) { e.handles.assign(1, one.fd()); });
    if (lie == "offer_of_a_lying_size") {
      offer.texture.info.descriptor.extent = {4096, 4096, 1};
      offer.texture.info.required_size = offer.texture.info.allocation_size = 4096ULL * 4096 * 4;
      offer.texture.info.memory_planes[0].row_pitch = 4096 * 4;
      // The codec would not send it: the memory is smaller. One that is large enough travels in its place, and is swapped on the way.
      const OsHandle small = std::move(offer.texture.handles[0]);
      offer.texture.handles[0] = memory_of(4096ULL * 4096 * 4, true);
      return raw(std::move(offer), [&](ipc::Encoded& e) { e.handles.assign(1, small.fd()); });
    }
    return Error(Errc::invalid_argument, "no such lie");
  };
  auto told = tell();
  // A victim that ends the connection while it is being lied to is right.
  if (!told && told.error().code() != Errc::peer_gone && told.error().code() != Errc::timed_out && told.error().native_code() != EPIPE) {
    return complain(slate, told.error());
  }
  slate->step.store(2);
  while (slate->stop.load() == 0) std::this_thread::sleep_for(1ms);
  return 0;
}

}  // namespace

Role find_liar_role(std::string_view name) {
  if (name == "lying_reader") return &lying_reader;
  if (name == "lying_publisher") return &lying_publisher;
  return nullptr;
}

}  // namespace geyser::test
