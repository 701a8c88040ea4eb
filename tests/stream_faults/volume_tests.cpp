// Much of everything: a million frames, 64 readers, a thousand connections a second. What grows with the number of anything fails here.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <iostream>
#include <thread>
#include <vector>

#include "frames.hpp"
#include "geyser/host.hpp"

namespace geyser::test {
namespace {

// Bytes resident: allocators keep a little, and a sanitizer's keeps what was freed for a while.
const std::uint64_t allowed_growth = patience() == 1 ? 8 * 1024 * 1024 : 512 * 1024 * 1024;

// Frames as fast as they go: the number in every word, no copy, nothing allocated.
Result<void> publish_fast(Publisher& publisher, std::chrono::nanoseconds timeout = 10s) {
  auto frame = publisher.begin_frame(timeout);
  if (!frame) return std::move(frame).error();
  auto mapped = host::map(frame->texture());
  if (!mapped) return std::move(mapped).error();
  const auto word = static_cast<std::uint32_t>(frame->number());
  for (std::uint64_t i = 0; i < mapped->layout.total_bytes; i += sizeof word) std::memcpy(mapped->data + i, &word, sizeof word);
  auto number = publisher.publish(std::move(*frame));
  if (!number) return std::move(number).error();
  return {};
}

void a_million_frames(Pacing pacing, std::uint64_t frames) {
  const Scene scene;
  PublisherOptions options = stream_named(scene, "million", pacing);
  options.texture = small_texture(8, 8);
  auto station = Station::open(options);
  ASSERT_TRUE(ok(station));
  Publisher& publisher = *station->publisher;
  auto reader = Actor::start(scene, "reader", {{"name", "million"}, {"max_held", "1"}, {"spin_us", "20"}});
  ASSERT_TRUE(ok(reader));
  ASSERT_TRUE(ok(publisher.wait_for_subscribers(1, 20s)));
  std::size_t descriptors = 0;
  std::uint64_t resident = 0;
  std::uint64_t reader_descriptors = 0;
  std::uint64_t reader_resident = 0;
  const std::uint64_t settled = frames / 10;
  for (std::uint64_t i = 1; i <= frames; ++i) {
    ASSERT_TRUE(ok(publish_fast(publisher))) << "frame " << i << "; the reader says: " << reader->words();
    if (i != settled) continue;
    descriptors = open_descriptors();
    resident = resident_bytes();
    reader_descriptors = reader->page().descriptors.load();
    reader_resident = reader->page().resident.load();
  }
  EXPECT_LE(open_descriptors(), descriptors);
  EXPECT_LE(resident_bytes(), resident + allowed_growth);
  ASSERT_TRUE(eventually(20s, [&] { return reader->page().last.load() == frames; }))
      << "the reader's last frame is " << reader->page().last.load() << " of " << frames << "; " << reader->words();
  EXPECT_TRUE(reader->finish());
  const Page& page = reader->page();
  EXPECT_EQ(page.torn.load(), 0U) << reader->words();
  if (reader_descriptors != 0) {
    EXPECT_LE(page.descriptors.load(), reader_descriptors);
  }
  if (reader_resident != 0) {
    EXPECT_LE(page.resident.load(), reader_resident + allowed_growth);
  }
  // No lost release: the ring has not grown for good, and in order nothing was skipped.
  auto status = publisher.status();
  ASSERT_TRUE(ok(status));
  if (pacing != Pacing::latest) {
    EXPECT_EQ(status->textures, 3U);
    EXPECT_EQ(page.frames.load(), frames);
    EXPECT_EQ(page.gaps.load(), 0U);
    EXPECT_EQ(page.skipped.load(), 0U);
  } else {
    EXPECT_LE(status->textures, 4U);
    EXPECT_GE(page.frames.load() + page.skipped.load(), frames - frames / 100);  // less what went by before it was attached
  }
}

TEST(Volume, AMillionFramesOfLatest) { a_million_frames(Pacing::latest, long_tests() || patience() == 1 ? 1'000'000 : 100'000); }
// Each frame is a wake-up of the other process, and so it is shorter unless somebody has the time.
TEST(Volume, FramesInQueueUntilAMillion) {
  a_million_frames(Pacing::queue, long_tests() ? 1'000'000 : 100'000 / static_cast<unsigned>(patience()));
}
TEST(Volume, FramesInLockstep) {
  a_million_frames(Pacing::lockstep, long_tests() ? 1'000'000 : 30'000 / static_cast<unsigned>(patience()));
}

// 64 readers in eight processes would be 64 threads here and there; these are 64 subscribers of eight processes.
TEST(Volume, SixtyFourReaders) {
  const Scene scene;
  auto station = Station::open(stream_named(scene, "many"));
  ASSERT_TRUE(ok(station));
  PublishLoop loop(*station->publisher);
  loop.pause = 2ms;
  std::vector<Actor> readers;
  for (int i = 0; i < 8; ++i) {
    auto reader = Actor::start(scene, "readers", {{"name", "many"}, {"count", "8"}, {"connect_ms", "30000"}});
    ASSERT_TRUE(ok(reader));
    readers.push_back(std::move(*reader));
  }
  ASSERT_TRUE(
      loop.until(60s * patience(), [&] { return std::ranges::all_of(readers, [](const Actor& r) { return r.page().step.load() >= 2; }); }))
      << [&] {
           std::string all;
           for (const auto& r : readers) all += std::to_string(r.page().step.load()) + " " + r.words() + "; ";
           return all;
         }();
  auto status = station->publisher->status();
  ASSERT_TRUE(ok(status));
  EXPECT_EQ(status->readers.size(), 64U);
  loop.reset();
  loop.run_for(1000ms);
  EXPECT_EQ(loop.errors(), 0U) << loop.last_error();
  EXPECT_LT(loop.longest(), publish_bound() * patience());
  // Each subscriber holds at most two: the bound on textures does not grow with the readers but for those that are slow at this moment.
  status = station->publisher->status();
  ASSERT_TRUE(ok(status));
  EXPECT_LE(status->textures, max_stream_textures);
  for (auto& reader : readers) {
    EXPECT_TRUE(reader.finish(60s));
    EXPECT_EQ(reader.page().torn.load(), 0U);
    EXPECT_GT(reader.page().frames.load(), 8U * 10U);
  }
  EXPECT_TRUE(loop.until(10s, [&] { return !station->publisher->has_subscribers(); }));
}

TEST(Volume, AThousandConnectionsASecond) {
  const Scene scene;
  auto station = Station::open(stream_named(scene, "doors"));
  ASSERT_TRUE(ok(station));
  PublishLoop loop(*station->publisher);
  loop.pause = 1ms;
  ASSERT_TRUE(ok(loop.once()));
  auto honest = Actor::start(scene, "reader", {{"name", "doors"}});
  ASSERT_TRUE(ok(honest));
  ASSERT_TRUE(loop.until(20s, [&] { return honest->page().frames.load() >= 10; })) << honest->words();
  const std::size_t descriptors = open_descriptors() + 2;  // the sockets to the two that come
  std::vector<Actor> connectors;
  for (int i = 0; i < 2; ++i) {
    auto made = Actor::start(scene, "knocker", {{"name", "doors"}});
    ASSERT_TRUE(ok(made));
    connectors.push_back(std::move(*made));
  }
  const auto rounds = [&] {
    std::uint64_t all = 0;
    for (const auto& c : connectors) all += c.page().rounds.load();
    return all;
  };
  ASSERT_TRUE(loop.until(20s, [&] { return rounds() > 100; }));
  loop.reset();
  const std::uint64_t resident = resident_bytes();
  const auto start = std::chrono::steady_clock::now();
  const std::uint64_t before = rounds();
  const std::uint64_t frames = honest->page().frames.load();
  loop.run_for(long_tests() ? 60s : 4s);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const double rate = static_cast<double>(rounds() - before) / seconds;
  std::cout << "connections and disconnections: " << rate << " a second, frames beside them "
            << static_cast<double>(loop.frames()) / seconds << " a second\n";
  RecordProperty("connections_per_second", std::to_string(rate));
  // A thousand is what is asked for; two busy cores are allowed half of it.
  EXPECT_GT(rate * patience(), long_tests() ? 1000.0 : 500.0);
  EXPECT_EQ(loop.errors(), 0U) << loop.last_error();
  EXPECT_LT(loop.longest(), publish_bound() * patience());
  EXPECT_GT(honest->page().frames.load(), frames + 50);
  for (auto& c : connectors) EXPECT_TRUE(c.finish());
  EXPECT_TRUE(loop.until(10s,
                         [&] {
                           auto status = station->publisher->status();
                           return status && status->readers.size() == 1 && open_descriptors() <= descriptors;
                         }))
      << open_descriptors() << " of " << descriptors;
  EXPECT_LE(resident_bytes(), resident + allowed_growth);
  EXPECT_TRUE(honest->finish());
  EXPECT_EQ(honest->page().torn.load(), 0U);
}

}  // namespace
}  // namespace geyser::test
