// Children that speak the protocol by hand: up to a step, or against the rules.
#include "handmade_roles.hpp"

#include <cstring>
#include <thread>

#include "frames.hpp"
#include "handmade.hpp"
#include "support/content.hpp"

namespace geyser::test {
namespace {

int complain(const Slate& slate, const Error& error) {
  slate.say(error.describe());
  return 1;
}

int handmade_reader(const Settings& settings, const Slate& slate) {
  const auto last = static_cast<std::uint32_t>(settings.number("step"));
  const auto here = [&](std::uint32_t step) {
    if (step == last) slate.reach(step);
    return step == last;
  };
  auto peer = HandmadeReader::connect(settings.text("dir"), settings.text("name"));
  if (!peer) return complain(slate, peer.error());
  if (here(reader_connected)) return 0;
  if (last == reader_greeted) {
    if (auto sent = peer->send(peer->hello()); !sent) return complain(slate, sent.error());
    return here(reader_greeted) ? 0 : 1;
  }
  if (auto done = peer->greet(); !done) return complain(slate, done.error());
  if (here(reader_welcomed)) return 0;
  if (auto done = peer->take_textures(1); !done) return complain(slate, done.error());
  if (here(reader_one_texture)) return 0;
  if (auto done = peer->take_textures(3); !done) return complain(slate, done.error());
  if (here(reader_all_textures)) return 0;
  if (auto done = peer->be_ready(max_held_frames); !done) return complain(slate, done.error());
  if (here(reader_ready)) return 0;
  auto held = peer->claim_newest(0);
  if (!held) return complain(slate, held.error());
  if (here(reader_claimed)) return 0;
  if (last == reader_released) {
    // Four of them, each with a point that nobody will signal.
    for (std::uint32_t i = 0; i < max_held_frames; ++i) {
      if (auto done = peer->claim_newest(i); !done) return complain(slate, done.error());
      peer->claims().release(i, 1);
      std::this_thread::sleep_for(20ms);
    }
    return here(reader_released) ? 0 : 1;
  }
  if (last == reader_holds_four) {
    for (std::uint32_t i = 1; i < max_held_frames; ++i) {
      std::this_thread::sleep_for(30ms);
      if (auto done = peer->claim_newest(i); !done) return complain(slate, done.error());
    }
    return here(reader_holds_four) ? 0 : 1;
  }
  if (last == reader_over_a_resize) {
    slate->step.store(reader_claimed);
    if (auto done = peer->wait_for_change(); !done) return complain(slate, done.error());
    return here(reader_over_a_resize) ? 0 : 1;
  }
  if (!end_sending(peer->link().socket())) return 1;
  return here(reader_closing) ? 0 : 1;
}

int handmade_publisher(const Settings& settings, const Slate& slate) {
  const auto last = static_cast<std::uint32_t>(settings.number("step"));
  const auto here = [&](std::uint32_t step) {
    if (step == last) slate.reach(step);
    return step == last;
  };
  auto peer = HandmadePublisher::hold(settings.text("dir"), settings.text("name"));
  if (!peer) return complain(slate, peer.error());
  if (auto done = peer->announce(); !done) return complain(slate, done.error());
  if (here(publisher_named)) return 0;
  if (auto done = peer->listen(); !done) return complain(slate, done.error());
  if (here(publisher_listening)) return 0;
  slate->step.store(publisher_listening);
  if (auto done = peer->accept(); !done) return complain(slate, done.error());
  if (here(publisher_accepted)) return 0;
  if (auto hello = peer->take_hello(); !hello) return complain(slate, hello.error());
  auto welcome = peer->welcome();
  if (!welcome) return complain(slate, welcome.error());
  if (auto done = peer->send(std::move(*welcome)); !done) return complain(slate, done.error());
  if (here(publisher_welcomed)) return 0;
  if (last == publisher_one_texture) {
    if (auto done = peer->offer(1); !done) return complain(slate, done.error());
    return here(publisher_one_texture) ? 0 : 1;
  }
  if (auto done = peer->offer(3); !done) return complain(slate, done.error());
  if (here(publisher_no_frame)) return 0;
  if (last == publisher_unfinished) {
    if (auto done = peer->publish(false); !done) return complain(slate, done.error());
    return here(publisher_unfinished) ? 0 : 1;
  }
  if (auto done = peer->publish(); !done) return complain(slate, done.error());
  if (here(publisher_published)) return 0;
  if (last == publisher_resized) {
    StreamInfo info = peer->info();
    info.texture = small_texture(48, 16);
    info.generation = 2;
    if (auto done = peer->send(ipc::StreamChanged{info}); !done) return complain(slate, done.error());
    if (auto done = peer->lane().reconfigure(info.texture, 2); !done) return complain(slate, done.error());
    if (auto done = peer->publish(); !done) return complain(slate, done.error());
    return here(publisher_resized) ? 0 : 1;
  }
  if (!end_sending(peer->link().socket())) return 1;
  return here(publisher_closing) ? 0 : 1;
}

// A reader that has everything that an honest one has and writes random bytes over all of it: claims, doorbell; with textures=1 the
// stream's own textures are left alone, because pixels are shared by trust. Step 1: at it. Attaches again whenever it is thrown out.
int scribbler(const Settings& settings, const Slate& slate) {
  Random random(settings.number("seed", 1));
  const std::string what = settings.text("what", "all");
  while (slate->stop.load() == 0) {
    auto peer = HandmadeReader::connect(settings.text("dir"), settings.text("name"), 200ms);
    if (!peer) continue;
    auto greeted = peer->greet();
    if (!greeted) {
      slate.say(greeted.error().describe());
      slate->errors.fetch_add(1);
      std::this_thread::sleep_for(5ms);
      continue;
    }
    if (auto ready = peer->be_ready(static_cast<std::uint32_t>(settings.number("semaphores", max_held_frames))); !ready) continue;
    slate->rounds.fetch_add(1);
    slate->step.store(1);
    const auto scribble = [&](std::span<std::byte> bytes) {
      for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
        const std::uint64_t word = random.next();
        auto* to = reinterpret_cast<volatile std::uint64_t*>(bytes.data() + at);
        *to = word;
      }
    };
    while (slate->stop.load() == 0) {
      if (what != "doorbell") scribble(peer->claim_bytes());
      if (what != "claims") scribble(peer->doorbell_bytes());
      slate->frames.fetch_add(1);
      bool gone = false;
      while (true) {
        auto message = peer->link().try_receive();
        gone =
            !message || (*message && (std::holds_alternative<ipc::Refusal>(**message) || std::holds_alternative<ipc::Welcome>(**message)));
        if (gone || !message->has_value()) break;
      }
      if (gone) break;
    }
  }
  return 0;
}

// Claims only what can be claimed, and promises only what could come, on every slot at once: nothing that a check of ranges would find.
int squatter(const Settings& settings, const Slate& slate) {
  while (slate->stop.load() == 0) {
    auto peer = HandmadeReader::connect(settings.text("dir"), settings.text("name"), 200ms);
    if (!peer) continue;
    if (auto greeted = peer->greet(); !greeted) {
      slate.say(greeted.error().describe());
      std::this_thread::sleep_for(5ms);
      continue;
    }
    if (auto ready = peer->be_ready(max_held_frames); !ready) continue;
    slate->rounds.fetch_add(1);
    while (slate->stop.load() == 0) {
      for (std::uint32_t slot = 0; slot < max_stream_textures; ++slot) {
        peer->claims().claim(0, detail::frame_ref(1, slot));
        peer->claims().release(0, 1);
      }
      slate->step.store(1);
      auto message = peer->link().try_receive();
      if (!message || (*message && (std::holds_alternative<ipc::Refusal>(**message) || std::holds_alternative<ipc::Welcome>(**message))))
        break;
      std::this_thread::sleep_for(1ms);
    }
  }
  return 0;
}

// Moves the semaphore that says "written": how=raise or how=lower. Step 1: done at least once.
int written_liar(const Settings& settings, const Slate& slate) {
  const bool raise = settings.text("how") == "raise";
  while (slate->stop.load() == 0) {
    auto peer = HandmadeReader::connect(settings.text("dir"), settings.text("name"), 200ms);
    if (!peer) continue;
    if (auto greeted = peer->greet(); !greeted) {
      slate.say(greeted.error().describe());
      std::this_thread::sleep_for(5ms);
      continue;
    }
    slate->rounds.fetch_add(1);
    if (raise) {
      const auto value = peer->written().value();
      if (value) static_cast<void>(peer->written().signal(*value + 1'000'000));
      slate->step.store(1);
      if (settings.number("once") != 0) {
        slate.reach(1);
        return 0;
      }
      std::this_thread::sleep_for(20ms);
      continue;
    }
    auto copy = peer->written_handle().duplicate();
    if (!copy) return complain(slate, copy.error());
    auto memory = platform::SharedMemory::open(*copy, 8);
    if (!memory) {
      slate.say(memory.error().describe());
      slate.reach(2);  // it cannot: better still
      return 0;
    }
    while (slate->stop.load() == 0) {
      std::memset(memory->bytes().data(), 0, memory->bytes().size());
      slate->step.store(1);
      auto message = peer->link().try_receive();
      if (!message || (*message && (std::holds_alternative<ipc::Refusal>(**message) || std::holds_alternative<ipc::Welcome>(**message))))
        break;
    }
  }
  return 0;
}

}  // namespace

Role find_handmade_role(std::string_view name) {
  if (name == "handmade_reader") return &handmade_reader;
  if (name == "handmade_publisher") return &handmade_publisher;
  if (name == "scribbler") return &scribbler;
  if (name == "squatter") return &squatter;
  if (name == "written_liar") return &written_liar;
  return nullptr;
}

}  // namespace geyser::test
