// Frames from a Vulkan publisher on one GPU to a Vulkan reader on another, carried by emulated CUDA: over the fake Vulkan driver, which has
// timelines, and from lavapipe to SwiftShader, whose semaphores are counters in shared memory.
#include <unistd.h>

#include <future>

#include "core/backend.hpp"
#include "crossing/peer_carrier.hpp"
#include "gpus.hpp"
#include "support/devices.hpp"

namespace fake_cuda {
namespace {

using namespace std::chrono_literals;
using geyser::Access;
using geyser::SemaphoreKind;
using geyser::SharedSemaphore;
using geyser::SyncPoint;
using geyser::TextureState;
using geyser::detail::Carrier;
using geyser::detail::Private;

/// Another reference to a carrier's manager.
TextureShareManager same(const TextureShareManager& manager) { return Private::make(Private::shared(manager)); }

/// A semaphore of `maker`, and the same as `user` sees it.
struct Pair {
  SharedSemaphore made;
  SharedSemaphore seen;
};
Pair semaphore_pair(TextureShareManager& maker, TextureShareManager& user, SemaphoreKind kind) {
  Pair pair;
  pair.made = Partners::must(maker.create_shared_semaphore({.kind = kind}));
  pair.seen = Partners::must(user.import_semaphore(Partners::must(maker.export_semaphore(pair.made))));
  return pair;
}

/// A stream of three textures as src/stream makes it: a publisher on the source, a carrier, a reader on the target.
class Line {
 public:
  static constexpr std::size_t ring = 3;

  Line(TextureShareManager& publisher, Carrier& carrier, TextureShareManager& reader, const TextureDescriptor& descriptor,
       SemaphoreKind kind)
      : publisher_(publisher),
        reader_(reader),
        carrier_(carrier),
        source_(same(carrier.source())),
        target_(same(carrier.target())),
        drawn_(semaphore_pair(publisher, source_, kind)),
        released_(semaphore_pair(publisher, source_, kind)),
        written_(semaphore_pair(target_, reader, kind)) {
    for (std::size_t i = 0; i < ring; ++i) {
      drawings_.push_back(Partners::must(publisher.create_shareable_texture(descriptor)));
      from_.push_back(Partners::must(source_.import_texture(Partners::must(publisher.export_texture(drawings_.back())))));
      to_.push_back(Partners::must(target_.create_shareable_texture(descriptor)));
      views_.push_back(Partners::must(reader.import_texture(Partners::must(target_.export_texture(to_.back())))));
    }
  }

  /// Draws, carries and reads one frame.
  void frame() {
    const std::size_t slot = number_++ % ring;
    const auto& descriptor = drawings_[slot].descriptor();
    const auto bytes = content_of(descriptor);
    const SyncPoint drawn{drawn_.made, number_};
    ASSERT_TRUE(ok(publisher_.upload(drawings_[slot], {}, bytes, {.signal = drawn})));
    const SyncPoint wait{drawn_.seen, number_};
    const TextureState handed{.initialized = true, .layout = geyser::TextureLayout::general, .points = {}};
    auto read = from_[slot].begin_read({.state = handed, .wait_for = {&wait, 1}, .signal = SyncPoint{released_.seen, number_}});
    auto write = to_[slot].begin_write({.signal = SyncPoint{written_.made, number_}});
    ASSERT_TRUE(ok(read) && ok(write));
    const TextureRegion whole;
    const auto done = carrier_.carry({&from_[slot], &*read}, {&to_[slot], &*write}, {&whole, 1});
    ASSERT_TRUE(ok(done));
    EXPECT_TRUE(Private::signal_taken(*read));
    EXPECT_TRUE(Private::signal_taken(*write));
    ASSERT_TRUE(ok(std::move(*read).end()));
    auto state = std::move(*write).end();
    ASSERT_TRUE(ok(state));
    EXPECT_TRUE(state->initialized);
    EXPECT_EQ(state->layout, geyser::TextureLayout::general);
    const SyncPoint arrived{written_.seen, number_};
    ASSERT_TRUE(holds(reader_, views_[slot], {}, bytes, {.state = handed, .wait_for = {&arrived, 1}})) << "frame " << number_;
    ASSERT_TRUE(ok(released_.made.wait(number_, 5s)));
  }

