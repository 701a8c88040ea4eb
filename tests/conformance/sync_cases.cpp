// The rungs of the ladder one by one: every semaphore kind and handle type that both sides have, and what the manager builds on them.
#include "pair.hpp"

#include <chrono>
#include <thread>

namespace geyser::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

TextureDescriptor small_texture() {
  TextureDescriptor descriptor;
  descriptor.extent = {16, 8, 1};
  descriptor.format = TextureFormat::rgba8_unorm;
  descriptor.label = "sync case";
  return descriptor;
}

std::vector<std::byte> bytes_for(std::uint64_t seed) {
  Random random(seed);
  return random_content(random, *format_info(TextureFormat::rgba8_unorm), 0, 16 * 8 * 4);
}

void expect_content(TextureShareManager& manager, SharedTexture& texture, const std::vector<std::byte>& wanted,
                    const AccessInfo& info = {}) {
  std::vector<std::byte> found(wanted.size());
  poison(found);
  ASSERT_TRUE(ok(manager.read_back(texture, {}, found, info)));
  EXPECT_TRUE(same_content(*format_info(TextureFormat::rgba8_unorm), 0, wanted, found));
}

// A wait that must time out: bounded, and the message names what is missing.
template <class Wait>
void expect_time_out(Wait&& wait, std::string_view part) {
  const auto start = Clock::now();
  EXPECT_TRUE(fails(wait(), Errc::timed_out, part));
  EXPECT_LT(Clock::now() - start, 5s) << "the wait is not bounded by its time-out";
}

void timeline_values(Link& link) {
  const SharedSemaphore& a = link.semaphore(Who::exporter);
  const SharedSemaphore& b = link.semaphore(Who::importer);
  const std::uint64_t base = link.last_value();
  for (std::uint64_t i = 0; i < 4; ++i) ASSERT_GT(link.next_value(), base);
  ASSERT_TRUE(ok(a.signal(base + 2)));
  ASSERT_TRUE(ok(b.wait(base + 2, 5s)));
  auto value = b.value();
  ASSERT_TRUE(ok(value));
  EXPECT_EQ(*value, base + 2);
  expect_time_out([&] { return b.wait(base + 3, 20ms); }, std::to_string(base + 3));
  EXPECT_TRUE(fails(b.signal(base + 1), Errc::invalid_argument, std::to_string(base + 2)));
  std::thread late([&] {
    std::this_thread::sleep_for(10ms);
    EXPECT_TRUE(ok(b.signal(base + 4)));
  });
  EXPECT_TRUE(ok(a.wait(base + 4, 5s))) << "the importer's signal does not wake the exporter";
  late.join();
  auto back = a.value();
  ASSERT_TRUE(ok(back));
  EXPECT_EQ(*back, base + 4);
}

// Content passes both ways over this rung, the waits being on the GPU where the backend has one.
void content_over(Link& link) {
  auto exchange = Exchange::create(link, small_texture());
  ASSERT_TRUE(ok(exchange));
  for (std::uint64_t round = 0; round < 8; ++round) {
    const Who writer = round % 2 == 0 ? Who::exporter : Who::importer;
    const auto bytes = bytes_for(round + 1);
    ASSERT_TRUE(ok(exchange->write(writer, {}, bytes)));
    std::vector<std::byte> found(bytes.size());
    poison(found);
    ASSERT_TRUE(ok(exchange->read(other(writer), {}, found)));
    ASSERT_TRUE(same_content(*format_info(TextureFormat::rgba8_unorm), 0, bytes, found)) << "round " << round;
  }
}

// sync_fd: the pending signal is taken out of the semaphore by the export, so each hand-over is a new handle.
void content_over_sync_fd(Pair& pair) {
  const auto exporter = [&]() -> TextureShareManager& { return pair.exporter().manager(); };
  const auto importer = [&]() -> TextureShareManager& { return pair.importer().manager(); };
  auto texture = exporter().create_shareable_texture(small_texture());
  ASSERT_TRUE(ok(texture));
  auto handle = exporter().export_texture(*texture);
  ASSERT_TRUE(ok(handle));
  auto twin = importer().import_texture(std::move(*handle));
  ASSERT_TRUE(ok(twin));
  auto semaphore = exporter().create_shared_semaphore({.kind = SemaphoreKind::binary, .initial_value = 0, .label = {}});
  ASSERT_TRUE(ok(semaphore));
  EXPECT_TRUE(fails(exporter().export_semaphore(*semaphore, SemaphoreHandleType::sync_fd), Errc::invalid_state))
      << "without a submitted signal there is nothing to export";
  for (std::uint64_t round = 0; round < 4; ++round) {
    const auto bytes = bytes_for(100 + round);
    AccessInfo info;
    info.signal = SyncPoint{*semaphore, 1};
    ASSERT_TRUE(ok(exporter().upload(*texture, {}, bytes, info)));
    auto sent = exporter().export_semaphore(*semaphore, SemaphoreHandleType::sync_fd);
    ASSERT_TRUE(ok(sent));
    auto received = importer().import_semaphore(std::move(*sent));
    ASSERT_TRUE(ok(received));
    AccessInfo read;
    TextureState state;
    state.initialized = true;
    state.layout = texture->state().layout;
    state.points.push_back({*received, 1});
    read.state = state;
    expect_content(importer(), *twin, bytes, read);
    // The signal was taken away: the exporter's next access must not wait for it.
    AccessInfo own;
    TextureState clean = texture->state();
    clean.points.clear();
    own.state = clean;
    expect_content(exporter(), *texture, bytes, own);
  }
}

