// Copies from one device to another: what waits for what, and what is signalled when.
#include <future>
#include <thread>

#include "core/backend.hpp"
#include "gpus.hpp"

namespace fake_cuda {
namespace {

using namespace std::chrono_literals;
using geyser::SemaphoreKind;
using geyser::SyncPoint;
using geyser::TextureState;
using geyser::cuda::PeerLink;

void read_rows(const SharedTexture& texture, std::vector<std::byte>& bytes) {
  const auto memory = Partners::must(geyser::cuda::linear_memory(texture));
  const auto layout = *geyser::region_layout(texture.descriptor(), {});
  for (std::size_t y = 0; y < layout.rows; ++y) {
    read_device(memory.pointer + y * memory.row_pitch, bytes.data() + y * layout.row_bytes, layout.row_bytes);
  }
}
void write_rows(const SharedTexture& texture, const std::vector<std::byte>& bytes) {
  const auto memory = Partners::must(geyser::cuda::linear_memory(texture));
  const auto layout = *geyser::region_layout(texture.descriptor(), {});
  for (std::size_t y = 0; y < layout.rows; ++y) {
    write_device(memory.pointer + y * memory.row_pitch, bytes.data() + y * layout.row_bytes, layout.row_bytes);
  }
}

/// With streams that run late, so that whatever is not waited for is seen.
class PeerOrder : public Peers {
 protected:
  void SetUp() override {
    Config config;
    config.asynchronous = true;
    use_two(config);
  }