 private:
  TextureShareManager& publisher_;
  TextureShareManager& reader_;
  Carrier& carrier_;
  TextureShareManager source_;
  TextureShareManager target_;
  Pair drawn_;
  Pair released_;
  Pair written_;
  std::vector<SharedTexture> drawings_;
  std::vector<SharedTexture> from_;
  std::vector<SharedTexture> to_;
  std::vector<SharedTexture> views_;
  std::uint64_t number_ = 0;
};

class Carriers : public GpusFixture {
 protected:
  void SetUp() override {
    Config config;
    config.asynchronous = true;
    use_two(config);
  }
  static geyser::Result<std::unique_ptr<Carrier>> open(std::size_t from, std::size_t to, const TextureDescriptor& descriptor) {
    auto partner = open_vulkan(from);
    return geyser::detail::make_peer_carrier(partner.identity(), &partner, open_vulkan(to), descriptor);
  }
};

TEST_F(Carriers, frames_cross_both_ways_with_every_kind_of_semaphore_that_streams_use) {
  for (const auto kind : {SemaphoreKind::timeline, SemaphoreKind::host_timeline}) {
    for (const std::size_t from : {0U, 1U}) {
      SCOPED_TRACE(std::string(to_string(kind)) + " from " + std::to_string(from));
      const auto descriptor = plain(TextureFormat::rgba8_unorm, 80, 50);
      auto publisher = open_vulkan(from);
      auto reader = open_vulkan(1 - from);
      auto carrier = open(from, 1 - from, descriptor);
      ASSERT_TRUE(ok(carrier));
      EXPECT_EQ((*carrier)->transport(), geyser::Transport::peer_copy);
      EXPECT_EQ((*carrier)->source().backend_name(), "cuda");
      EXPECT_EQ((*carrier)->target().backend_name(), "vulkan");
      Line line(publisher, **carrier, reader, descriptor, kind);
      for (int i = 0; i < 12; ++i) line.frame();
    }
  }
}

TEST_F(Carriers, textures_and_semaphores_are_imported_once_and_go_with_their_owner) {
  const auto descriptor = plain(TextureFormat::rgba8_unorm, 64, 64);
  auto publisher = open_vulkan(0);
  auto reader = open_vulkan(1);
  auto carrier = open(0, 1, descriptor);
  ASSERT_TRUE(ok(carrier));
  std::size_t with_one = 0;
  {
    Line line(publisher, **carrier, reader, descriptor, SemaphoreKind::timeline);
    for (std::size_t i = 0; i < Line::ring; ++i) line.frame();
    const auto memories = calls("cuImportExternalMemory");
    const auto semaphores = calls("cuImportExternalSemaphore");
    for (int i = 0; i < 10; ++i) line.frame();
    EXPECT_EQ(calls("cuImportExternalMemory"), memories);
    EXPECT_EQ(calls("cuImportExternalSemaphore"), semaphores);
    with_one = live_objects().at("external memory");
  }
  // Another size, as after reconfigure(): what was made for the old textures is let go at the next frame.
  Line line(publisher, **carrier, reader, plain(TextureFormat::rgba8_unorm, 96, 32), SemaphoreKind::timeline);
  for (std::size_t i = 0; i < Line::ring; ++i) line.frame();
  EXPECT_EQ(live_objects().at("external memory"), with_one);
}

TEST_F(Carriers, an_access_without_a_signal_is_done_when_carry_returns) {
  const auto descriptor = plain(TextureFormat::rgba8_unorm, 64, 64);
  auto publisher = open_vulkan(0);
  auto carrier = open(0, 1, descriptor);
  ASSERT_TRUE(ok(carrier));
  auto source = same((*carrier)->source());
  auto target = same((*carrier)->target());
  auto drawing = publisher.create_shareable_texture(descriptor);
  ASSERT_TRUE(ok(drawing));
  const auto bytes = content_of(descriptor);
  ASSERT_TRUE(ok(publisher.upload(*drawing, {}, bytes)));
  auto from = source.import_texture(Partners::must(publisher.export_texture(*drawing)));
  auto to = target.create_shareable_texture(descriptor);
  ASSERT_TRUE(ok(from) && ok(to));
  auto read = from->begin_read();
  auto write = to->begin_write();
  ASSERT_TRUE(ok(read) && ok(write));
  const TextureRegion whole;
  ASSERT_TRUE(ok((*carrier)->carry({&*from, &*read}, {&*to, &*write}, {&whole, 1})));
  EXPECT_TRUE(write->state().initialized);
  ASSERT_TRUE(ok(std::move(*read).end()));
  ASSERT_TRUE(ok(std::move(*write).end()));
  EXPECT_TRUE(holds(target, *to, {}, bytes));
  // A part of it: the rest stays as it is.
  auto model = bytes;
  const auto more = content_of(descriptor);
  ASSERT_TRUE(ok(publisher.upload(*drawing, {}, more)));
  const TextureRegion part{.offset = {5, 6, 0}, .extent = geyser::Extent3D{7, 9, 1}};
  auto again = from->begin_read();
  auto over = to->begin_write();
  ASSERT_TRUE(ok(again) && ok(over));
  ASSERT_TRUE(ok((*carrier)->carry({&*from, &*again}, {&*to, &*over}, {&part, 1})));
  ASSERT_TRUE(ok(std::move(*again).end()));
  ASSERT_TRUE(ok(std::move(*over).end()));
  const auto all = *geyser::region_layout(descriptor, {});
  const auto some = *geyser::region_layout(descriptor, part);
  const auto& info = *geyser::format_info(descriptor.format);
  geyser::test::paste(info, part, all, some, geyser::test::cut(info, part, all, some, more), model);
  EXPECT_TRUE(holds(target, *to, {}, model));
}

TEST_F(Carriers, what_cuda_does_not_take_is_refused_when_it_is_opened) {
  EXPECT_TRUE(fails(open(0, 1, plain(TextureFormat::rg11b10_float, 64, 64)), Errc::unsupported_format, "rg11b10_float"));
  EXPECT_TRUE(fails(open(0, 1, plain(TextureFormat::nv12, 64, 64)), Errc::unsupported_format, "nv12"));
  EXPECT_TRUE(ok(open(0, 1, plain(TextureFormat::bc7_rgba_unorm, 64, 64))));
  fail_function("cuExternalMemoryGetMappedMipmappedArray", 1, 801);
  EXPECT_TRUE(fails(open(0, 1, plain()), Errc::unsupported_format, "does not map"));
  stop_failing();
  Config config;
  config.peer_access = false;
  use_two(config);
  EXPECT_TRUE(fails(open(0, 1, plain()), Errc::unsupported_feature, "no peer access"));
}

TEST_F(Carriers, devices_that_cuda_does_not_show_are_refused_by_name) {
  geyser::DeviceIdentity a;
  a.device_uuid = uuid(0);
  geyser::DeviceIdentity b;
  b.device_uuid = uuid(1);
  geyser::DeviceIdentity other;
  other.device_uuid.bytes.fill(0x77);
  other.name = "Another GPU";
  EXPECT_TRUE(fails(geyser::detail::open_peer_carrier(a, a, plain()), Errc::unsupported_feature, "these are one"));
  EXPECT_TRUE(fails(geyser::detail::open_peer_carrier(a, other, plain()), Errc::unsupported_feature, "Another GPU"));
  EXPECT_TRUE(fails(geyser::detail::open_peer_carrier({}, b, plain()), Errc::unsupported_feature, "none that CUDA shows"));
}

TEST_F(Carriers, every_call_of_cuda_fails_once_while_frames_are_carried) {
  Config config;
  use_two(config);
  const auto descriptor = plain(TextureFormat::rgba8_unorm, 64, 32);
  auto publisher = open_vulkan(0);
  auto drawing = publisher.create_shareable_texture(descriptor);
  auto drawn = publisher.create_shared_semaphore({.kind = SemaphoreKind::timeline});
  ASSERT_TRUE(ok(drawing) && ok(drawn));
  const auto bytes = content_of(descriptor);
  ASSERT_TRUE(ok(publisher.upload(*drawing, {}, bytes, {.signal = SyncPoint{*drawn, 1}})));
  std::size_t failed = 0;
  for (std::uint64_t nth = 0; nth < 500; ++nth) {
    auto carrier = open(0, 1, descriptor);
    ASSERT_TRUE(ok(carrier));
    bool worked = false;
    {
      auto source = same((*carrier)->source());
      auto target = same((*carrier)->target());
      auto from = Partners::must(source.import_texture(Partners::must(publisher.export_texture(*drawing))));
      auto seen = Partners::must(source.import_semaphore(Partners::must(publisher.export_semaphore(*drawn))));
      auto to = Partners::must(target.create_shareable_texture(descriptor));
      auto written = Partners::must(target.create_shared_semaphore({.kind = SemaphoreKind::timeline}));
      const SyncPoint wait{seen, 1};
      const TextureState handed{.initialized = true, .layout = geyser::TextureLayout::general, .points = {}};
      auto read = Partners::must(from.begin_read({.state = handed, .wait_for = {&wait, 1}}));
      auto write = Partners::must(to.begin_write({.signal = SyncPoint{written, 1}}));
      const TextureRegion whole;
      if (nth > 0) fail_call(nth, 719);
      const auto done = (*carrier)->carry({&from, &read}, {&to, &write}, {&whole, 1});
      stop_failing();
      worked = done.has_value();
      if (!Private::signal_taken(write)) {
        EXPECT_FALSE(worked);
        Private::signal(write).reset();
      } else {
        EXPECT_TRUE(ok(written.wait(1, 1s))) << "a signal was promised";
      }
      static_cast<void>(std::move(read).end());
      static_cast<void>(std::move(write).end());
      if (worked) {
        EXPECT_TRUE(holds(target, to, {}, bytes));
      }
    }
    carrier->reset();
    const std::string function = nth > 0 ? injected() : "";
    ASSERT_TRUE(live_objects().empty()) << "call " << nth << ", " << function << ": " << live_objects().begin()->first;
    if (nth == 0) continue;
    if (function.empty()) break;
    // A look at whether a copy is over: it is asked again.
    EXPECT_TRUE(!worked || function == "cuEventQuery") << "call " << nth << ", " << function << " failed and nobody said so";
    ++failed;
  }
  EXPECT_GE(failed, 8U);
}

/// A frame whose signals do not come, because the GPUs hang.
class Hanging {
 public:
  Hanging(TextureShareManager& publisher, Carrier& carrier, const TextureDescriptor& descriptor)
      : source_(same(carrier.source())), target_(same(carrier.target())), bytes_(content_of(descriptor)) {
    drawing_ = Partners::must(publisher.create_shareable_texture(descriptor));
    EXPECT_TRUE(ok(publisher.upload(*drawing_, {}, bytes_)));
    from_ = Partners::must(source_.import_texture(Partners::must(publisher.export_texture(*drawing_))));
    to_ = Partners::must(target_.create_shareable_texture(descriptor));
    released_ = Partners::must(source_.create_shared_semaphore({.kind = SemaphoreKind::timeline}));
    written_ = Partners::must(target_.create_shared_semaphore({.kind = SemaphoreKind::timeline}));
    hold_streams(true);
  }
  /// What the carrier makes for its first frame, it makes while the GPUs hang.
  void carry(Carrier& carrier) {
    auto read = Partners::must(from_->begin_read({.signal = SyncPoint{released_, 1}}));
    auto write = Partners::must(to_->begin_write({.signal = SyncPoint{written_, 1}}));
    const TextureRegion whole;
    const auto start = std::chrono::steady_clock::now();
    ASSERT_TRUE(ok(carrier.carry({&*from_, &read}, {&*to_, &write}, {&whole, 1})));
    EXPECT_LT(std::chrono::steady_clock::now() - start, 1s) << "the CPU waited for the GPU";
    ASSERT_TRUE(ok(std::move(read).end()));
    ASSERT_TRUE(ok(std::move(write).end()));
  }
  /// Two seconds, because their last signals do not come; each in a thread of its own. With `carrier`, that goes at the same time.
  void destroy_textures(std::unique_ptr<Carrier>* carrier = nullptr) {
    const auto memories = live_objects().at("external memory");
    const auto start = std::chrono::steady_clock::now();
    {
      const auto source = std::async(std::launch::async, [this] { from_.reset(); });
      const auto target = std::async(std::launch::async, [this] { to_.reset(); });
      if (carrier != nullptr) carrier->reset();
    }
    EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
    EXPECT_EQ(live_objects().at("external memory"), memories) << "memory is gone that the GPU may still use";
    EXPECT_EQ(live_objects().at("stream"), 3U) << "a stream is destroyed under its work";
  }
  void go_on() {
    hold_streams(false);
    ASSERT_TRUE(ok(written_.wait(1, 5s))) << "it only was slow, and what it needed is there";
    ASSERT_TRUE(ok(released_.wait(1, 5s)));
  }
  void check_content() { EXPECT_TRUE(holds(target_, *to_, {}, bytes_)); }

