// What other systems of this kind got wrong, each as a test of its own. The names say who and what.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "frames.hpp"
#include "geyser/channel.hpp"
#include "geyser/host.hpp"
#include "handmade_roles.hpp"
#include "support/devices.hpp"
#include "support/log_capture.hpp"

namespace geyser::test {
namespace {

// libtexlink: one client that stops reading pins the slots, and the producer gets none for ever, for everyone.
TEST(Peers, TexlinkOneStalledReaderFreezesEverybody) {
  const Scene scene;
  auto station = Station::open(stream_named(scene, "stall"));
  ASSERT_TRUE(ok(station));
  PublishLoop loop(*station->publisher);
  loop.pause = 1ms;
  auto honest = Actor::start(scene, "reader", {{"name", "stall"}});
  ASSERT_TRUE(ok(honest));
  ASSERT_TRUE(loop.until(20s, [&] { return honest->page().frames.load() >= 10; })) << honest->words();
  const auto frames_in = [&](std::chrono::milliseconds time) {
    loop.reset();
    const std::uint64_t before = honest->page().frames.load();
    loop.run_for(time);
    return honest->page().frames.load() - before;
  };
  const std::uint64_t before = frames_in(700ms);
  std::vector<Actor> stalled;
  for (int i = 0; i < 3; ++i) {
    auto holder = Actor::start(scene, "holder", {{"name", "stall"}});
    ASSERT_TRUE(ok(holder));
    ASSERT_TRUE(loop.until(20s, [&] { return holder->page().step.load() >= 1; })) << holder->words();
    holder->freeze();
    stalled.push_back(std::move(*holder));
  }
  const std::uint64_t during = frames_in(700ms);
  EXPECT_EQ(loop.errors(), 0U) << loop.last_error();
  EXPECT_LT(loop.longest(), publish_bound() * patience());
  EXPECT_GT(during, before * 6 / 10) << "the frame rate falls when other readers stand still";
  for (auto& holder : stalled) {
    holder.thaw();
    EXPECT_TRUE(holder.finish());  // the frame that it held all the time is whole
  }
  EXPECT_TRUE(honest->finish());
  EXPECT_EQ(honest->page().torn.load(), 0U);
}

// libtexlink, Syphon: a new client gets nothing until the next frame, and so never the last one.
TEST(Peers, TexlinkAndSyphonALateJoinerMissesTheLastFrame) {
  for (const Pacing pacing : {Pacing::latest, Pacing::queue, Pacing::lockstep}) {
    const Scene scene;
    auto publisher =
        Actor::start(scene, "publisher", {{"name", "late"}, {"frames", "3"}, {"pacing", std::to_string(static_cast<int>(pacing))}});
    ASSERT_TRUE(ok(publisher));
    ASSERT_TRUE(publisher->wait_step(3)) << publisher->words();
    auto manager = host::create_manager();
    ASSERT_TRUE(ok(manager));
    auto subscriber = subscribe(scene, *manager, "late");
    ASSERT_TRUE(ok(subscriber));
    auto frame = subscriber->acquire(500ms * patience());
    ASSERT_TRUE(ok(frame)) << to_string(pacing);
    EXPECT_EQ(frame->info().number, 3U) << to_string(pacing);
    auto different = compare_mapped(*frame, 0us);
    ASSERT_TRUE(ok(different));
    EXPECT_EQ(*different, "");
  }
}

// libtexlink: a time-out and a disconnection look the same.
TEST(Peers, TexlinkTimeoutAndDisconnectionLookTheSame) {
  const Scene scene;
  auto publisher = Actor::start(scene, "publisher", {{"name", "apart"}, {"frames", "1"}});
  ASSERT_TRUE(ok(publisher));
  auto manager = host::create_manager();
  ASSERT_TRUE(ok(manager));
  auto subscriber = subscribe(scene, *manager, "apart", {.connect_timeout = 10s});
  ASSERT_TRUE(ok(subscriber));
  ASSERT_TRUE(publisher->wait_step(3));
  {
    auto frame = subscriber->acquire(1s);
    ASSERT_TRUE(ok(frame));
  }
  EXPECT_TRUE(fails(subscriber->acquire(30ms), Errc::timed_out, "process " + std::to_string(publisher->pid())));
  publisher->freeze();
  EXPECT_TRUE(fails(subscriber->acquire(30ms), Errc::timed_out));
  EXPECT_EQ(subscriber->state(), SubscriberState::attached);
  publisher->kill();
  ASSERT_TRUE(eventually(2s, [&] { return subscriber->state() == SubscriberState::waiting; }));
  EXPECT_TRUE(fails(subscriber->acquire(30ms), Errc::peer_gone));
}

// libfunnel, OBS: a buffer that was dropped never gets its release, and the ring starves.
TEST(Peers, FunnelARingStarvesAfterADroppedFrame) {
  for (const Pacing pacing : {Pacing::latest, Pacing::queue, Pacing::lockstep}) {
    const Scene scene;
    auto station = Station::open(stream_named(scene, "drop", pacing));
    ASSERT_TRUE(ok(station));
    PublishLoop loop(*station->publisher);
    auto reader = Actor::start(scene, "reader", {{"name", "drop"}});
    ASSERT_TRUE(ok(reader));
    ASSERT_TRUE(loop.until(20s, [&] { return reader->page().step.load() >= 2; })) << reader->words();
    std::uint64_t last = 0;
    for (int i = 0; i < 100; ++i) {
      for (int dropped = 0; dropped < 4; ++dropped) {
        auto frame = station->publisher->begin_frame(2s);
        ASSERT_TRUE(ok(frame)) << to_string(pacing);
        if (dropped == 3) {  // half done is dropped like not begun
          ASSERT_TRUE(ok(draw(*frame)));
        }
      }
      auto number = loop.once();
      ASSERT_TRUE(ok(number)) << to_string(pacing);
      if (last != 0) {
        EXPECT_EQ(*number, last + 1) << "dropped frames have no number";
      }
      last = *number;
    }
    EXPECT_TRUE(eventually(5s, [&] { return reader->page().last.load() == last; }));
    EXPECT_TRUE(reader->finish());
    EXPECT_EQ(reader->page().torn.load(), 0U) << reader->words();
    if (pacing != Pacing::latest) {
      EXPECT_EQ(reader->page().gaps.load(), 0U);
    }
    EXPECT_EQ(station->publisher->status()->textures, 3U);
  }
}

// The same, for frames whose signal was asked for and will never come.
TEST(Peers, FunnelARingStarvesAfterADroppedSignal) {
  const Scene scene;
  auto station = Station::open(stream_named(scene, "limbo"));
  ASSERT_TRUE(ok(station));
  PublishLoop loop(*station->publisher);
  auto reader = Actor::start(scene, "reader", {{"name", "limbo"}});
  ASSERT_TRUE(ok(reader));
  ASSERT_TRUE(loop.until(20s, [&] { return reader->page().step.load() >= 2; })) << reader->words();
  loop.reset();
  for (int i = 0; i < 8; ++i) {
    {
      auto frame = station->publisher->begin_frame(2s);
      ASSERT_TRUE(ok(frame));
      static_cast<void>(frame->access().signal());
    }
    ASSERT_TRUE(ok(loop.once())) << "round " << i;
  }
  EXPECT_TRUE(reader->finish());
  EXPECT_EQ(reader->page().torn.load(), 0U) << reader->words();
}

// texture-share-vk: every connection leaves a descriptor behind in the server.
TEST(Peers, TextureShareVkEachConnectionLeaksADescriptor) {
  const Scene scene;
  auto station = Station::open(stream_named(scene, "leak"));
  ASSERT_TRUE(ok(station));
  PublishLoop loop(*station->publisher);
  ASSERT_TRUE(ok(loop.once()));
  auto connector = Actor::start(scene, "connector", {{"name", "leak"}, {"take_frame", "1"}});
  ASSERT_TRUE(ok(connector));
  const auto rounds = [&] { return connector->page().rounds.load(); };
  const std::uint64_t many = child_handles == 1 ? 110 : 40;  // a pipe's connection takes its time to end
  ASSERT_TRUE(loop.until(20s * patience(), [&] { return rounds() >= 10; })) << connector->words();
  const std::uint64_t theirs = connector->page().descriptors.load();
  std::size_t ours = 0;
  for (int i = 0; i < 20; ++i) {
    loop.run_for(1ms);
    ours = std::max(ours, open_descriptors());  // of the busiest moment
  }
  ASSERT_TRUE(loop.until(30s * patience(), [&] { return rounds() >= many; })) << connector->words();
  EXPECT_LE(connector->page().descriptors.load(), theirs + 2);
  EXPECT_TRUE(connector->finish());
  EXPECT_TRUE(loop.until(5s, [&] { return !station->publisher->has_subscribers(); }));
  // The last reader is counted out before its connection is closed, so what it holds is given its time.
  EXPECT_TRUE(loop.until(5s, [&] { return open_descriptors() <= ours; }))
      << open_descriptors() << " descriptors, " << ours << " at the busiest moment";
}

// texture-share-vk: a lock that a dead reader held is held for ever. Spout: an abandoned mutex is never let go of.
TEST(Peers, TextureShareVkAndSpoutADeadHolderBlocksTheOthers) {
  for (const Pacing pacing : {Pacing::latest, Pacing::queue, Pacing::lockstep}) {
    const Scene scene;
    auto station = Station::open(stream_named(scene, "dead", pacing));
    ASSERT_TRUE(ok(station));
    PublishLoop loop(*station->publisher);
    ASSERT_TRUE(ok(loop.once()));
    auto holder = Actor::start(scene, "holder", {{"name", "dead"}});
    ASSERT_TRUE(ok(holder));
    loop.begin_timeout = 5s;
    ASSERT_TRUE(holder->wait_step(1)) << holder->words();
    holder->kill();
    loop.reset();
    ASSERT_TRUE(loop.until(5s, [&] { return loop.frames() >= 10; })) << to_string(pacing) << ": " << loop.last_error();
    EXPECT_EQ(loop.errors(), 0U) << loop.last_error();
    EXPECT_LT(loop.longest(), publish_bound() * patience());
  }
}

// Spout, Syphon: a name stays taken, or a list shows the dead, after a crash.
TEST(Peers, SpoutANameIsTakenAfterACrash) {
  const Scene scene;
  auto directory = Directory::open(scene.streams());
  ASSERT_TRUE(ok(directory));
  for (int i = 0; i < 3; ++i) {
    auto victim = Actor::start(scene, "publisher", {{"name", "crash"}});
    ASSERT_TRUE(ok(victim));
    ASSERT_TRUE(victim->wait_step(1)) << victim->words();
    // While it lives the name is its own, and the error says whose.
    EXPECT_TRUE(fails(Station::open(stream_named(scene, "crash")), Errc::invalid_state, std::to_string(victim->pid())));
    ASSERT_EQ(directory->list()->size(), 1U);
    victim->kill();
    EXPECT_TRUE(directory->list()->empty());
    auto next = Station::open(stream_named(scene, "crash"));
    ASSERT_TRUE(ok(next));
    EXPECT_EQ(directory->list()->size(), 1U);
  }
}

// The seed: the end of either side deletes both sides' files.
TEST(Peers, GeyserRustTheEndOfAReaderDeletesThePublishersFiles) {
  const Scene scene;
  auto station = Station::open(stream_named(scene, "files"));
  ASSERT_TRUE(ok(station));
  const auto files = [&] {
    return std::distance(std::filesystem::directory_iterator(scene.streams()), std::filesystem::directory_iterator());
  };
  const auto before = files();
  PublishLoop loop(*station->publisher);
  for (const bool killed : {false, true}) {
    auto reader = Actor::start(scene, "reader", {{"name", "files"}});
    ASSERT_TRUE(ok(reader));
    ASSERT_TRUE(loop.until(20s, [&] { return reader->page().step.load() >= 2; })) << reader->words();
    if (killed) {
      reader->kill();
    } else {
      EXPECT_TRUE(reader->finish());
    }
    EXPECT_EQ(files(), before);
  }
}

// The seed: descriptors travel as numbers in a file, and each message overwrites the one before.
TEST(Peers, GeyserRustMessagesAreLostAndHandlesAreNumbers) {
  const Scene scene;
  auto child = Actor::start(scene, "channel_peer", {});
  ASSERT_TRUE(ok(child));
  auto end = child->channel().socket().duplicate();
  ASSERT_TRUE(ok(end));
  auto channel = geyser::Channel::adopt(std::move(*end));
  ASSERT_TRUE(ok(channel));
  auto manager = host::create_manager();
  ASSERT_TRUE(ok(manager));
  auto texture = manager->create_shareable_texture(small_texture());
  ASSERT_TRUE(ok(texture));
  ASSERT_TRUE(ok(manager->upload(*texture, {}, content_of(small_texture(), {}, 77))));
  auto semaphore = manager->create_shared_semaphore();
  ASSERT_TRUE(ok(semaphore));
  auto texture_handle = manager->export_texture(*texture);
  ASSERT_TRUE(ok(texture_handle));
  auto semaphore_handle = manager->export_semaphore(*semaphore);
  ASSERT_TRUE(ok(semaphore_handle));
  ASSERT_TRUE(child->wait_step(1)) << child->words();
  ASSERT_TRUE(ok(channel->send_handle(*texture_handle, 1s)));
  ASSERT_TRUE(ok(channel->send_handle(*semaphore_handle, 1s)));
  const std::byte bytes[] = {std::byte{1}, std::byte{2}, std::byte{3}};
  ASSERT_TRUE(ok(channel->send(bytes, 1s)));
  EXPECT_TRUE(child->finish());
}

// Everybody but libfunnel: a reader's GPU is still at it when the producer writes the frame anew. Here the device is a thread that goes on
// reading long after the frame was released, and signals then.
TEST(Peers, ObsAndSpoutAReaderWhoseDeviceIsBehindSeesATornFrame) {
  for (const Pacing pacing : {Pacing::latest, Pacing::queue, Pacing::lockstep}) {
    const Scene scene;
    auto station = Station::open(stream_named(scene, "behind", pacing));
    ASSERT_TRUE(ok(station));
    PublishLoop loop(*station->publisher);
    loop.pause = 0us;
    loop.begin_timeout = 5s;
    auto reader = Actor::start(scene, "lagging_reader", {{"name", "behind"}, {"behind_us", "3000"}});
    ASSERT_TRUE(ok(reader));
    ASSERT_TRUE(loop.until(20s, [&] { return reader->page().step.load() >= 2; })) << reader->words();
    loop.run_for(500ms);
    EXPECT_EQ(loop.errors(), 0U) << loop.last_error();
    EXPECT_TRUE(loop.until(20s, [&] { return reader->page().frames.load() > 20U; })) << reader->words();
    if (pacing == Pacing::latest) {
      EXPECT_GT(loop.frames(), reader->page().frames.load() * 2) << "the publisher waits for the reader's device";
    }
    EXPECT_TRUE(reader->finish()) << to_string(pacing);
    EXPECT_EQ(reader->page().torn.load(), 0U) << to_string(pacing) << ": " << reader->words();
  }
}

// Syphon got this right: a server without clients may skip its work.
TEST(Peers, SyphonAServerKnowsWhetherAnybodyReads) {
  const Scene scene;
  auto station = Station::open(stream_named(scene, "anybody"));
  ASSERT_TRUE(ok(station));
  EXPECT_FALSE(station->publisher->has_subscribers());
  auto reader = Actor::start(scene, "reader", {{"name", "anybody"}});
  ASSERT_TRUE(ok(reader));
  ASSERT_TRUE(ok(station->publisher->wait_for_subscribers(1, 20s)));
  reader->kill();
  EXPECT_TRUE(eventually(2s, [&] { return !station->publisher->has_subscribers(); }));
}

}  // namespace
}  // namespace geyser::test