 public:
  /// The driver, for what nothing holds back.
  static constexpr auto longer_than_it_takes = 50ms;
  static void let_it_run() { std::this_thread::sleep_for(longer_than_it_takes); }
};

/// Who holds a copy back.
enum class Late { nobody, producer, reader };

/// A copy of plain rows, which the test reads and writes as a kernel does: without an access, while the copy is under way.
void one_copy(Gpu& a, Gpu& b, SemaphoreKind kind, Late late) {
  auto link = PeerLink::open(a.cuda, b.cuda);
  ASSERT_TRUE(ok(link));
  auto from = a.cuda.create_shareable_texture(plain(), {.linear = true});
  auto to = b.cuda.create_shareable_texture(plain(), {.linear = true});
  auto source = a.cuda.create_shared_semaphore({.kind = kind});
  auto target = b.cuda.create_shared_semaphore({.kind = kind});
  ASSERT_TRUE(ok(from) && ok(to) && ok(source) && ok(target));
  const auto old_target = content_of(plain());
  const auto fresh = content_of(plain());
  write_rows(*from, late == Late::producer ? content_of(plain()) : fresh);
  write_rows(*to, old_target);
  if (late != Late::producer) {
    ASSERT_TRUE(ok(source->signal(1)));
  }
  if (late != Late::reader) {
    ASSERT_TRUE(ok(target->signal(1)));
  }
  const SyncPoint drawn{*source, 1};
  const SyncPoint free{*target, 1};
  const TextureState handed{.initialized = true, .layout = geyser::TextureLayout::general, .points = {}};
  auto read = from->begin_read({.state = handed, .wait_for = {&drawn, 1}, .signal = SyncPoint{*source, 2}});
  auto write = to->begin_write({.wait_for = {&free, 1}, .signal = SyncPoint{*target, 2}});
  ASSERT_TRUE(ok(read) && ok(write));
  const TextureRegion whole;
  // The caller's thread waits for the points of both sides.
  const auto copies = calls("cuMemcpy3DPeerAsync");
  auto done = std::async(std::launch::async, [&] {
    return (*link)->copy({.texture = &*from, .waits = read->waits(), .signal = SyncPoint{*source, 2}, .promise = &*read, .keep = {}},
                         {.texture = &*to, .waits = write->waits(), .signal = SyncPoint{*target, 2}, .promise = &*write, .keep = {}},
                         {&whole, 1});
  });
  if (late != Late::nobody) {
    EXPECT_EQ(done.wait_for(PeerOrder::longer_than_it_takes), std::future_status::timeout) << "the copy did not wait";
    EXPECT_EQ(*source->value(), late == Late::producer ? 0U : 1U) << "the source was given back before it was read";
    EXPECT_EQ(*target->value(), late == Late::reader ? 0U : 1U) << "the target was handed on before it was written";
    std::vector<std::byte> found(fresh.size());
    read_rows(*to, found);
    EXPECT_EQ(found, old_target) << "the copy did not wait";
    EXPECT_FALSE(geyser::detail::Private::signal_taken(*read)) << "promised, and the copy may yet time out";
    EXPECT_FALSE(geyser::detail::Private::signal_taken(*write)) << "promised, and the copy may yet time out";
    if (late == Late::producer) write_rows(*from, fresh);
    EXPECT_TRUE(ok((late == Late::producer ? *source : *target).signal(1)));
  }
  ASSERT_TRUE(ok(done.get()));
  EXPECT_EQ(calls("cuMemcpy3DPeerAsync"), copies + 1);
  ASSERT_TRUE(ok(target->wait(2, 5s)));
  std::vector<std::byte> found(fresh.size());
  read_rows(*to, found);
  EXPECT_EQ(found, fresh) << "the target was handed on before it was written";
  ASSERT_TRUE(ok(source->wait(2, 5s)));
  ASSERT_TRUE(ok(std::move(*read).end()));
  ASSERT_TRUE(ok(std::move(*write).end()));
}

TEST_F(PeerOrder, a_copy_waits_for_the_points_of_both_sides_and_signals_both_behind_it) {
  auto a = open(0);
  auto b = open(1);
  for (const auto kind : {SemaphoreKind::timeline, SemaphoreKind::host_timeline}) {
    for (const auto late : {Late::producer, Late::reader, Late::nobody}) {
      SCOPED_TRACE(std::string(to_string(kind)) + ", late: " + std::to_string(static_cast<int>(late)));
      for (int i = 0; i < 3; ++i) one_copy(a, b, kind, late);
    }
  }
  // A CUDA stream goes on long after another API's signal.
  EXPECT_EQ(calls("cuWaitExternalSemaphoresAsync"), 0U);
}

TEST_F(PeerOrder, binary_semaphores_of_either_side_are_waited_for_and_used_up) {
  auto a = open(0);
  auto b = open(1);
  for (const bool source_side : {true, false}) {
    SCOPED_TRACE(source_side ? "source" : "target");
    auto link = PeerLink::open(a.cuda, b.cuda);
    ASSERT_TRUE(ok(link));
    auto from = a.cuda.create_shareable_texture(plain(), {.linear = true});
    auto to = b.cuda.create_shareable_texture(plain(), {.linear = true});
    auto released = a.cuda.create_shared_semaphore({.kind = SemaphoreKind::timeline});
    auto written = b.cuda.create_shared_semaphore({.kind = SemaphoreKind::timeline});
    ASSERT_TRUE(ok(from) && ok(to) && ok(released) && ok(written));
    auto& waiting = (source_side ? a : b).cuda;
    auto binary = waiting.create_shared_semaphore({.kind = SemaphoreKind::binary});
    ASSERT_TRUE(ok(binary));
    auto page = waiting.export_semaphore(*binary);
    ASSERT_TRUE(ok(page));
    const auto old_target = content_of(plain());
    const auto fresh = content_of(plain());
    write_rows(*from, fresh);
    write_rows(*to, old_target);
    const SyncPoint point{*binary, 1};
    const std::span<const SyncPoint> waits{&point, 1};
    const std::span<const SyncPoint> none;
    const TextureRegion whole;
    auto done = std::async(std::launch::async, [&] {
      return (*link)->copy(
          {.texture = &*from, .waits = source_side ? waits : none, .signal = SyncPoint{*released, 1}, .promise = nullptr, .keep = {}},
          {.texture = &*to, .waits = source_side ? none : waits, .signal = SyncPoint{*written, 1}, .promise = nullptr, .keep = {}},
          {&whole, 1});
    });
    PeerOrder::let_it_run();
    std::vector<std::byte> found(fresh.size());
    read_rows(*to, found);
    EXPECT_EQ(found, old_target) << "the copy did not wait";
    EXPECT_EQ(*released->value(), 0U);
    EXPECT_EQ(*written->value(), 0U);
    set_semaphore(page->handle.fd(), 1);
    ASSERT_TRUE(ok(done.get()));
    ASSERT_TRUE(ok(written->wait(1, 5s)));
    read_rows(*to, found);
    EXPECT_EQ(found, fresh);
    EXPECT_EQ(semaphore_value(page->handle.fd()), 0U);
    ASSERT_TRUE(ok(released->wait(1, 5s)));
  }
}

/// Who does not go on before all copies are in the streams.
enum class Held { source, target, both };

void many_at_once(Gpu& a, Gpu& b, bool linear, Held held) {
  auto link = PeerLink::open(a.cuda, b.cuda);
  ASSERT_TRUE(ok(link));
  auto released = a.cuda.create_shared_semaphore({.kind = SemaphoreKind::timeline});
  auto written = b.cuda.create_shared_semaphore({.kind = SemaphoreKind::timeline});
  ASSERT_TRUE(ok(released) && ok(written));
  // Several times the plain memory that tiled textures go through, less than may be under way.
  constexpr std::size_t frames = 10;
  std::vector<SharedTexture> from;
  std::vector<SharedTexture> to;
  std::vector<std::vector<std::byte>> contents;
  for (std::size_t i = 0; i < frames; ++i) {
    from.push_back(Partners::must(a.cuda.create_shareable_texture(plain(), {.linear = linear})));
    to.push_back(Partners::must(b.cuda.create_shareable_texture(plain(), {.linear = linear})));
    contents.push_back(content_of(plain()));
    ASSERT_TRUE(ok(a.cuda.upload(from[i], {}, contents[i])));
    ASSERT_TRUE(ok(b.cuda.upload(to[i], {}, content_of(plain()))));
  }
  if (held != Held::target) hold_device(0);
  if (held != Held::source) hold_device(1);
  const TextureRegion whole;
  const auto start = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < frames; ++i) {
    ASSERT_TRUE(ok((*link)->copy({.texture = &from[i], .waits = {}, .signal = SyncPoint{*released, i + 1}, .promise = nullptr, .keep = {}},
                                 {.texture = &to[i], .waits = {}, .signal = SyncPoint{*written, i + 1}, .promise = nullptr, .keep = {}},
                                 {&whole, 1})));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
  PeerOrder::let_it_run();
  EXPECT_EQ(*written->value(), 0U);
  if (held != Held::target) {
    EXPECT_EQ(*released->value(), 0U);
  }
  hold_streams(false);
  ASSERT_TRUE(ok(written->wait(frames, 5s)));
  ASSERT_TRUE(ok(released->wait(frames, 5s)));
  for (std::size_t i = 0; i < frames; ++i) EXPECT_TRUE(holds(b.cuda, to[i], {}, contents[i])) << "frame " << i;
}

TEST_F(PeerOrder, copies_with_signals_wait_for_no_device_and_do_not_overtake_each_other) {
  auto a = open(0);
  auto b = open(1);
  for (const bool linear : {false, true}) {
    for (const auto held : {Held::source, Held::target, Held::both}) {
      SCOPED_TRACE(std::string(linear ? "plain rows" : "arrays") + ", held: " + std::to_string(static_cast<int>(held)));
      many_at_once(a, b, linear, held);
    }
  }
}

/// 20 MB each: two stripes of 8, and one of 4.
void in_stripes(Gpu& a, Gpu& b, const TextureDescriptor& descriptor, bool linear_source) {
  auto link = PeerLink::open(a.cuda, b.cuda);
  ASSERT_TRUE(ok(link));
  auto released = a.cuda.create_shared_semaphore({.kind = SemaphoreKind::timeline});
  auto written = b.cuda.create_shared_semaphore({.kind = SemaphoreKind::timeline});
  ASSERT_TRUE(ok(released) && ok(written));
  std::vector<SharedTexture> from;
  std::vector<SharedTexture> to;
  std::vector<std::vector<std::byte>> contents;
  for (int i = 0; i < 2; ++i) {
    from.push_back(Partners::must(a.cuda.create_shareable_texture(descriptor, {.linear = linear_source})));
    to.push_back(Partners::must(b.cuda.create_shareable_texture(descriptor)));
    contents.push_back(content_of(descriptor));
    ASSERT_TRUE(ok(a.cuda.upload(from.back(), {}, contents.back())));
    ASSERT_TRUE(ok(b.cuda.upload(to.back(), {}, content_of(descriptor))));
  }
  const TextureRegion whole;
  std::uint64_t value = 0;
  for (int again = 0; again < 2; ++again) {
    hold_streams(true);
    for (std::size_t i = 0; i < 2; ++i) {
      const auto before = calls("cuMemcpy3DPeerAsync");
      ++value;
      ASSERT_TRUE(ok((*link)->copy(
          {.texture = &from[i], .waits = {}, .signal = SyncPoint{*released, value}, .promise = nullptr, .keep = {}},
          {.texture = &to[i], .waits = {}, .signal = SyncPoint{*written, value}, .promise = nullptr, .keep = {}}, {&whole, 1})));
      EXPECT_EQ(calls("cuMemcpy3DPeerAsync") - before, i == 0 ? 3U : 1U);
    }
    hold_streams(false);
    ASSERT_TRUE(ok((*link)->finish(5s)));
    EXPECT_EQ(*written->value(), value);
    for (std::size_t i = 0; i < 2; ++i) EXPECT_TRUE(holds(b.cuda, to[i], {}, contents[i]));
    std::swap(from[0], from[1]);  // the one that was cut crosses whole, and the other way round
    std::swap(contents[0], contents[1]);
  }
}

TEST_F(PeerOrder, frames_are_cut_into_stripes_only_when_nothing_is_under_way) {
  auto a = open(0);
  auto b = open(1);
  in_stripes(a, b, plain(TextureFormat::rgba8_unorm, 2048, 2560), false);
  in_stripes(a, b, plain(TextureFormat::bc7_rgba_unorm, 4096, 5120), true);
}

TEST_F(PeerOrder, many_copies_follow_each_other_in_a_ring) {
  auto a = open(0);
  auto b = open(1);
  auto link = PeerLink::open(a.cuda, b.cuda);
  ASSERT_TRUE(ok(link));
  constexpr std::size_t ring = 3;
  std::vector<SharedTexture> from;
  std::vector<SharedTexture> to;
  std::vector<std::vector<std::byte>> contents(ring);
  for (std::size_t i = 0; i < ring; ++i) {
    from.push_back(Partners::must(a.cuda.create_shareable_texture(plain())));
    to.push_back(Partners::must(b.cuda.create_shareable_texture(plain(), {.linear = i == 1})));
  }
  auto released = a.cuda.create_shared_semaphore({.kind = SemaphoreKind::timeline});
  auto written = b.cuda.create_shared_semaphore({.kind = SemaphoreKind::timeline});
  ASSERT_TRUE(ok(released) && ok(written));
  const TextureRegion whole;
  for (std::uint64_t frame = 1; frame <= 60; ++frame) {
    const std::size_t slot = frame % ring;
    if (frame > ring) {
      // The write of the upload waits for the copy before it, and the check for what that copy wrote.
      ASSERT_TRUE(ok(written->wait(frame - ring, 5s)));
      ASSERT_TRUE(holds(b.cuda, to[slot], {}, contents[slot])) << "frame " << frame - ring;
    }
    contents[slot] = content_of(plain());
    ASSERT_TRUE(ok(a.cuda.upload(from[slot], {}, contents[slot])));
    ASSERT_TRUE(ok(
        copy(**link, from[slot], to[slot], {&whole, 1}, {.signal = SyncPoint{*released, frame}}, {.signal = SyncPoint{*written, frame}})));
  }
  ASSERT_TRUE(ok((*link)->finish(5s)));
  EXPECT_EQ(*released->value(), 60U);
  EXPECT_EQ(*written->value(), 60U);
  EXPECT_LE(live_objects().at("event"), 20U) << "events are used again";
}

TEST_F(PeerOrder, without_a_signal_it_is_over_when_it_returns) {
  auto a = open(0);
  auto b = open(1);
  auto link = PeerLink::open(a.cuda, b.cuda);
  ASSERT_TRUE(ok(link));
  auto from = a.cuda.create_shareable_texture(plain());
  auto to = b.cuda.create_shareable_texture(plain());
  ASSERT_TRUE(ok(from) && ok(to));
  // Row by row: all of them are gathered, and then cross together.
  std::vector<TextureRegion> rows;
  for (std::uint32_t y = 0; y < 29; ++y) rows.push_back({.offset = {0, y, 0}, .extent = geyser::Extent3D{67, 1, 1}});
  for (int i = 0; i < 5; ++i) {
    const auto bytes = content_of(plain());
    ASSERT_TRUE(ok(a.cuda.upload(*from, {}, bytes)));
    ASSERT_TRUE(ok(copy(**link, *from, *to, rows)));
    ASSERT_TRUE(holds(b.cuda, *to, {}, bytes));
  }
}

TEST_F(PeerOrder, a_copy_that_fails_half_way_is_over_when_it_returns) {
  auto a = open(0);
  auto b = open(1);
  auto link = PeerLink::open(a.cuda, b.cuda);
  ASSERT_TRUE(ok(link));
  auto from = a.cuda.create_shareable_texture(plain(), {.linear = true});
  auto to = b.cuda.create_shareable_texture(plain(), {.linear = true});
  auto released = a.cuda.create_shared_semaphore({.kind = SemaphoreKind::timeline});
  auto written = b.cuda.create_shared_semaphore({.kind = SemaphoreKind::timeline});
  ASSERT_TRUE(ok(from) && ok(to) && ok(released) && ok(written));
  ASSERT_TRUE(ok(a.cuda.upload(*from, {}, content_of(plain()))));
  const std::array halves{TextureRegion{.extent = geyser::Extent3D{67, 14, 1}},
                          TextureRegion{.offset = {0, 14, 0}, .extent = geyser::Extent3D{67, 15, 1}}};
  std::uint64_t value = 0;
  for (const auto& [function, nth] : std::initializer_list<std::pair<const char*, std::uint64_t>>{{"cuMemcpy3DPeerAsync", 2},
                                                                                                  {"cuSignalExternalSemaphoresAsync", 1},
                                                                                                  {"cuSignalExternalSemaphoresAsync", 2},
                                                                                                  {"cuEventRecord", 2}}) {
    SCOPED_TRACE(function);
    auto read = from->begin_read({.signal = SyncPoint{*released, ++value}});
    auto write = to->begin_write({.signal = SyncPoint{*written, value}});
    ASSERT_TRUE(ok(read) && ok(write));
    fail_function(function, nth, 2);
    EXPECT_TRUE(
        fails((*link)->copy({.texture = &*from, .waits = {}, .signal = SyncPoint{*released, value}, .promise = &*read, .keep = {}},
                            {.texture = &*to, .waits = {}, .signal = SyncPoint{*written, value}, .promise = &*write, .keep = {}}, halves),
              Errc::out_of_memory, "OUT_OF_MEMORY"));
    EXPECT_EQ(injected(), function);
    const auto mine = content_of(plain());
    write_rows(*to, mine);
    let_it_run();
    std::vector<std::byte> found(mine.size());
    read_rows(*to, found);
    EXPECT_EQ(found, mine) << "something was still under way";
    EXPECT_EQ(*released->value() == value, geyser::detail::Private::signal_taken(*read));
    EXPECT_EQ(*written->value() == value, geyser::detail::Private::signal_taken(*write));
    if (*released->value() < value) {
      ASSERT_TRUE(ok(released->signal(value)));
    }
    if (*written->value() < value) {
      ASSERT_TRUE(ok(written->signal(value)));
    }
    static_cast<void>(std::move(*read).end());
    static_cast<void>(std::move(*write).end());
  }
}

TEST_F(PeerOrder, semaphores_are_kept_until_the_copy_is_over) {
  auto a = open(0);
  auto b = open(1);
  auto link = PeerLink::open(a.cuda, b.cuda);
  ASSERT_TRUE(ok(link));
  auto from = a.cuda.create_shareable_texture(plain());
  auto to = b.cuda.create_shareable_texture(plain());
  auto drawn = a.vulkan.create_shared_semaphore({.kind = SemaphoreKind::timeline});
  auto written = b.vulkan.create_shared_semaphore({.kind = SemaphoreKind::timeline});
  ASSERT_TRUE(ok(from) && ok(to) && ok(drawn) && ok(written));
  const auto bytes = content_of(plain());
  ASSERT_TRUE(ok(a.cuda.upload(*from, {}, bytes)));
  ASSERT_TRUE(ok(b.cuda.upload(*to, {}, content_of(plain()))));
  ASSERT_TRUE(ok(drawn->signal(1)));
  const auto count = [] {
    const auto live = live_objects();
    const auto at = live.find("external semaphore");
    return at == live.end() ? std::size_t{0} : at->second;
  };
  const auto semaphores = count();
  hold_streams(true);
  {
    auto source = a.cuda.import_semaphore(Partners::must(a.vulkan.export_semaphore(*drawn)));
    auto target = b.cuda.import_semaphore(Partners::must(b.vulkan.export_semaphore(*written)));
    ASSERT_TRUE(ok(source) && ok(target));
    const SyncPoint wait{*source, 1};
    const TextureRegion whole;
    ASSERT_TRUE(
        ok((*link)->copy({.texture = &*from, .waits = {&wait, 1}, .signal = SyncPoint{*source, 2}, .promise = nullptr, .keep = {}},
                         {.texture = &*to, .waits = {}, .signal = SyncPoint{*target, 1}, .promise = nullptr, .keep = {}}, {&whole, 1})));
  }
  // The driver aborts when one is destroyed whose signal is still in a stream.
  EXPECT_EQ(count(), semaphores + 2);
  EXPECT_EQ(*drawn->value(), 1U);
  hold_streams(false);
  ASSERT_TRUE(ok(written->wait(1, 5s)));
  ASSERT_TRUE(ok(drawn->wait(2, 5s)));
  ASSERT_TRUE(ok((*link)->finish(5s)));
  EXPECT_EQ(count(), semaphores);
  EXPECT_TRUE(holds(b.cuda, *to, {}, bytes));
}

/// A copy of which one side waits for a point that nobody signals.
void never_signalled(Gpu& a, Gpu& b, SemaphoreKind kind, bool source_side, const std::vector<std::byte>& source,
                     const std::vector<std::byte>& old_target) {
  auto link = PeerLink::open(a.cuda, b.cuda);
  ASSERT_TRUE(ok(link));
  auto from = a.cuda.create_shareable_texture(plain());
  auto to = b.cuda.create_shareable_texture(plain());
  auto never = (source_side ? a : b).cuda.create_shared_semaphore({.kind = kind});
  auto written = b.cuda.create_shared_semaphore({.kind = SemaphoreKind::timeline});
  ASSERT_TRUE(ok(from) && ok(to) && ok(never) && ok(written));
  ASSERT_TRUE(ok(a.cuda.upload(*from, {}, source)));
  ASSERT_TRUE(ok(b.cuda.upload(*to, {}, old_target)));
  const SyncPoint point{*never, 1};
  const std::span<const SyncPoint> waits{&point, 1};
  auto read = from->begin_read({.wait_for = source_side ? waits : std::span<const SyncPoint>()});
  auto write = to->begin_write({.wait_for = source_side ? std::span<const SyncPoint>() : waits, .signal = SyncPoint{*written, 1}});
  ASSERT_TRUE(ok(read) && ok(write));
  const TextureRegion whole;
  const auto start = std::chrono::steady_clock::now();
  const auto done = (*link)->copy(
      {.texture = &*from, .waits = read->waits(), .signal = {}, .promise = &*read, .keep = {}},
      {.texture = &*to, .waits = write->waits(), .signal = SyncPoint{*written, 1}, .promise = &*write, .keep = {}}, {&whole, 1});
  const auto waited = std::chrono::steady_clock::now() - start;
  EXPECT_TRUE(fails(done, Errc::timed_out, "timeline"));
  EXPECT_GE(waited, geyser::default_gpu_timeout - 50ms);
  EXPECT_LT(waited, geyser::default_gpu_timeout + 5s);
  EXPECT_FALSE(geyser::detail::Private::signal_taken(*write)) << "nobody promised the signal";
  EXPECT_EQ(*written->value(), 0U);
  geyser::detail::Private::signal(*write).reset();
  ASSERT_TRUE(ok(never->signal(1)));  // whatever still waited for it would go on now
  static_cast<void>(std::move(*read).end());
  static_cast<void>(std::move(*write).end());
  PeerOrder::let_it_run();
  EXPECT_TRUE(holds(b.cuda, *to, {}, old_target));
}

TEST_F(PeerOrder, a_point_that_never_comes_times_out_and_leaves_nothing_under_way) {
  auto a = open(0);
  auto b = open(1);
  {  // all at once: each takes the whole time
    std::vector<std::future<void>> all;
    for (const auto kind : {SemaphoreKind::timeline, SemaphoreKind::host_timeline}) {
      for (const bool source_side : {true, false}) {
        all.push_back(std::async(std::launch::async, never_signalled, std::ref(a), std::ref(b), kind, source_side, content_of(plain()),
                                 content_of(plain())));
      }
    }
  }
  EXPECT_EQ(calls("cuMemcpy3DPeerAsync"), 0U);
}

}  // namespace
}  // namespace fake_cuda
