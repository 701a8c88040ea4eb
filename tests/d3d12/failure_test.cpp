// Every call of Direct3D that can fail fails once (emulated): the error arrives, nothing leaks, nothing is used after its end, and the same
// thing works afterwards.
#include <functional>

#include "d3d12/emulated.hpp"

namespace d3d12_test {
namespace {

class failure : public Emulated {};

/// True when all of it worked; else what did not, in `why`.
using Scenario = std::function<bool(std::string& why)>;

template <class T>
std::optional<T> keep(geyser::Result<T> result, std::string& why) {
  if (result) return *std::move(result);
  why = result.error().describe();
  return std::nullopt;
}
bool done(const geyser::Result<void>& result, std::string& why) {
  if (!result) why = result.error().describe();
  return result.has_value();
}

struct Device {
  fake_d3d12::Com<ID3D12Device> device = fake_d3d12::make_device();
  fake_d3d12::Com<ID3D12CommandQueue> queue = fake_d3d12::make_queue(device.get());
  std::optional<TextureShareManager> manager(std::string& why) const {
    return keep(geyser::d3d12::create_manager({.device = device.get(), .queue = queue.get()}), why);
  }
};

bool share_and_copy(std::string& why) {
  const Device first;
  const Device second;
  auto a = first.manager(why);
  if (!a) return false;
  auto b = second.manager(why);
  if (!b) return false;
  auto texture = keep(a->create_shareable_texture(plain()), why);
  if (!texture) return false;
  const auto sent = random_bytes(60 * 36 * 4, 9);
  if (!done(a->upload(*texture, {}, sent), why)) return false;
  auto semaphore = keep(a->create_shared_semaphore({.kind = SemaphoreKind::timeline}), why);
  if (!semaphore || !done(a->attach_semaphore(*texture, *semaphore), why)) return false;
  if (!keep(a->signal_texture_ready(*texture), why)) return false;
  auto handle = keep(a->export_texture(*texture), why);
  if (!handle) return false;
  const auto number = handle->handles[0].borrow();
  auto view = keep(b->import_texture(std::move(*handle)), why);
  if (!view) {
    EXPECT_EQ(handle->handles[0].borrow(), number);
    EXPECT_TRUE(handle->ready_semaphore && handle->ready_semaphore->handle);
    return false;
  }
  if (!keep(b->wait_for_texture(*view, std::chrono::seconds(5)), why)) return false;
  std::vector<std::byte> found(sent.size());
  if (!done(b->read_back(*view, {}, found), why)) return false;
  EXPECT_EQ(found, sent);
  return true;
}

bool depth_parts(std::string& why) {
  const Device only;
  auto a = only.manager(why);
  if (!a) return false;
  auto texture = keep(a->create_shareable_texture(plain(TextureFormat::depth32_float_stencil8)), why);
  if (!texture) return false;
  TextureRegion part;
  part.plane = 1;
  part.offset = {3, 2, 0};
  part.extent = geyser::Extent3D{9, 5, 1};
  const auto sent = random_bytes(45, 9);
  if (!done(a->upload(*texture, part, sent), why)) return false;
  std::vector<std::byte> found(sent.size());
  if (!done(a->read_back(*texture, part, found), why)) return false;
  EXPECT_EQ(found, sent);
  return true;
}

bool timelines(std::string& why) {
  const Device only;
  auto a = only.manager(why);
  if (!a) return false;
  auto semaphore = keep(a->create_shared_semaphore({.kind = SemaphoreKind::timeline}), why);
  auto texture = semaphore ? keep(a->create_shareable_texture(plain()), why) : std::nullopt;
  if (!texture) return false;
  if (auto early = semaphore->wait(1, std::chrono::milliseconds(1)); !early && early.error().code() != Errc::timed_out) {
    why = early.error().describe();
    return false;
  }
  if (!done(semaphore->signal(1), why) || !done(semaphore->wait(1, std::chrono::seconds(5)), why)) return false;
  const geyser::SyncPoint wait{*semaphore, 2};
  auto access = keep(texture->begin_write({.state = {}, .wait_for = {&wait, 1}, .signal = geyser::SyncPoint{*semaphore, 3}}), why);
  if (!access) return false;
  geyser::Access* const accesses[] = {&*access};
  const bool submitted = done(geyser::d3d12::submit(*a, {}, accesses), why);
  const bool signalled = done(semaphore->signal(submitted ? 2 : 3), why);
  if (!signalled) static_cast<void>(semaphore->signal(3));  // so that nothing waits for what failed
  EXPECT_TRUE(std::move(*access).end());
  return submitted && signalled && done(semaphore->wait(3, std::chrono::seconds(5)), why);
}

/// Calls with a way round them: asking what the device shares, for what the scenario does not need; keeping what goes while it is in use.
bool harmless(const std::string& call) {
  return call == "ID3D12Device::CreateSharedHandle" || call == "ID3D12Device::OpenSharedHandle" || call == "ID3D12Device::CreateFence" ||
         call == "ID3D12Device::CreateCommittedResource" || call == "ID3D12CommandQueue::Signal";
}

void every_call_once(const Scenario& scenario, HRESULT answer) {
  const int objects = fake_d3d12::live_objects();
  int failed = 0;
  for (int number = 1; number < 400; ++number) {
    fake_d3d12::fail_call(number, answer);
    std::string why;
    const bool worked = scenario(why);
    const std::string call = fake_d3d12::failed_call();
    fake_d3d12::fail_call(0, S_OK);
    EXPECT_EQ(fake_d3d12::live_objects(), objects) << "after a failing " << call;
    for (const auto& each : fake_d3d12::take_complaints()) ADD_FAILURE() << "after a failing " << call << ": " << each;
    if (call.empty()) {
      EXPECT_TRUE(worked) << why;
      EXPECT_GE(failed, 8);
      return;
    }
    ++failed;
    EXPECT_TRUE(!worked || harmless(call)) << call << " failed, and nobody noticed";
    EXPECT_NE(worked, !why.empty()) << call;
  }
  FAIL() << "the scenario has no end";
}

TEST_F(failure, sharing_and_copying_without_memory) { every_call_once(share_and_copy, E_OUTOFMEMORY); }
TEST_F(failure, sharing_and_copying_when_the_device_goes) { every_call_once(share_and_copy, DXGI_ERROR_DEVICE_REMOVED); }
TEST_F(failure, parts_of_depth_and_stencil) { every_call_once(depth_parts, E_OUTOFMEMORY); }
TEST_F(failure, timelines_and_submits) { every_call_once(timelines, E_OUTOFMEMORY); }

}  // namespace
}  // namespace d3d12_test
