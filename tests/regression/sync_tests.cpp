// Waits end, say who did not signal, and never reach the driver where Vulkan forbids them.
#include <chrono>
#include <thread>

#include "fixture.hpp"

namespace geyser::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

bool has_kind(const Capabilities& capabilities, SemaphoreKind kind) {
  for (const auto& s : capabilities.semaphores) {
    if (s.kind == kind && s.can_export) return true;
  }
  return false;
}

// Peers waited for ever, or returned an error instead of waiting.
TEST_P(OnDevice, WaitsAreBoundedAndNameWhoDidNotSignal) {
  for (const SemaphoreKind kind : {SemaphoreKind::timeline, SemaphoreKind::host_timeline}) {
    if (!has_kind(exporter().capabilities(), kind)) continue;
    auto semaphore = exporter().create_shared_semaphore({.kind = kind, .initial_value = 3, .label = {}});
    ASSERT_TRUE(ok(semaphore));
    const auto start = Clock::now();
    EXPECT_TRUE(fails(semaphore->wait(8, 30ms), Errc::timed_out, "8"));
    const auto took = Clock::now() - start;
    EXPECT_GE(took, 29ms);
    EXPECT_LT(took, 3s);
    EXPECT_TRUE(fails(semaphore->wait(8, 0ns), Errc::timed_out));
    EXPECT_TRUE(ok(semaphore->wait(3, 0ns)));

    auto made = exporter().create_shareable_texture(texture());
    ASSERT_TRUE(ok(made));
    ASSERT_TRUE(ok(exporter().attach_semaphore(*made, *semaphore)));
    auto handle = exporter().export_texture(*made);
    ASSERT_TRUE(ok(handle));
    auto twin = importer().import_texture(std::move(*handle));
    ASSERT_TRUE(ok(twin));
    AccessInfo info;
    info.state = TextureState{.initialized = true, .layout = TextureLayout::general, .points = {}};
    info.state->points.push_back({importer().attached_semaphore(*twin), 8});
    auto access = twin->begin_read(info);
    ASSERT_TRUE(ok(access));
    EXPECT_TRUE(fails(access->wait(20ms), Errc::timed_out, "8"));
    EXPECT_TRUE(ok(std::move(*access).end()));
    EXPECT_TRUE(ok(semaphore->signal(8)));  // so that the texture's memory is not kept for it
  }
}

TEST_P(OnDevice, MissingReadySemaphoreIsSaid) {
  auto made = exporter().create_shareable_texture(texture());
  ASSERT_TRUE(ok(made));
  EXPECT_TRUE(fails(exporter().wait_for_texture(*made, 10ms), Errc::invalid_state, "attach_semaphore"));
  EXPECT_TRUE(fails(exporter().signal_texture_ready(*made), Errc::invalid_state, "attach_semaphore"));
}

// Peers created semaphores on every import and never destroyed them; exporting twice overwrote the first.
TEST_P(OnDevice, SemaphoresLeakNothingAndExportTwice) {
  for (const auto& offered : exporter().capabilities().semaphores) {
    if (!offered.can_export || !offered.can_import || offered.type == SemaphoreHandleType::sync_fd) continue;
    const auto round = [&] {
      auto made = exporter().create_shared_semaphore({.kind = offered.kind, .initial_value = 0, .label = {}});
      ASSERT_TRUE(ok(made));
      auto first = exporter().export_semaphore(*made, offered.type);
      auto second = exporter().export_semaphore(*made, offered.type);
      ASSERT_TRUE(ok(first));
      ASSERT_TRUE(ok(second));
      EXPECT_NE(first->handle.borrow(), second->handle.borrow());
      auto a = importer().import_semaphore(std::move(*first));
      auto b = importer().import_semaphore(std::move(*second));
      ASSERT_TRUE(ok(a));
      ASSERT_TRUE(ok(b));
      EXPECT_FALSE(first->handle);
      if (offered.kind == SemaphoreKind::binary) return;
      ASSERT_TRUE(ok(made->signal(5)));
      EXPECT_TRUE(ok(a->wait(5, 5s)));
      EXPECT_TRUE(ok(b->wait(5, 5s)));
    };
    for (int i = 0; i < 10; ++i) round();
    const std::size_t before = open_descriptors();
    for (int i = 0; i < 100 && !HasFatalFailure(); ++i) round();
    EXPECT_EQ(open_descriptors(), before) << to_string(offered.kind) << " as " << to_string(offered.type);
  }
}