void run_rung(Pair& pair, const SemaphoreHandleSupport& offered) {
  CaseRecord record = pair.record("sync", {}, std::string(to_string(offered.kind)) + "_semaphore", std::string(to_string(offered.type)));
  if (!offered.can_export || !pair.importer().manager().capabilities().imports(offered.kind, offered.type)) {
    EXPECT_FALSE(offered.can_export && offered.why_not.empty() && !pair.vulkan());
    record.outcome = Outcome::skipped;
    record.why = offered.why_not.empty() ? "the importer cannot import it" : offered.why_not;
    EXPECT_FALSE(record.why.empty());
    ledger().add(std::move(record));
    return;
  }
  record_case(pair, std::move(record), [&] {
    if (offered.type == SemaphoreHandleType::sync_fd) return content_over_sync_fd(pair);
    auto link = Link::create(pair.exporter(), pair.importer(), offered.kind, offered.type);
    ASSERT_TRUE(ok(link));
    EXPECT_EQ(link->semaphore(Who::importer).kind(), offered.kind);
    if (offered.kind != SemaphoreKind::binary) {
      ASSERT_NO_FATAL_FAILURE(timeline_values(*link));
    }
    ASSERT_NO_FATAL_FAILURE(content_over(*link));
  });
}

void semaphores(Pair& pair) {
  for (const auto& offered : pair.exporter().manager().capabilities().semaphores) run_rung(pair, offered);
  for (const auto& offered : pair.exporter().manager().capabilities().memory) {
    if (offered.can_export && offered.can_import) continue;
    EXPECT_FALSE(offered.why_not.empty()) << to_string(offered.type) << " is not offered and nobody says why";
    CaseRecord record = pair.record("handle types", {}, "texture", std::string(to_string(offered.type)));
    record.outcome = Outcome::skipped;
    record.why = offered.why_not;
    ledger().add(std::move(record));
  }
}

// The ready semaphore travels with the texture; announcing and waiting need nothing else.
void ready_semaphore(Pair& pair) {
  const auto exporter = [&]() -> TextureShareManager& { return pair.exporter().manager(); };
  const auto importer = [&]() -> TextureShareManager& { return pair.importer().manager(); };
  auto texture = exporter().create_shareable_texture(small_texture());
  ASSERT_TRUE(ok(texture));
  EXPECT_TRUE(fails(exporter().signal_texture_ready(*texture), Errc::invalid_state, "attach_semaphore"));
  auto chosen = negotiate(exporter().capabilities(), importer().capabilities());
  ASSERT_TRUE(ok(chosen));
  auto semaphore = exporter().create_shared_semaphore({.kind = chosen->semaphore, .initial_value = 0, .label = "ready"});
  ASSERT_TRUE(ok(semaphore));
  ASSERT_TRUE(ok(exporter().attach_semaphore(*texture, *semaphore)));
  EXPECT_EQ(exporter().attached_semaphore(*texture), *semaphore);
  auto handle = exporter().export_texture(*texture);
  ASSERT_TRUE(ok(handle));
  ASSERT_TRUE(handle->ready_semaphore.has_value());
  EXPECT_FALSE(handle->info.initialized);
  auto twin = importer().import_texture(std::move(*handle));
  ASSERT_TRUE(ok(twin));
  ASSERT_TRUE(static_cast<bool>(importer().attached_semaphore(*twin)));
  std::vector<std::byte> nothing(16 * 8 * 4);
  EXPECT_TRUE(fails(importer().read_back(*twin, {}, nothing), Errc::not_initialized));

  const bool binary = chosen->semaphore == SemaphoreKind::binary;
  // A wait that is submitted for a binary semaphore stays submitted after its time-out and takes the signal, so only timelines are kept
  // waiting.
  if (!binary) expect_time_out([&] { return importer().wait_for_texture(*twin, 20ms); }, "did not signal");
  for (std::uint64_t round = 1; round <= 3; ++round) {
    const auto bytes = bytes_for(200 + round);
    ASSERT_TRUE(ok(exporter().upload(*texture, {}, bytes)));
    auto point = exporter().signal_texture_ready(*texture);
    ASSERT_TRUE(ok(point));
    auto reached = importer().wait_for_texture(*twin, 5s);
    ASSERT_TRUE(ok(reached));
    EXPECT_EQ(*reached, point->value);
    AccessInfo info;
    TextureState state;
    state.initialized = true;
    state.layout = texture->state().layout;
    info.state = state;
    expect_content(importer(), *twin, bytes, info);
    if (!binary) expect_time_out([&] { return importer().wait_for_texture(*twin, 5ms); }, "did not signal");
  }
}

