// Fences across devices: an empty submit signals on one, the other waits.
#include "pair.hpp"

#include <chrono>

#include "support/vulkan_commands.hpp"

namespace geyser::test {
namespace {

using namespace std::chrono_literals;

Result<void> submit_fence(Commands& commands, VkFence fence) {
  VkSubmitInfo submit{};
  submit.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO;
  return commands.submit(submit, fence);
}

void cross(Pair& pair, vulkan::FenceHandleType type) {
  auto commands = Commands::create(pair.exporter().device().adopt_info());
  ASSERT_TRUE(ok(commands));
  auto fence = vulkan::create_fence(pair.exporter().manager(), type);
  ASSERT_TRUE(ok(fence));
  auto before = fence->signalled();
  ASSERT_TRUE(ok(before));
  EXPECT_FALSE(*before);
  EXPECT_TRUE(fails(fence->wait(5ms), Errc::timed_out));
  // An opaque fence is shared for good and may be exported first; a sync file carries one pending signal.
  if (type == vulkan::FenceHandleType::sync_fd) {
    ASSERT_TRUE(ok(submit_fence(**commands, fence->handle())));
  }
  auto handle = vulkan::export_fence(*fence);
  ASSERT_TRUE(ok(handle));
  auto twin = vulkan::import_fence(pair.importer().manager(), std::move(*handle));
  ASSERT_TRUE(ok(twin));
  if (type != vulkan::FenceHandleType::sync_fd) {
    auto early = twin->signalled();
    ASSERT_TRUE(ok(early));
    EXPECT_FALSE(*early);
    ASSERT_TRUE(ok(submit_fence(**commands, fence->handle())));
  }
  ASSERT_TRUE(ok(twin->wait(5s)));
  auto after = twin->signalled();
  ASSERT_TRUE(ok(after));
  EXPECT_TRUE(*after);
  ASSERT_TRUE(ok((*commands)->wait_idle()));
}

void fences(Pair& pair) {
  using Type = vulkan::FenceHandleType;
  std::size_t known = 0;
  for (const auto& [type, name] :
       {std::pair{Type::opaque_fd, "opaque_fd"}, std::pair{Type::sync_fd, "sync_fd"}, std::pair{Type::opaque_win32, "opaque_win32"}}) {
    CaseRecord record = pair.record("fences", {}, "fence", name);
    auto offered = vulkan::create_fence(pair.exporter().manager(), type);
    if (!offered && offered.error().code() == Errc::invalid_argument) continue;  // another operating system's
    ++known;
    if (!offered) {
      EXPECT_TRUE(fails(offered, Errc::unsupported_handle));
      record.outcome = Outcome::skipped;
      record.why = std::string(offered.error().message());
      ledger().add(std::move(record));
      continue;
    }
    record_case(pair, std::move(record), [&] { cross(pair, type); });
  }
  EXPECT_GE(known, 1U) << "every system has fences that can be asked for";
}

}  // namespace

void add_fence_tests(const std::shared_ptr<Pair>& pair) { add_test(pair, "fences", &fences); }

}  // namespace geyser::test
