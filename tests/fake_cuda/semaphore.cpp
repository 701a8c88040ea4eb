// External semaphores: a page of a memory file, as the fake Vulkan driver makes them.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "exports.hpp"

using namespace fake_cuda;

namespace {

template <std::size_t N>
bool all_zero(const unsigned (&values)[N]) {
  return std::all_of(values, values + N, [](unsigned v) { return v == 0; });
}

bool clean(const api::ExternalSemaphoreParams& params) {
  return params.flags == 0 && all_zero(params.reserved) && all_zero(params.params.reserved) && params.params.nv_sci_sync == 0 &&
         params.params.keyed_mutex[0] == 0 && params.params.keyed_mutex[1] == 0;
}

}  // namespace

FAKE_CUDA_EXPORT Status cuImportExternalSemaphore(api::ExternalSemaphore* semaphore, const api::ExternalSemaphoreHandleDesc* handle) {
  Call call("cuImportExternalSemaphore");
  if (auto no = call.refusal()) return *no;
  if (handle->flags != 0 || !all_zero(handle->reserved)) return Status::invalid_value;
  const bool timeline = handle->type == api::timeline_semaphore_fd;
  if (!timeline && handle->type != api::opaque_fd) return Status::invalid_value;
  if (timeline && !call.device().timeline_semaphores) return Status::not_supported;
  const std::string name = file_name(handle->handle.fd);
  if (name.rfind(timeline ? "fvks-t" : "fvks-b", 0) != 0) return Status::invalid_value;
  auto page = Mapping::of(handle->handle.fd, sizeof(SemaphorePage));
  if (!page) return Status::operating_system;
  Id id = 0;
  auto made = call.make<SemaphoreObject>("external semaphore", &id);
  made->page = std::move(*page);
  made->timeline = timeline;
  ::close(handle->handle.fd);  // the driver's since it accepted it
  *semaphore = reinterpret_cast<api::ExternalSemaphore>(id);
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuDestroyExternalSemaphore(api::ExternalSemaphore semaphore) {
  Call call("cuDestroyExternalSemaphore", Call::Kind::freeing);
  if (auto no = call.refusal()) return *no;
  run_streams();
  if (call.get<SemaphoreObject>(semaphore)->outstanding != 0) misuse(call.function(), "a wait or signal of it is still in a stream");
  call.drop(semaphore);
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuSignalExternalSemaphoresAsync(const api::ExternalSemaphore* semaphores,
                                                        const api::ExternalSemaphoreParams* params, unsigned count, api::Stream stream) {
  const Call call("cuSignalExternalSemaphoresAsync");
  if (auto no = call.refusal()) return *no;
  for (unsigned i = 0; i < count; ++i) {
    auto semaphore = call.get<SemaphoreObject>(semaphores[i]);
    if (!clean(params[i])) return Status::invalid_value;
    ++semaphore->outstanding;
    if (!semaphore->timeline) std::atomic_ref(semaphore->shared().promised).fetch_add(1);
    enqueue(*stream_of(call, stream), [semaphore, value = params[i].params.value] {
      std::atomic_ref counter(semaphore->shared().value);
      if (semaphore->timeline && value <= counter.load()) misuse("cuSignalExternalSemaphoresAsync", "a value that the timeline has passed");
      if (!semaphore->timeline && counter.load() != 0) misuse("cuSignalExternalSemaphoresAsync", "a binary semaphore that is signalled");
      counter.store(semaphore->timeline ? value : 1);
      --semaphore->outstanding;
      return true;
    });
  }
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuWaitExternalSemaphoresAsync(const api::ExternalSemaphore* semaphores, const api::ExternalSemaphoreParams* params,
                                                      unsigned count, api::Stream stream) {
  const Call call("cuWaitExternalSemaphoresAsync");
  if (auto no = call.refusal()) return *no;
  for (unsigned i = 0; i < count; ++i) {
    auto semaphore = call.get<SemaphoreObject>(semaphores[i]);
    if (!clean(params[i])) return Status::invalid_value;
    ++semaphore->outstanding;
    if (!semaphore->timeline) std::atomic_ref(semaphore->shared().promised).fetch_sub(1);
    enqueue(*stream_of(call, stream), [semaphore, value = params[i].params.value] {
      std::atomic_ref counter(semaphore->shared().value);
      if (semaphore->timeline ? counter.load() < value : counter.load() == 0) return false;
      if (!semaphore->timeline) counter.store(0);
      --semaphore->outstanding;
      return true;
    });
  }
  return Status::success;
}