// With a ready semaphore attached, an access that names no point of its own may leave the announcing to signal_texture_ready().
void late_signal_wakes(Pair& pair) {
  const auto exporter = [&]() -> TextureShareManager& { return pair.exporter().manager(); };
  const auto importer = [&]() -> TextureShareManager& { return pair.importer().manager(); };
  auto texture = exporter().create_shareable_texture(small_texture());
  ASSERT_TRUE(ok(texture));
  auto chosen = negotiate(exporter().capabilities(), importer().capabilities());
  ASSERT_TRUE(ok(chosen));
  auto semaphore = exporter().create_shared_semaphore({.kind = chosen->semaphore, .initial_value = 0, .label = {}});
  ASSERT_TRUE(ok(semaphore));
  ASSERT_TRUE(ok(exporter().attach_semaphore(*texture, *semaphore)));
  auto handle = exporter().export_texture(*texture);
  ASSERT_TRUE(ok(handle));
  auto twin = importer().import_texture(std::move(*handle));
  ASSERT_TRUE(ok(twin));
  const auto bytes = bytes_for(300);
  // Waiting on the host is right in any thread; copying is not, with OpenGL.
  Result<std::uint64_t> reached = Error(Errc::internal, "nobody has waited yet");
  TextureShareManager& waiting = importer();
  std::thread consumer([&] { reached = waiting.wait_for_texture(*twin, 10s); });
  std::this_thread::sleep_for(20ms);
  EXPECT_TRUE(ok(exporter().upload(*texture, {}, bytes)));
  EXPECT_TRUE(ok(exporter().signal_texture_ready(*texture)));
  consumer.join();
  ASSERT_TRUE(ok(reached));
  TextureState state;
  state.initialized = true;
  state.layout = texture->state().layout;
  AccessInfo info;
  info.state = state;
  expect_content(importer(), *twin, bytes, info);
}

// 200 turns with changing content: one missed wait shows as old content.
void alternation(Pair& pair) {
  auto link = Link::create(pair.exporter(), pair.importer());
  ASSERT_TRUE(ok(link));
  auto exchange = Exchange::create(*link, small_texture());
  ASSERT_TRUE(ok(exchange));
  for (std::uint64_t round = 0; round < 200; ++round) {
    const Who writer = round % 2 == 0 ? Who::exporter : Who::importer;
    const auto bytes = bytes_for(1000 + round);
    ASSERT_TRUE(ok(exchange->write(writer, {}, bytes))) << "round " << round;
    std::vector<std::byte> found(bytes.size());
    poison(found);
    ASSERT_TRUE(ok(exchange->read(other(writer), {}, found))) << "round " << round;
    ASSERT_TRUE(same_content(*format_info(TextureFormat::rgba8_unorm), 0, bytes, found)) << "round " << round;
  }
}

// A point of the other side's semaphore object is refused: points are translated, never passed across.
void foreign_points(Pair& pair) {
  auto link = Link::create(pair.exporter(), pair.importer());
  ASSERT_TRUE(ok(link));
  auto exchange = Exchange::create(*link, small_texture());
  ASSERT_TRUE(ok(exchange));
  const auto bytes = bytes_for(5);
  AccessInfo info;
  info.signal = SyncPoint{link->semaphore(Who::importer), 1};
  EXPECT_TRUE(fails(pair.exporter().manager().upload(exchange->texture(Who::exporter), {}, bytes, info), Errc::device_mismatch));
  auto handle = pair.importer().manager().export_texture(exchange->texture(Who::importer));
  EXPECT_TRUE(fails(handle, Errc::unsupported_handle));
}

void sync_case(Pair& pair, const char* name, void (*body)(Pair&)) {
  record_case(pair, pair.record("sync", {}, name, {}), [&] { body(pair); });
}

}  // namespace

void add_sync_tests(const std::shared_ptr<Pair>& pair) {
  add_test(pair, "sync_semaphores", &semaphores);
  add_test(pair, "sync_ready_semaphore", [](Pair& p) { sync_case(p, "ready_semaphore", &ready_semaphore); });
  add_test(pair, "sync_late_signal_wakes", [](Pair& p) {
    const auto best = negotiate(p.exporter().manager().capabilities(), p.importer().manager().capabilities());
    ASSERT_TRUE(ok(best));
    if (best->semaphore != SemaphoreKind::binary) return sync_case(p, "late_signal_wakes", &late_signal_wakes);
    CaseRecord record = p.record("sync", {}, "late_signal_wakes", "binary");
    record.outcome = Outcome::skipped;
    record.why = "Vulkan forbids a binary wait before its signal; ready_semaphore covers the rest";
    ledger().add(std::move(record));
  });
  add_test(pair, "sync_alternation", [](Pair& p) { sync_case(p, "alternation", &alternation); });
  add_test(pair, "sync_foreign_points", [](Pair& p) { sync_case(p, "foreign_points", &foreign_points); });
}

}  // namespace geyser::test
