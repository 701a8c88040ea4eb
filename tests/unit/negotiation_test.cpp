// negotiate(), common_modifiers() and explain(): the ladder, and the reasons for every rung that is left out.
#include <algorithm>
#include <string>
#include <vector>

#include "check.hpp"
#include "geyser/capabilities.hpp"

namespace geyser {
namespace {

using unit::fails;
using unit::ok;
using M = MemoryHandleType;
using S = SemaphoreHandleType;
using K = SemaphoreKind;

/// A device that can do everything that Linux has, best first.
[[nodiscard]] Capabilities able(std::uint8_t device, std::string name) {
  Capabilities c;
  c.identity.device_uuid.bytes[0] = device;
  c.identity.driver_uuid.bytes[0] = 7;
  c.identity.name = std::move(name);
  c.memory = {{M::opaque_fd, true, true, ""}, {M::dma_buf, true, true, ""}, {M::shared_memory, true, true, ""}};
  c.semaphores = {{K::timeline, S::opaque_fd, true, true, ""},
                  {K::binary, S::opaque_fd, true, true, ""},
                  {K::binary, S::sync_fd, true, true, ""},
                  {K::host_timeline, S::host_page, true, true, ""}};
  return c;
}
[[nodiscard]] bool holds(const std::vector<std::string>& list, std::string_view start, std::string_view part) {
  return std::ranges::any_of(list, [&](const std::string& s) { return s.starts_with(start) && s.find(part) != std::string::npos; });
}

TEST(Negotiate, same_device_takes_the_best_rung) {
  auto n = negotiate(able(1, "a"), able(1, "a"));
  ASSERT_TRUE(ok(n));
  EXPECT_EQ(n->memory, M::opaque_fd);
  EXPECT_EQ(n->semaphore, K::timeline);
  EXPECT_EQ(n->semaphore_handle, S::opaque_fd);
  EXPECT_TRUE(n->same_device);
  EXPECT_TRUE(n->rejected.empty());
}

TEST(Negotiate, other_device_leaves_the_opaque_rungs_out) {
  auto n = negotiate(able(1, "left"), able(2, "right"));
  ASSERT_TRUE(ok(n));
  EXPECT_FALSE(n->same_device);
  EXPECT_EQ(n->memory, M::dma_buf);
  EXPECT_EQ(n->semaphore, K::binary);
  EXPECT_EQ(n->semaphore_handle, S::sync_fd);
  ASSERT_EQ(n->rejected.size(), 3U);
  EXPECT_TRUE(holds(n->rejected, "opaque_fd: ", "device UUIDs differ"));
  EXPECT_TRUE(holds(n->rejected, "timeline opaque_fd: ", "left"));
  EXPECT_TRUE(holds(n->rejected, "binary opaque_fd: ", "right"));
}

TEST(Negotiate, shared_memory_needs_no_common_device) {
  Capabilities a = able(1, "a");
  Capabilities b = able(2, "b");
  a.memory = {{M::opaque_fd, true, true, ""}, {M::shared_memory, true, true, ""}};
  b.memory = a.memory;
  auto n = negotiate(a, b);
  ASSERT_TRUE(ok(n));
  EXPECT_EQ(n->memory, M::shared_memory);
}

TEST(Negotiate, order_is_the_exporters) {
  Capabilities a = able(1, "a");
  std::ranges::reverse(a.memory);
  std::ranges::reverse(a.semaphores);
  auto n = negotiate(a, able(1, "a"));
  ASSERT_TRUE(ok(n));
  EXPECT_EQ(n->memory, M::shared_memory);
  EXPECT_EQ(n->semaphore, K::host_timeline);
  n = negotiate(able(1, "a"), a);
  ASSERT_TRUE(ok(n));
  EXPECT_EQ(n->memory, M::opaque_fd);
  EXPECT_EQ(n->semaphore, K::timeline);
}

TEST(Negotiate, a_rung_needs_export_on_one_side_and_import_on_the_other) {
  Capabilities a = able(1, "a");
  Capabilities b = able(1, "b");
  a.memory[0].can_export = false;
  a.memory[0].why_not = "the driver has no export";
  b.memory[1].can_import = false;
  b.memory[1].why_not = "no DRM node";
  b.memory[0].can_export = false;  // the importer's export does not matter
  auto n = negotiate(a, b);
  ASSERT_TRUE(ok(n));
  EXPECT_EQ(n->memory, M::shared_memory);
  EXPECT_TRUE(holds(n->rejected, "opaque_fd: ", "the exporter cannot export it: the driver has no export"));
  EXPECT_TRUE(holds(n->rejected, "dma_buf: ", "the importer cannot import it: no DRM node"));
}

TEST(Negotiate, unknown_to_the_importer) {
  Capabilities b = able(1, "b");
  b.memory.erase(b.memory.begin());
  b.semaphores.erase(b.semaphores.begin());
  auto n = negotiate(able(1, "a"), b);
  ASSERT_TRUE(ok(n));
  EXPECT_EQ(n->memory, M::dma_buf);
  EXPECT_EQ(n->semaphore, K::binary);
  EXPECT_TRUE(holds(n->rejected, "opaque_fd: ", "the importer does not know it"));
  EXPECT_TRUE(holds(n->rejected, "timeline opaque_fd: ", "the importer does not know it"));
}

TEST(Negotiate, the_ladder_ends_at_the_host_timeline) {
  Capabilities a = able(1, "a");
  for (std::size_t i = 0; i < 3; ++i) a.semaphores[i].can_export = false;
  auto n = negotiate(a, able(1, "b"));
  ASSERT_TRUE(ok(n));
  EXPECT_EQ(n->semaphore, K::host_timeline);
  EXPECT_EQ(n->semaphore_handle, S::host_page);
  EXPECT_EQ(n->rejected.size(), 3U);
}

TEST(Negotiate, device_mismatch_when_only_the_device_is_in_the_way) {
  Capabilities a = able(1, "left");
  Capabilities b = able(2, "right");
  a.memory.resize(1);
  EXPECT_TRUE(fails(negotiate(a, b), Errc::device_mismatch, {"memory", "opaque_fd", "device UUIDs differ", "left", "right"}));
  a = able(1, "left");
  a.semaphores.resize(2);
  EXPECT_TRUE(
      fails(negotiate(a, b), Errc::device_mismatch, {"semaphore", "timeline opaque_fd", "binary opaque_fd", "device UUIDs differ"}));
}

TEST(Negotiate, unsupported_handle_when_there_is_no_common_type) {
  Capabilities a = able(1, "a");
  Capabilities b = able(2, "b");
  a.memory = {{M::opaque_fd, true, true, ""}, {M::dma_buf, false, false, "no DRM node"}};
  b.memory = {{M::shared_memory, true, true, ""}};
  EXPECT_TRUE(fails(negotiate(a, b), Errc::unsupported_handle, {"memory", "opaque_fd: the importer does not know it", "no DRM node"}));
  b = able(1, "b");
  b.semaphores.clear();
  EXPECT_TRUE(
      fails(negotiate(able(1, "a"), b), Errc::unsupported_handle, {"semaphore", "host_timeline host_page: the importer does not know it"}));
  EXPECT_TRUE(fails(negotiate(Capabilities{}, b), Errc::unsupported_handle, {"memory", "the exporter lists none"}));
}

TEST(Negotiate, a_device_in_the_way_of_memory_does_not_excuse_semaphores) {
  Capabilities b = able(2, "b");
  b.semaphores.clear();
  EXPECT_TRUE(fails(negotiate(able(1, "a"), b), Errc::unsupported_handle, {"semaphore", "does not know it"}));
}

TEST(Negotiate, what_it_chooses_both_sides_can_do) {
  auto random = unit::random_source();
  int chosen = 0;
  for (int i = 0; i < 3'000; ++i) {
    const auto random_side = [&] {
      Capabilities c = able(static_cast<std::uint8_t>(random() % 2), "device");
      for (auto& m : c.memory) {
        m.can_export = random() % 2 == 0;
        m.can_import = random() % 2 == 0;
      }
      for (auto& s : c.semaphores) {
        s.can_export = random() % 2 == 0;
        s.can_import = random() % 2 == 0;
      }
      std::shuffle(c.memory.begin(), c.memory.end(), random);
      std::shuffle(c.semaphores.begin(), c.semaphores.end(), random);
      c.memory.resize(random() % 4);
      return c;
    };
    const Capabilities a = random_side();
    const Capabilities b = random_side();
    auto n = negotiate(a, b);
    if (!n) continue;
    ++chosen;
    EXPECT_TRUE(a.exports(n->memory) && b.imports(n->memory));
    EXPECT_TRUE(a.exports(n->semaphore, n->semaphore_handle) && b.imports(n->semaphore, n->semaphore_handle));
    EXPECT_EQ(n->same_device, check_same_device(a.identity, b.identity).has_value());
    if (!n->same_device) {
      EXPECT_NE(n->memory, M::opaque_fd);
      EXPECT_NE(n->semaphore_handle, S::opaque_fd);
    }
    // Nothing better was passed over: every rung before the chosen one has its reason.
    const auto place = std::ranges::find(a.memory, n->memory, &MemoryHandleSupport::type) - a.memory.begin();
    const auto semaphore =
        std::ranges::find_if(a.semaphores, [&](const auto& s) { return s.kind == n->semaphore && s.type == n->semaphore_handle; }) -
        a.semaphores.begin();
    EXPECT_EQ(n->rejected.size(), static_cast<std::size_t>(place + semaphore));
  }
  EXPECT_GT(chosen, 100);
}

TEST(CommonModifiers, keep_the_exporters_order) {
  const std::vector<ModifierSupport> a = {{5, 1}, {3, 2}, {0, 1}, {9, 1}};
  const std::vector<ModifierSupport> b = {{0, 1}, {9, 1}, {3, 2}};
  EXPECT_EQ(common_modifiers(a, b), (std::vector<ModifierSupport>{{3, 2}, {0, 1}, {9, 1}}));
  EXPECT_EQ(common_modifiers(b, a), (std::vector<ModifierSupport>{{0, 1}, {9, 1}, {3, 2}}));
}

TEST(CommonModifiers, need_the_same_number_of_planes) {
  const std::vector<ModifierSupport> a = {{5, 1}, {6, 2}};
  const std::vector<ModifierSupport> b = {{5, 2}, {6, 2}};
  EXPECT_EQ(common_modifiers(a, b), (std::vector<ModifierSupport>{{6, 2}}));
  EXPECT_TRUE(common_modifiers(a, {}).empty());
  EXPECT_TRUE(common_modifiers({}, b).empty());
}

TEST(Explain, one_line_for_each_handle_type) {
  const std::string text = explain(able(1, "left"), able(2, "right"));
  EXPECT_EQ(std::ranges::count(text, '\n'), 3 + 4);
  EXPECT_NE(text.find("memory opaque_fd: no, the device UUIDs differ"), std::string::npos) << text;
  EXPECT_NE(text.find("memory dma_buf: yes\n"), std::string::npos) << text;
  EXPECT_NE(text.find("memory shared_memory: yes\n"), std::string::npos) << text;
  EXPECT_NE(text.find("semaphore timeline opaque_fd: no, the device UUIDs differ"), std::string::npos) << text;
  EXPECT_NE(text.find("semaphore binary sync_fd: yes\n"), std::string::npos) << text;
  EXPECT_NE(text.find("semaphore host_timeline host_page: yes\n"), std::string::npos) << text;
}

TEST(Explain, names_what_one_side_does_not_know) {
  Capabilities a = able(1, "a");
  Capabilities b = able(1, "b");
  a.memory.resize(1);
  b.memory.erase(b.memory.begin());
  const std::string text = explain(a, b);
  EXPECT_NE(text.find("memory opaque_fd: no, the importer does not know it\n"), std::string::npos) << text;
  EXPECT_NE(text.find("memory dma_buf: no, the exporter does not know it\n"), std::string::npos) << text;
}

TEST(Explain, agrees_with_negotiate) {
  const Capabilities a = able(1, "a");
  const Capabilities b = able(2, "b");
  const std::string text = explain(a, b);
  auto n = negotiate(a, b);
  ASSERT_TRUE(ok(n));
  EXPECT_NE(text.find("memory " + std::string(to_string(n->memory)) + ": yes"), std::string::npos);
  for (const std::string& reason : n->rejected) {
    const auto colon = reason.find(": ");
    EXPECT_NE(text.find(reason.substr(0, colon) + ": no, " + reason.substr(colon + 2)), std::string::npos) << reason;
  }
}

}  // namespace
}  // namespace geyser
