// Every call of the driver that can fail fails once, in each of the things that the backend does: the error arrives, nothing leaks, and the
// same thing works afterwards.
#include <functional>

#include "partner.hpp"

namespace fake_cuda {
namespace {

using geyser::SemaphoreKind;

struct Scenario {
  const char* name;
  /// True when it worked; the error of whatever did not, in `why`.
  std::function<bool(std::string& why)> run;
};

/// Keeps the value, or notes the error.
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

bool copies(TextureShareManager& manager, SharedTexture& texture, std::string& why, const geyser::AccessInfo& info = {}) {
  const auto bytes = content_of(texture.descriptor());
  if (!done(manager.upload(texture, {}, bytes, info), why)) return false;
  std::vector<std::byte> found(bytes.size());
  if (!done(manager.read_back(texture, {}, found), why)) return false;
  EXPECT_EQ(found, bytes);
  return true;
}

bool own_memory(std::string& why) {
  auto manager = keep(geyser::cuda::create_manager(), why);
  if (!manager) return false;
  auto texture = keep(manager->create_shareable_texture(plain()), why);
  if (!texture || !copies(*manager, *texture, why)) return false;
  auto handle = keep(manager->export_texture(*texture), why);
  if (!handle) return false;
  auto imported = keep(manager->import_texture(std::move(*handle)), why);
  return imported && copies(*manager, *imported, why);
}

bool tiled_memory(std::string& why, TextureShareManager& vulkan) {
  auto manager = keep(geyser::cuda::create_manager({.partner = &vulkan}), why);
  if (!manager) return false;
  auto descriptor = plain(TextureFormat::bc1_rgba_unorm, 64, 32);
  auto blocks = keep(manager->create_shareable_texture(descriptor), why);
  if (!blocks || !copies(*manager, *blocks, why)) return false;
  descriptor = plain();
  descriptor.usage = descriptor.usage | geyser::TextureUsage::storage_binding;
  auto texture = keep(manager->create_shareable_texture(descriptor), why);
  return texture && copies(*manager, *texture, why) && keep(geyser::cuda::surface(*texture), why) &&
         keep(geyser::cuda::texture_object(*texture), why) && keep(geyser::cuda::array(*texture), why);
}

bool host_memory(std::string& why) {
  auto host = geyser::host::create_manager();
  auto texture = host->create_shareable_texture(plain());
  auto handle = host->export_texture(*texture);
  auto manager = keep(geyser::cuda::create_manager(), why);
  if (!manager) return false;
  const int number = handle->handles[0].fd();
  auto imported = keep(manager->import_texture(*std::move(handle)), why);
  if (!imported) {
    EXPECT_EQ(handle->handles[0].fd(), number);
    return false;
  }
  return copies(*manager, *imported, why);
}

bool semaphores(std::string& why, TextureShareManager& vulkan) {
  auto manager = keep(geyser::cuda::create_manager({.partner = &vulkan}), why);
  if (!manager) return false;
  auto texture = keep(manager->create_shareable_texture(plain(), {.linear = true}), why);
  if (!texture) return false;
  for (const auto kind : {SemaphoreKind::timeline, SemaphoreKind::binary, SemaphoreKind::host_timeline}) {
    auto semaphore = keep(manager->create_shared_semaphore({.kind = kind}), why);
    if (!semaphore) return false;
    const geyser::SyncPoint point{*semaphore, 1};
    if (!copies(*manager, *texture, why, {.signal = point})) return false;  // the read-back waits for the point
    const bool binary = kind == SemaphoreKind::binary;
    if (binary && !done(manager->upload(*texture, {}, content_of(texture->descriptor()), {.signal = point}), why)) return false;
    auto access = keep(texture->begin_write(), why);
    const bool used = done(geyser::cuda::acquire(*access, nullptr), why) && done(geyser::cuda::release(*access, nullptr), why);
    static_cast<void>(std::move(*access).end());
    if (!used) return false;
    if (binary) continue;
    access = keep(texture->begin_write({.signal = geyser::SyncPoint{*semaphore, 2}}), why);
    const bool signalled = done(geyser::cuda::acquire(*access, nullptr), why) && done(geyser::cuda::release(*access, nullptr), why);
    if (!signalled) static_cast<void>(semaphore->signal(2));  // the promise is kept by other means
    static_cast<void>(std::move(*access).end());
    if (!signalled) return false;
  }
  geyser::SemaphoreHandle handle;
  handle.kind = SemaphoreKind::binary;
  handle.type = geyser::SemaphoreHandleType::opaque_fd;
  auto alone = keep(geyser::cuda::create_manager(), why);
  if (!alone) return false;
  handle.exporter = alone->identity();
  handle.handle.reset(new_semaphore('b', 1));
  auto lone = keep(alone->import_semaphore(std::move(handle)), why);
  return lone && done(lone->wait(1, std::chrono::seconds(2)), why);
}

class Failure : public PartnerFixture {
 protected:
  void every_call(const std::function<bool(std::string&)>& run, std::size_t at_least) {
    std::string why;
    ASSERT_TRUE(run(why)) << why;
    for (const int status : {2, 719}) {  // out of memory, launch failed
      std::size_t failed = 0;
      for (std::uint64_t nth = 1; nth < 500; ++nth) {
        why.clear();
        fail_call(nth, status);
        const bool worked = run(why);
        stop_failing();
        const std::string function = injected();
        if (function.empty()) break;
        // Probes of what the driver can do, and of attributes, are the ones whose failure is an answer.
        EXPECT_TRUE(!worked || function == "cuArray3DCreate_v2" || function == "cuDeviceTotalMem_v2" ||
                    function == "cuMemGetAllocationGranularity" || function == "cuCtxGetCurrent")
            << "call " << nth << ", " << function << " failed and nobody said so";
        if (!worked) {
          EXPECT_FALSE(why.empty());
        }
        const auto live = live_objects();
        ASSERT_TRUE(live.empty()) << "call " << nth << ", " << function << ": " << live.begin()->first;
        ++failed;
      }
      EXPECT_GE(failed, at_least);
    }
  }
};

TEST_F(Failure, own_memory) {
  every_call([](std::string& why) { return own_memory(why); }, 25);
}

TEST_F(Failure, host_memory) {
  every_call([](std::string& why) { return host_memory(why); }, 15);
}

TEST_F(Failure, tiled_memory) {
  auto both = Partners::open();
  auto vulkan = std::move(both.vulkan);
  {
    auto gone = std::move(both.cuda);
  }
  every_call([&](std::string& why) { return tiled_memory(why, vulkan); }, 25);
}

TEST_F(Failure, semaphores) {
  auto both = Partners::open();
  auto vulkan = std::move(both.vulkan);
  {
    auto gone = std::move(both.cuda);
  }
  every_call([&](std::string& why) { return semaphores(why, vulkan); }, 40);
}

TEST_F(Failure, codes_keep_what_the_driver_said) {
  auto manager = geyser::cuda::create_manager();
  ASSERT_TRUE(ok(manager));
  fail_function("cuMemCreate", 1, 2);
  const auto full = manager->create_shareable_texture(plain());
  ASSERT_TRUE(fails(full, Errc::out_of_memory, "cuMemCreate answers CUDA_ERROR_OUT_OF_MEMORY (out of memory)"));
  EXPECT_EQ(full.error().domain(), geyser::ErrorDomain::cuda);
  EXPECT_EQ(full.error().native_code(), 2);
  fail_function("cuMemMap", 1, 719);
  EXPECT_TRUE(fails(manager->create_shareable_texture(plain()), Errc::device_lost, "CUDA_ERROR_LAUNCH_FAILED"));
  fail_function("cuMemSetAccess", 1, 4711);
  EXPECT_TRUE(fails(manager->create_shareable_texture(plain()), Errc::internal, "CUresult 4711"));
}

TEST_F(Failure, a_device_that_hangs_times_out_and_keeps_its_memory) {
  auto manager = geyser::cuda::create_manager();
  ASSERT_TRUE(ok(manager));
  auto texture = manager->create_shareable_texture(plain());
  ASSERT_TRUE(ok(texture));
  const auto bytes = content_of(texture->descriptor());
  hold_streams(true);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(fails(manager->upload(*texture, {}, bytes), Errc::timed_out, "did not end in time"));
  const auto waited = std::chrono::steady_clock::now() - start;
  EXPECT_GE(waited, geyser::default_gpu_timeout - std::chrono::milliseconds(50));
  EXPECT_LT(waited, geyser::default_gpu_timeout + std::chrono::seconds(2));
  hold_streams(false);
  drain();
  EXPECT_TRUE(ok(manager->upload(*texture, {}, bytes)));
  EXPECT_TRUE(holds(*manager, *texture, {}, bytes));
}

}  // namespace
}  // namespace fake_cuda
