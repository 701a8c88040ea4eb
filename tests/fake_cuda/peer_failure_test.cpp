// Copies from one device to another: every call that fails, and devices that hang.
#include "core/backend.hpp"
#include "gpus.hpp"

namespace fake_cuda {
namespace {

using namespace std::chrono_literals;
using geyser::SemaphoreKind;
using geyser::SyncPoint;
using geyser::cuda::PeerLink;

/// Every call of the driver that can fail, once.
class PeerFailure : public Peers {};

template <class T>
bool keep(const geyser::Result<T>& result, std::string& why) {
  if (!result && why.empty()) why = result.error().describe();
  return result.has_value();
}

/// `settled`: the failure came in finish(), after everything else.
bool one_frame(TextureShareManager& vulkan_a, TextureShareManager& vulkan_b, const std::array<geyser::Uuid, 2>& uuids, bool linear,
               std::string& why, bool& settled) {
  auto a = geyser::cuda::create_private_manager(uuids[0], &vulkan_a);
  if (!keep(a, why)) return false;
  auto b = geyser::cuda::create_private_manager(uuids[1], &vulkan_b);
  if (!keep(b, why)) return false;
  auto link = PeerLink::open(*a, *b);
  if (!keep(link, why)) return false;
  auto from = a->create_shareable_texture(plain(), {.linear = linear});
  if (!keep(from, why)) return false;
  auto to = b->create_shareable_texture(plain(), {.linear = linear});
  if (!keep(to, why)) return false;
  auto source = a->create_shared_semaphore({.kind = SemaphoreKind::timeline});
  if (!keep(source, why)) return false;
  auto target = b->create_shared_semaphore({.kind = SemaphoreKind::timeline});
  if (!keep(target, why)) return false;
  const auto bytes = content_of(plain());
  if (!keep(a->upload(*from, {}, bytes), why)) return false;
  if (!keep(b->upload(*to, {}, content_of(plain())), why)) return false;
  const TextureRegion whole;
  bool worked = true;
  for (std::uint64_t i = 0; i < 2; ++i) {
    // Each side waits for what the side itself signalled, and the last copy has no signals.
    const SyncPoint before[] = {{*source, 2 * i}, {*target, 2 * i}};
    auto read = from->begin_read({.wait_for = {&before[0], 1}, .signal = SyncPoint{*source, 2 * i + 1}});
    auto write = to->begin_write({.wait_for = {&before[1], 1}, .signal = SyncPoint{*target, 2 * i + 1}});
    EXPECT_TRUE(ok(read) && ok(write));
    const auto done = (*link)->copy(
        {.texture = &*from, .waits = read->waits(), .signal = geyser::detail::Private::signal(*read), .promise = &*read, .keep = {}},
        {.texture = &*to, .waits = write->waits(), .signal = geyser::detail::Private::signal(*write), .promise = &*write, .keep = {}},
        {&whole, 1});
    if (!done) {
      if (why.empty()) why = done.error().describe();
      worked = false;
    }
    // Whoever was promised a signal gets it, even by a copy that failed; who was not ends the access without it.
    if (geyser::detail::Private::signal_taken(*read)) {
      EXPECT_TRUE(ok(source->wait(2 * i + 1, 1s)));
    }
    if (geyser::detail::Private::signal_taken(*write)) {
      EXPECT_TRUE(ok(target->wait(2 * i + 1, 1s)));
    }
    if (!geyser::detail::Private::signal_taken(*read)) geyser::detail::Private::signal(*read).reset();
    if (!geyser::detail::Private::signal_taken(*write)) geyser::detail::Private::signal(*write).reset();
    static_cast<void>(std::move(*read).end());
    static_cast<void>(std::move(*write).end());
    if (!worked) return false;
    if (source->signal(2 * i + 2) && target->signal(2 * i + 2)) continue;
    return false;
  }
  if (!keep(copy(**link, *from, *to, {&whole, 1}), why)) return false;
  const bool before = !injected().empty();
  worked = keep((*link)->finish(1s), why);
  settled = !before && !injected().empty();
  stop_failing();
  return worked && holds(*b, *to, {}, bytes);
}

TEST_F(PeerFailure, every_call_fails_once_and_leaves_nothing_behind) {
  auto vulkan_a = open_vulkan(0);
  auto vulkan_b = open_vulkan(1);
  const std::array uuids{uuid(0), uuid(1)};
  for (const bool linear : {false, true}) {
    std::string why;
    bool settled = false;
    ASSERT_TRUE(one_frame(vulkan_a, vulkan_b, uuids, linear, why, settled)) << why;
    for (const int status : {2, 719}) {  // out of memory, launch failed
      std::size_t failed = 0;
      std::size_t tried_again = 0;
      std::map<std::string, int> seen;
      for (std::uint64_t nth = 1; nth < 500; ++nth) {
        why.clear();
        settled = false;
        fail_call(nth, status);
        const bool worked = one_frame(vulkan_a, vulkan_b, uuids, linear, why, settled);
        stop_failing();
        const std::string function = injected();
        if (function.empty()) break;
        ++seen[function];
        // Questions whose failure is an answer, and looks at copies that are waited for later.
        const bool question = function == "cuArray3DCreate_v2" || function == "cuDeviceTotalMem_v2" ||
                              function == "cuMemGetAllocationGranularity" || function == "cuDeviceCanAccessPeer" ||
                              function == "cuDeviceGetP2PAttribute" || function == "cuEventQuery";
        // Who waits for everything tries again when memory is short for a moment: nothing was lost, so nobody needs to hear of it.
        const bool made_good = settled && status == 2 && (function == "cuEventCreate" || function == "cuEventRecord");
        if (made_good) {
          EXPECT_TRUE(worked) << "call " << nth << ", " << function << ": " << why;
          ++tried_again;
        }
        EXPECT_TRUE(!worked || question || made_good) << "call " << nth << ", " << function << " failed and nobody said so";
        if (!worked) {
          EXPECT_FALSE(why.empty()) << function;
        }
        const auto live = live_objects();
        ASSERT_TRUE(live.empty()) << "call " << nth << ", " << function << ": " << live.begin()->first;
        ++failed;
      }
      EXPECT_GE(failed, 40U);
      EXPECT_EQ(tried_again, status == 2 ? 4U : 0U) << "a record in each of three streams, one with an event of its own";
      for (const auto* function : {"cuCtxCreate_v2", "cuCtxEnablePeerAccess", "cuMemcpy3DPeerAsync", "cuStreamWaitEvent", "cuEventRecord",
                                   "cuStreamCreate", "cuSignalExternalSemaphoresAsync"}) {
        EXPECT_GE(seen[function], 1) << function;
      }
    }
  }
}

TEST_F(PeerFailure, a_driver_without_peer_copies_is_told_by_name) {
  fail_function("cuCtxCreate_v2", 1, 2);
  EXPECT_TRUE(fails(geyser::cuda::create_private_manager(uuid(0)), Errc::out_of_memory, "cuCtxCreate"));
  fail_function("cuCtxEnablePeerAccess", 1, 711);
  auto a = geyser::cuda::create_private_manager(uuid(0));
  auto b = geyser::cuda::create_private_manager(uuid(1));
  ASSERT_TRUE(ok(a) && ok(b));
  EXPECT_TRUE(fails(PeerLink::open(*a, *b), Errc::unsupported_feature, "cuCtxEnablePeerAccess"));
  EXPECT_TRUE(ok(PeerLink::open(*a, *b)));
  EXPECT_TRUE(ok(PeerLink::open(*b, *a))) << "access that is enabled already is no error";
}

TEST_F(PeerFailure, devices_that_hang_time_out_and_keep_what_they_may_still_write) {
  {
    auto a = geyser::cuda::create_private_manager(uuid(0));
    auto b = geyser::cuda::create_private_manager(uuid(1));
    ASSERT_TRUE(ok(a) && ok(b));
    auto link = PeerLink::open(*a, *b);
    ASSERT_TRUE(ok(link));
    auto from = a->create_shareable_texture(plain());
    std::optional<SharedTexture> to = Partners::must(b->create_shareable_texture(plain()));
    ASSERT_TRUE(ok(from));
    const auto bytes = content_of(plain());
    ASSERT_TRUE(ok(a->upload(*from, {}, bytes)));
    hold_streams(true);
    const TextureRegion whole;
    auto start = std::chrono::steady_clock::now();
    EXPECT_TRUE(fails(copy(**link, *from, *to, {&whole, 1}), Errc::timed_out, "did not end in time"));
    auto waited = std::chrono::steady_clock::now() - start;
    EXPECT_GE(waited, geyser::default_gpu_timeout - 50ms);
    EXPECT_LT(waited, geyser::default_gpu_timeout + 3s);
    const auto ranges = live_objects().at("address range");
    to.reset();
    EXPECT_EQ(live_objects().at("address range"), ranges) << "memory is gone that the device may still write";
    // It comes back: what was kept is let go.
    hold_streams(false);
    drain();
    ASSERT_TRUE(ok((*link)->finish(1s)));
    EXPECT_EQ(live_objects().at("address range"), ranges - 1);
    // Again, and this time it never comes back.
    to = Partners::must(b->create_shareable_texture(plain()));
    hold_streams(true);
    const auto mark = geyser::test::log_mark();
    auto semaphore = a->create_shared_semaphore({.kind = SemaphoreKind::host_timeline});
    auto other = b->create_shared_semaphore({.kind = SemaphoreKind::host_timeline});
    ASSERT_TRUE(ok(semaphore) && ok(other));
    auto read = from->begin_read();
    auto write = to->begin_write();
    ASSERT_TRUE(ok(read) && ok(write));
    ASSERT_TRUE(
        ok((*link)->copy({.texture = &*from, .waits = {}, .signal = SyncPoint{*semaphore, 1}, .promise = nullptr, .keep = {}},
                         {.texture = &*to, .waits = {}, .signal = SyncPoint{*other, 1}, .promise = nullptr, .keep = {}}, {&whole, 1})));
    start = std::chrono::steady_clock::now();
    link->reset();
    EXPECT_LT(std::chrono::steady_clock::now() - start, 4s);
    EXPECT_EQ(geyser::test::lines_since(mark, geyser::LogLevel::error).size(), 1U);
    EXPECT_EQ(live_objects().at("stream"), 3U) << "a stream is destroyed under its work";
    hold_streams(false);
    EXPECT_TRUE(drain() || drain() || drain()) << "they wait for each other";
    EXPECT_EQ(*other->value(), 1U);
    EXPECT_EQ(*semaphore->value(), 1U);
    static_cast<void>(std::move(*read).end());
    static_cast<void>(std::move(*write).end());
  }
  left_behind_ = 2;  // the pages of the two semaphores
  shut_down();
}

}  // namespace
}  // namespace fake_cuda