 private:
  TextureShareManager source_;
  TextureShareManager target_;
  std::vector<std::byte> bytes_;
  std::optional<SharedTexture> drawing_;
  std::optional<SharedTexture> from_;
  std::optional<SharedTexture> to_;
  SharedSemaphore released_;
  SharedSemaphore written_;
};

TEST_F(Carriers, a_gpu_that_hangs_holds_up_nobody_and_keeps_what_it_may_still_write) {
  const auto fds = fake_vulkan::process_fds();
  const auto descriptor = plain(TextureFormat::rgba8_unorm, 64, 32);
  {
    auto publisher = open_vulkan(0);
    auto carrier = open(0, 1, descriptor);
    ASSERT_TRUE(ok(carrier));
    Hanging frame(publisher, **carrier, descriptor);
    frame.carry(**carrier);
    frame.destroy_textures(&*carrier);
    frame.go_on();
  }
  shut_down();
  fake_vulkan::reset();
  left_behind_ = fake_vulkan::process_fds() - fds;
}

TEST_F(Carriers, a_gpu_that_goes_on_again_keeps_nothing) {
  const auto descriptor = plain(TextureFormat::rgba8_unorm, 64, 32);
  auto publisher = open_vulkan(0);
  auto carrier = open(0, 1, descriptor);
  ASSERT_TRUE(ok(carrier));
  {
    Hanging frame(publisher, **carrier, descriptor);
    frame.carry(**carrier);
    frame.go_on();
    frame.check_content();
  }
  Hanging frame(publisher, **carrier, descriptor);
  frame.carry(**carrier);
  frame.destroy_textures();
  frame.go_on();
  carrier->reset();
}

/// Two real Vulkan devices, both of which the emulated driver says it has.
class CarriedBetweenDrivers : public Fixture {
 protected:
  void SetUp() override {
    const auto* lavapipe = geyser::test::find_device("lavapipe");
    const auto* swiftshader = geyser::test::find_device("swiftshader");
    if (lavapipe == nullptr || swiftshader == nullptr) GTEST_SKIP() << "lavapipe and SwiftShader are not both installed";
    a_ = Partners::must(geyser::test::Participant::open(*lavapipe));
    b_ = Partners::must(geyser::test::Participant::open(*swiftshader));
    Config config;
    config.asynchronous = true;
    config.devices = {DeviceConfig{}, DeviceConfig{}};
    config.devices[0].uuid = lavapipe->identity.device_uuid.bytes;
    config.devices[1].uuid = swiftshader->identity.device_uuid.bytes;
    config.memory_mark = mark();
    ASSERT_FALSE(config.memory_mark.empty());
    reset(config);
  }
  void TearDown() override {
    if (!a_) return;
    join();
    drain();
    EXPECT_EQ(live_objects(), (std::map<std::string, std::size_t>{}));
  }
  /// The 16 bytes behind size and offset at the head of a memory file that lavapipe exports.
  std::vector<std::uint8_t> mark() {
    auto texture = Partners::must(a_->manager().create_shareable_texture(plain(TextureFormat::rgba8_unorm, 64, 16)));
    auto handle = Partners::must(a_->manager().export_texture(texture));
    std::vector<std::uint8_t> bytes(16);
    return ::pread(handle.handles[0].fd(), bytes.data(), bytes.size(), 16) == 16 ? bytes : std::vector<std::uint8_t>();
  }
  std::unique_ptr<geyser::test::Participant> a_;
  std::unique_ptr<geyser::test::Participant> b_;
};

TEST_F(CarriedBetweenDrivers, frames_cross_both_ways) {
  // Rows of whole 64 bytes and one level: laid out alike by the emulated arrays and both drivers.
  const auto descriptor = plain(TextureFormat::rgba8_unorm, 64, 32);
  for (const bool back : {false, true}) {
    SCOPED_TRACE(back ? "SwiftShader to lavapipe" : "lavapipe to SwiftShader");
    auto& from = back ? *b_ : *a_;
    auto& to = back ? *a_ : *b_;
    auto carrier = geyser::detail::open_peer_carrier(from.entry().identity, to.entry().identity, descriptor);
    ASSERT_TRUE(ok(carrier));
    Line line(from.manager(), **carrier, to.manager(), descriptor, SemaphoreKind::host_timeline);
    for (int i = 0; i < 8; ++i) line.frame();
  }
}

}  // namespace
}  // namespace fake_cuda
