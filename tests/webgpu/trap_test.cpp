// Three traps of Dawn that the backend keeps away from its users, each shown to be there first where that is possible.
#include <fcntl.h>
#include <unistd.h>

#include "support/process.hpp"
#include "webgpu/fixture.hpp"
#include "webgpu/layer_log.hpp"
#include "webgpu/shared_by_hand.hpp"

namespace geyser::test::dawn {
namespace {

using Trap = DawnTest;

// The positive control of every test here: a message about Dawn's own instance would be seen. One WGPUTexture is used for access after
// access, which Dawn answers with a barrier from UNDEFINED (VUID-VkImageMemoryBarrier-newLayout-01198 and its kin).
TEST_F(Trap, one_texture_for_many_accesses_is_what_the_layer_complains_about) {
  auto hand = SharedByHand::create(sides());
  ASSERT_NE(hand, nullptr);
  WGPUTexture one = hand->create_texture();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(hand->begin(one));
    Fetch fetched = gpu().fetch(one, hand->descriptor());
    ASSERT_TRUE(hand->end(one));
    EXPECT_FALSE(fetched.bytes().empty());
  }
  DAWN(TextureRelease)(one);
  ASSERT_TRUE(gpu().finish());
  const std::string messages = take_layer_messages();
  EXPECT_NE(messages.find("VUID-"), std::string::npos) << "the layer is silent, so that no test here can find anything: " << messages;
}

TEST_F(Trap, a_texture_of_its_own_for_each_access_is_what_the_backend_gives) {
  auto both = share(plain());
  ASSERT_TRUE(ok(both));
  const auto bytes = fill(both->vulkan);
  for (int i = 0; i < 20; ++i) {
    auto access = both->dawn.begin_read();
    ASSERT_TRUE(ok(access));
    auto texture = webgpu::acquire(*access);
    ASSERT_TRUE(ok(texture));
    Fetch fetched = gpu().fetch(*texture, both->dawn.descriptor());
    ASSERT_TRUE(ok(webgpu::release(*access)));
    ASSERT_TRUE(ok(std::move(*access).end()));
    EXPECT_EQ(fetched.bytes(), bytes);
  }
}

// After release() the texture is out of the access: Dawn refuses its use by name, and the next access works.
TEST_F(Trap, use_outside_of_an_access_is_refused_by_dawn) {
  auto both = share(plain());
  ASSERT_TRUE(ok(both));
  const auto bytes = fill(both->vulkan);
  auto access = both->dawn.begin_read();
  ASSERT_TRUE(ok(access));
  auto texture = webgpu::acquire(*access);
  ASSERT_TRUE(ok(texture));
  WGPUCommandBuffer late = gpu().record_copy(*texture, both->dawn.descriptor());
  ASSERT_TRUE(ok(webgpu::release(*access)));
  ASSERT_TRUE(ok(std::move(*access).end()));
  const std::string said = gpu().errors_of([&] { gpu().submit(late); });
  EXPECT_NE(said.find("submit"), std::string::npos) << said;
  auto found = fetch(both->dawn);
  ASSERT_TRUE(ok(found));
  EXPECT_EQ(*found, bytes);
}

// Dawn's memory object is poisoned for ever by a begin that fails: what the backend refuses must not reach it.
TEST_F(Trap, every_refusal_leaves_a_texture_that_works) {
  auto descriptor = plain();
  auto both = share(descriptor);
  ASSERT_TRUE(ok(both));
  auto bytes = fill(both->vulkan);
  const auto still_works = [&] {
    auto found = fetch(both->dawn);
    EXPECT_TRUE(ok(found));
    EXPECT_TRUE(found && *found == bytes);
    bytes = content_of(random(), descriptor);
    EXPECT_TRUE(ok(put(both->dawn, bytes)));
    std::vector<std::byte> read(bytes.size());
    poison(read);
    EXPECT_TRUE(ok(vulkan().read_back(both->vulkan, {}, read)));
    EXPECT_EQ(read, bytes);
  };
  // Points of another manager.
  auto foreign = vulkan().create_shared_semaphore();
  ASSERT_TRUE(ok(foreign));
  const SyncPoint point{*foreign, 1};
  EXPECT_TRUE(fails(both->dawn.begin_read({.wait_for = {&point, 1}}), Errc::device_mismatch));
  still_works();
  // A second reader while the first is acquired: Dawn's Vulkan backend has no concurrent reads.
  {
    auto first = both->dawn.begin_read();
    auto second = both->dawn.begin_read();
    ASSERT_TRUE(ok(first));
    ASSERT_TRUE(ok(second));
    ASSERT_TRUE(ok(webgpu::acquire(*first)));
    EXPECT_TRUE(fails(webgpu::acquire(*second), Errc::invalid_state));
    ASSERT_TRUE(ok(webgpu::release(*first)));
    ASSERT_TRUE(ok(std::move(*first).end()));
    ASSERT_TRUE(ok(std::move(*second).end()));
  }
  still_works();
  // A point that nobody signals: bounded, and named.
  auto never = dawn().create_shared_semaphore({.kind = SemaphoreKind::host_timeline});
  if (never) {
    const SyncPoint late{*never, 1};
    auto access = both->dawn.begin_read({.wait_for = {&late, 1}});
    ASSERT_TRUE(ok(access));
    EXPECT_TRUE(fails(access->wait(std::chrono::milliseconds(20)), Errc::timed_out));
    static_cast<void>(std::move(*access).end());
    ASSERT_TRUE(ok(never->signal(1)));
    still_works();
  }
}

// A descriptor of another kind, or of too little, ends a process inside of the driver or of Dawn: refused before they see it.
TEST_F(Trap, wrong_descriptors_are_refused_before_import) {
  auto child = Child::start({"--child", "wrong-descriptors"});
  ASSERT_TRUE(ok(child));
  const auto status = child->wait(std::chrono::seconds(60));
  ASSERT_TRUE(ok(status));
  EXPECT_EQ(*status, 0) << "the child's own words are above; 134 is an abort";
}

}  // namespace
}  // namespace geyser::test::dawn
