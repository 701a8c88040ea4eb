// Objects die in any order; nothing is freed twice, nothing stays.
#include <algorithm>
#include <array>
#include <functional>

#include "fixture.hpp"
#include "geyser/pool.hpp"
#include "handles.hpp"
#include "support/log_capture.hpp"

namespace geyser::test {
namespace {

// Peers freed the memory behind their allocator's back, or the image before its memory, depending on who died first.
TEST_P(OnDevice, EveryOrderOfDestruction) {
  auto own = fresh();
  auto other = fresh();
  ASSERT_NE(own, nullptr);
  ASSERT_NE(other, nullptr);
  expect_working(own->manager());
  expect_working(other->manager());
  const std::size_t before = open_descriptors();
  std::array<int, 5> order{0, 1, 2, 3, 4};
  const auto bytes = content(texture(), 21);
  int rounds = 0;
  do {
    std::optional<SharedTexture> made;
    std::optional<TextureHandle> handle;
    std::optional<SharedTexture> twin;
    std::optional<SharedTexture> second_twin;
    std::optional<SharedSemaphore> semaphore;
    auto a = own->second_manager();
    auto b = other->second_manager();
    ASSERT_TRUE(ok(a));
    ASSERT_TRUE(ok(b));
    {
      auto created = a->create_shareable_texture(texture());
      ASSERT_TRUE(ok(created));
      made = std::move(*created);
      auto ready = a->create_shared_semaphore();
      ASSERT_TRUE(ok(ready));
      semaphore = std::move(*ready);
      ASSERT_TRUE(ok(a->attach_semaphore(*made, *semaphore)));
      ASSERT_TRUE(ok(a->upload(*made, {}, bytes)));
      for (auto* slot : {&twin, &second_twin}) {
        auto exported = a->export_texture(*made);
        ASSERT_TRUE(ok(exported));
        auto imported = b->import_texture(std::move(*exported));
        ASSERT_TRUE(ok(imported));
        *slot = std::move(*imported);
      }
      auto exported = a->export_texture(*made);
      ASSERT_TRUE(ok(exported));
      handle = std::move(*exported);
    }
    const std::array<std::function<void()>, 5> destroy{[&] { made.reset(); }, [&] { handle.reset(); }, [&] { twin.reset(); },
                                                       [&] { second_twin.reset(); }, [&] { semaphore.reset(); }};
    for (const int i : order) {
      destroy[static_cast<std::size_t>(i)]();
      // Whoever is left keeps the content.
      if (twin) expect_content(*b, *twin, bytes);
      if (made) expect_content(*a, *made, bytes);
      ASSERT_FALSE(HasFatalFailure());
    }
    ++rounds;
  } while (std::next_permutation(order.begin(), order.end()));
  EXPECT_EQ(rounds, 120);
  EXPECT_LE(open_descriptors(), before + handles_of_contended_locks());
  EXPECT_EQ(own->validation_messages() + other->validation_messages(), 0U);
}

TEST_P(OnDevice, TextureOutlivesItsManager) {
  auto own = fresh();
  ASSERT_NE(own, nullptr);
  const auto bytes = content(texture(), 31);
  auto made = own->manager().create_shareable_texture(texture());
  ASSERT_TRUE(ok(made));
  ASSERT_TRUE(ok(own->manager().upload(*made, {}, bytes)));
  auto handle = own->manager().export_texture(*made);
  ASSERT_TRUE(ok(handle));
  auto semaphore = own->manager().create_shared_semaphore();
  ASSERT_TRUE(ok(semaphore));
  own->destroy_manager();
  own.reset();  // the device of ours lives on in the texture
  EXPECT_TRUE(made->state().initialized);
  auto access = made->begin_read();
  ASSERT_TRUE(ok(access));
  EXPECT_TRUE(ok(std::move(*access).end()));
  if (semaphore->kind() != SemaphoreKind::binary) {
    EXPECT_TRUE(ok(semaphore->signal(4)));
    EXPECT_TRUE(ok(semaphore->wait(4, std::chrono::seconds(1))));
  }
  auto twin = importer().import_texture(std::move(*handle));
  ASSERT_TRUE(ok(twin));
  expect_content(importer(), *twin, bytes);
}

TEST_P(OnDevice, ManagerDestroyedWithAccessOpen) {
  auto own = fresh();
  ASSERT_NE(own, nullptr);
  auto made = own->manager().create_shareable_texture(texture());
  ASSERT_TRUE(ok(made));
  auto access = made->begin_write();
  ASSERT_TRUE(ok(access));
  {
    const SharedTexture gone = std::move(*made);
  }
  own->destroy_manager();
  EXPECT_EQ(access->descriptor(), texture()) << "the access keeps the texture";
  EXPECT_TRUE(ok(std::move(*access).end()));
}

// The signal that an ended access promised never comes: destruction is bounded, says so, and frees in the end.
TEST_P(OnDevice, DestructionWithoutThePromisedSignalIsBounded) {
  expect_logged_errors();
  auto own = fresh();
  ASSERT_NE(own, nullptr);
  auto semaphore = own->manager().create_shared_semaphore({.kind = SemaphoreKind::host_timeline, .initial_value = 0, .label = {}});
  ASSERT_TRUE(ok(semaphore));
  const std::size_t mark = log_mark();
  const auto start = std::chrono::steady_clock::now();
  {
    auto made = own->manager().create_shareable_texture(texture());
    ASSERT_TRUE(ok(made));
    AccessInfo info;
    info.signal = SyncPoint{*semaphore, 9};
    auto access = made->begin_write(info);
    ASSERT_TRUE(ok(access));
    EXPECT_TRUE(ok(std::move(*access).end()));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  const auto lines = lines_since(mark, LogLevel::error);
  ASSERT_FALSE(lines.empty()) << "nobody is told that the signal never came";
  EXPECT_NE(lines[0].text.find('9'), std::string::npos) << lines[0].text;
  expect_working(own->manager());
  own->destroy_manager();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(8));
}

TEST_P(OnDevice, PoolHandsBackCleanTextures) {
  TexturePool pool(exporter(), 2);
  const auto bytes = content(texture(), 41);
  {
    auto first = pool.acquire(texture());
    ASSERT_TRUE(ok(first));
    EXPECT_FALSE(first->reused());
    ASSERT_TRUE(ok(exporter().upload(**first, {}, bytes)));
  }
  EXPECT_EQ(pool.idle(), 1U);
  auto again = pool.acquire(texture());
  ASSERT_TRUE(ok(again));
  EXPECT_TRUE(again->reused());
  std::vector<std::byte> found(bytes.size());
  EXPECT_TRUE(fails(exporter().read_back(**again, {}, found), Errc::not_initialized)) << "content of the loan before is not content";
  auto other = pool.acquire(texture(TextureFormat::bgra8_unorm));
  ASSERT_TRUE(ok(other));
  EXPECT_FALSE(other->reused()) << "another format is another texture";
}

TEST_P(OnDevice, MovedFromObjectsAreRefused) {
  auto made = exporter().create_shareable_texture(texture());
  ASSERT_TRUE(ok(made));
  SharedTexture taken = std::move(*made);
  std::vector<std::byte> bytes(16);
  EXPECT_TRUE(fails(exporter().export_texture(*made), Errc::invalid_argument));
  EXPECT_TRUE(fails(exporter().export_semaphore(SharedSemaphore()), Errc::invalid_argument));
  auto access = taken.begin_write();
  ASSERT_TRUE(ok(access));
  Access moved = std::move(*access);
  EXPECT_TRUE(fails(std::move(*access).end(), Errc::invalid_state));
  EXPECT_TRUE(ok(std::move(moved).end()));
}

}  // namespace
}  // namespace geyser::test