// Vulkan: the signal of a binary semaphore must have been submitted before its wait. Peers hung the queue.
TEST_P(OnVulkan, BinaryWaitBeforeSignalIsRefused) {
  if (!has_kind(exporter().capabilities(), SemaphoreKind::binary)) GTEST_SKIP() << "no binary semaphore can be exported";
  auto semaphore = exporter().create_shared_semaphore({.kind = SemaphoreKind::binary, .initial_value = 0, .label = {}});
  ASSERT_TRUE(ok(semaphore));
  auto made = exporter().create_shareable_texture(texture());
  ASSERT_TRUE(ok(made));
  EXPECT_TRUE(fails(semaphore->wait(1, 20ms), Errc::invalid_state));
  AccessInfo info;
  const SyncPoint point{*semaphore, 1};
  info.wait_for = std::span(&point, 1);
  const auto bytes = content(texture(), 9);
  EXPECT_TRUE(fails(exporter().upload(*made, {}, bytes, info), Errc::invalid_state));
  EXPECT_FALSE(made->state().initialized);
  expect_working(exporter());
  // With the signal first, all is well; the second signal without a wait between is refused.
  AccessInfo signal;
  signal.signal = point;
  ASSERT_TRUE(ok(exporter().upload(*made, {}, bytes, signal)));
  AccessInfo again;
  again.state = TextureState{.initialized = true, .layout = made->state().layout, .points = {}};
  again.signal = point;
  EXPECT_TRUE(fails(exporter().upload(*made, {}, bytes, again), Errc::invalid_state)) << "a pending binary signal is not signalled again";
  EXPECT_TRUE(ok(semaphore->wait(1, 5s)));
}

TEST_P(OnDevice, BinaryHasNoCounterAndTimelinesOnlyRise) {
  if (has_kind(exporter().capabilities(), SemaphoreKind::binary)) {
    auto binary = exporter().create_shared_semaphore({.kind = SemaphoreKind::binary, .initial_value = 0, .label = {}});
    ASSERT_TRUE(ok(binary));
    EXPECT_TRUE(fails(binary->value(), Errc::invalid_argument));
    EXPECT_TRUE(fails(binary->signal(1), Errc::invalid_argument));
    EXPECT_TRUE(fails(binary->wait(2, 1ms), Errc::invalid_argument));
    EXPECT_TRUE(fails(exporter().create_shared_semaphore({.kind = SemaphoreKind::binary, .initial_value = 4, .label = {}}),
                      Errc::invalid_argument));
  }
  auto timeline = exporter().create_shared_semaphore({.kind = SemaphoreKind::host_timeline, .initial_value = 10, .label = {}});
  ASSERT_TRUE(ok(timeline));
  EXPECT_TRUE(fails(timeline->signal(10), Errc::invalid_argument, "10"));
  EXPECT_TRUE(fails(timeline->signal(2), Errc::invalid_argument));
  auto value = timeline->value();
  ASSERT_TRUE(ok(value));
  EXPECT_EQ(*value, 10U);
}

// Hard-coded capabilities are the peers' defect; ours are asked for, and what is absent is refused by name.
TEST_P(OnDevice, SemaphoreKindsThatAreAbsentAreRefusedByName) {
  for (const SemaphoreKind kind : {SemaphoreKind::timeline, SemaphoreKind::binary, SemaphoreKind::host_timeline}) {
    auto made = exporter().create_shared_semaphore({.kind = kind, .initial_value = 0, .label = {}});
    if (has_kind(exporter().capabilities(), kind)) {
      EXPECT_TRUE(ok(made)) << to_string(kind);
    } else {
      EXPECT_TRUE(fails(made, Errc::unsupported_feature, to_string(kind)));
    }
  }
}

// A peer that never signals: the helper gives up by itself, and the manager can be destroyed.
TEST_P(OnDevice, PeerThatNeverSignalsDoesNotHangDestruction) {
  expect_logged_errors();
  auto own = fresh();
  ASSERT_NE(own, nullptr);
  auto peer = fresh();
  ASSERT_NE(peer, nullptr);
  auto semaphore = peer->manager().create_shared_semaphore({.kind = SemaphoreKind::host_timeline, .initial_value = 0, .label = {}});
  ASSERT_TRUE(ok(semaphore));
  auto sent = peer->manager().export_semaphore(*semaphore);
  ASSERT_TRUE(ok(sent));
  auto received = own->manager().import_semaphore(std::move(*sent));
  ASSERT_TRUE(ok(received));
  semaphore = SharedSemaphore();
  peer.reset();  // the peer is gone without a signal
  const auto start = Clock::now();
  EXPECT_TRUE(fails(received->wait(1, 50ms), Errc::timed_out));
  received = SharedSemaphore();
  own.reset();
  EXPECT_LT(Clock::now() - start, 5s);
}

}  // namespace
}  // namespace geyser::test
