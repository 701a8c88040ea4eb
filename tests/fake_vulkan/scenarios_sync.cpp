// Semaphores and fences of every kind: create, export, import, signal, wait.
#include <gtest/gtest.h>

#include "fake_vulkan/scenario.hpp"

namespace fake_vulkan {

using geyser::Result;
using geyser::SemaphoreHandleType;
using geyser::SemaphoreKind;
using geyser::vulkan::FenceHandleType;

namespace {

Config one(DeviceConfig device) {
  Config config;
  config.devices = {std::move(device)};
  return config;
}

struct Rung {
  std::string name;
  SemaphoreKind kind;
  SemaphoreHandleType type;
  DeviceConfig device;
};

std::vector<Rung> rungs() {
  return {{"timeline", SemaphoreKind::timeline, SemaphoreHandleType::opaque_fd, nvidia_like()},
          {"binary", SemaphoreKind::binary, SemaphoreHandleType::opaque_fd, swiftshader_like()},
          {"sync_fd", SemaphoreKind::binary, SemaphoreHandleType::sync_fd, nvidia_like()},
          {"host_timeline", SemaphoreKind::host_timeline, SemaphoreHandleType::host_page, lavapipe_like()}};
}

void create(World& w, const Rung& rung) {
  open_managers(w);
  geyser::SemaphoreDescriptor wanted;
  wanted.kind = rung.kind;
  w.semaphore = must(w.producer().create_shared_semaphore(wanted));
  w.texture = must(w.producer().create_shareable_texture(descriptor()));
  must(w.producer().attach_semaphore(*w.texture, w.semaphore));
}

void signal(World& w) { (void)must(w.producer().signal_texture_ready(*w.texture)); }

void share(World& w, const Rung& rung) {
  create(w, rung);
  if (rung.type == SemaphoreHandleType::sync_fd) signal(w);
  w.semaphore_handle = must(w.producer().export_semaphore(w.semaphore, rung.type));
  w.imported_semaphore = must(w.consumer().import_semaphore(std::move(*w.semaphore_handle)));
}

void caller_owns_handle(World& w) {
  ASSERT_TRUE(w.semaphore_handle.has_value());
  EXPECT_TRUE(w.semaphore_handle->handle);
}

void submit_fence(World& w) {
  const auto info = w.devices[0]->adopt_info();
  const auto submit = reinterpret_cast<PFN_vkQueueSubmit>(info.get_instance_proc_addr(info.instance, "vkQueueSubmit"));
  if (submit(info.queue, 0, nullptr, w.fence->handle()) != VK_SUCCESS) std::abort();
}

void create_fence(World& w, FenceHandleType type) {
  open_managers(w);
  w.fence = must(geyser::vulkan::create_fence(w.producer(), type));
  submit_fence(w);
}

void add_fences(std::vector<Scenario>& all) {
  for (const auto type : {FenceHandleType::opaque_fd, FenceHandleType::sync_fd}) {
    const std::string name = type == FenceHandleType::opaque_fd ? "opaque_fd" : "sync_fd";
    all.push_back({"create_fence_" + name, one(nvidia_like()), [](World& w) { open_managers(w); },
                   [type](World& w) { return keep(w.fence, geyser::vulkan::create_fence(w.producer(), type)); }});
    all.push_back({"export_fence_" + name, one(nvidia_like()), [type](World& w) { create_fence(w, type); },
                   [](World& w) { return keep(w.fence_handle, geyser::vulkan::export_fence(*w.fence)); }});
    all.push_back({"import_fence_" + name, one(nvidia_like()),
                   [type](World& w) {
                     create_fence(w, type);
                     w.fence_handle = must(geyser::vulkan::export_fence(*w.fence));
                   },
                   [](World& w) { return keep(w.imported_fence, geyser::vulkan::import_fence(w.consumer(), std::move(*w.fence_handle))); },
                   [](World& w) { EXPECT_TRUE(w.fence_handle->handle); }});
  }
  all.push_back({"use_fence", one(nvidia_like()), [](World& w) { create_fence(w, FenceHandleType::opaque_fd); },
                 [](World& w) -> Result<void> {
                   auto signalled = w.fence->signalled();
                   if (!signalled) return std::move(signalled).error();
                   if (*signalled) {
                     if (auto ok = w.fence->wait(std::chrono::seconds(1)); !ok) return ok;
                   }
                   return w.fence->reset();
                 }});
}

}  // namespace

std::vector<Scenario> sync_scenarios() {
  std::vector<Scenario> all;
  for (const Rung& rung : rungs()) {
    // A semaphore whose signal may be on the queue is destroyed behind a fence, later.
    all.push_back({"create_semaphore_" + rung.name, one(rung.device), [](World& w) { open_managers(w); },
                   [rung](World& w) {
                     geyser::SemaphoreDescriptor wanted;
                     wanted.kind = rung.kind;
                     return keep(w.semaphore, w.producer().create_shared_semaphore(wanted));
                   }});
    if (rung.kind != SemaphoreKind::host_timeline) {
      all.push_back({"export_semaphore_" + rung.name, one(rung.device),
                     [rung](World& w) {
                       create(w, rung);
                       signal(w);
                     },
                     [rung](World& w) { return keep(w.semaphore_handle, w.producer().export_semaphore(w.semaphore, rung.type)); }});
    }
    all.push_back({"import_semaphore_" + rung.name, one(rung.device),
                   [rung](World& w) {
                     create(w, rung);
                     signal(w);
                     w.semaphore_handle = must(w.producer().export_semaphore(w.semaphore, rung.type));
                   },
                   [](World& w) { return keep(w.imported_semaphore, w.consumer().import_semaphore(std::move(*w.semaphore_handle))); },
                   caller_owns_handle});
  }
  const Rung timeline = rungs()[0];
  all.push_back({"timeline_signal_value_and_wait", one(timeline.device), [timeline](World& w) { share(w, timeline); },
                 [](World& w) -> Result<void> {
                   auto now = w.semaphore.value();
                   if (!now) return std::move(now).error();
                   if (auto ok = w.semaphore.signal(*now + 1); !ok) return ok;
                   return w.imported_semaphore.wait(*now + 1, std::chrono::seconds(1));
                 }});
  all.push_back({"timeline_wait_that_times_out", one(timeline.device), [timeline](World& w) { share(w, timeline); },
                 [](World& w) -> Result<void> {
                   auto waited = w.imported_semaphore.wait(1000, std::chrono::milliseconds(1));
                   if (waited) return geyser::Error(geyser::Errc::internal, "The wait succeeds.");
                   if (waited.error().code() != geyser::Errc::timed_out) return waited;
                   return {};
                 }});
  for (const Rung& rung : {rungs()[1], rungs()[2]}) {
    all.push_back({"binary_wait_" + rung.name,
                   one(rung.device),
                   [rung](World& w) {
                     share(w, rung);
                     if (rung.type != SemaphoreHandleType::sync_fd) signal(w);
                   },
                   [](World& w) { return w.imported_semaphore.wait(1, std::chrono::seconds(1)); },
                   {},
                   {},
                   {"VkFence"},
                   {"vkWaitForFences"},
                   rung.type == SemaphoreHandleType::sync_fd ? std::function<void(World&)>() : signal});
  }
  // Never exported, so the library knows whether there is a signal.
  all.push_back({"binary_wait_where_it_is_signalled",
                 one(rungs()[1].device),
                 [rung = rungs()[1]](World& w) {
                   create(w, rung);
                   signal(w);
                 },
                 [](World& w) { return w.semaphore.wait(1, std::chrono::seconds(1)); },
                 {},
                 {},
                 {"VkFence"},
                 {"vkWaitForFences"}});
  const Rung host = rungs()[3];
  all.push_back({"host_timeline_signal_from_the_queue", one(host.device), [host](World& w) { share(w, host); },
                 [](World& w) -> Result<void> {
                   auto point = w.producer().signal_texture_ready(*w.texture);
                   if (!point) return std::move(point).error();
                   return w.imported_semaphore.wait(point->value, std::chrono::seconds(5));
                 }});
  all.push_back({"host_timeline_wait_on_the_queue", one(host.device),
                 [host](World& w) {
                   share(w, host);
                   must(w.imported_semaphore.signal(7));
                   w.bytes = content(descriptor(), 3);
                   must(w.producer().upload(*w.texture, {}, w.bytes));
                 },
                 [](World& w) {
                   const geyser::SyncPoint point{w.semaphore, 7};
                   geyser::AccessInfo info;
                   info.wait_for = {&point, 1};
                   return w.producer().upload(*w.texture, {}, w.bytes, info);
                 }});
  add_fences(all);
  return all;
}

}  // namespace fake_vulkan
