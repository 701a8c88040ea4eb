// Shared fences on their way out and in. Direct3D 12 opens the same handles.
#include "backends/d3d11/external_nt.hpp"
#include "backends/d3d11/sync.hpp"
#include "core/message.hpp"
#include "platform/security_windows.hpp"

namespace geyser::d3d11 {

using detail::text;

Result<OsHandle> share_fence(const Context& context, ID3D11Fence& fence) {
  auto security = platform::SecurityDescriptor::for_user_only("GA");
  if (!security) return std::move(security).error();
  const SECURITY_ATTRIBUTES attributes = security->attributes();
  HANDLE handle = nullptr;
  const HRESULT hr = fence.CreateSharedHandle(&attributes, GENERIC_ALL, nullptr, &handle);
  if (FAILED(hr)) return context.error(hr, "ID3D11Fence::CreateSharedHandle");
  return platform::owned(handle);
}

Result<std::shared_ptr<FenceSemaphore>> create_fence(std::shared_ptr<detail::Backend> backend, const std::shared_ptr<Context>& context,
                                                     std::uint64_t initial_value) {
  Com<ID3D11Fence> fence;
  const HRESULT hr = context->device5->CreateFence(initial_value, D3D11_FENCE_FLAG_SHARED, __uuidof(ID3D11Fence), fence.out_void());
  if (FAILED(hr)) return context->error(hr, "ID3D11Device5::CreateFence");
  auto handle = share_fence(*context, *fence.get());
  if (!handle) return std::move(handle).error();
  return std::make_shared<FenceSemaphore>(std::move(backend), context, std::move(fence), *std::move(handle), false);
}

Result<SemaphoreHandle> export_fence(const FenceSemaphore& semaphore) {
  if (semaphore.imported()) {
    return Error(Errc::unsupported_handle, "The timeline semaphore was imported; export it where it was created.");
  }
  auto copy = semaphore.shared.duplicate();
  if (!copy) return std::move(copy).error();
  SemaphoreHandle handle;
  handle.kind = SemaphoreKind::timeline;
  handle.type = SemaphoreHandleType::d3d12_fence;
  handle.exporter = semaphore.context->identity;
  handle.handle = *std::move(copy);
  return handle;
}

Result<std::shared_ptr<FenceSemaphore>> import_fence(std::shared_ptr<detail::Backend> backend, const std::shared_ptr<Context>& context,
                                                     SemaphoreHandle& handle) {
  Com<ID3D11Fence> fence;
  const HRESULT hr = context->device5->OpenSharedFence(platform::native(handle.handle), __uuidof(ID3D11Fence), fence.out_void());
  if (FAILED(hr)) {
    auto error = context->error(hr, "ID3D11Device5::OpenSharedFence");
    if (error.code() == Errc::device_lost || error.code() == Errc::out_of_memory) return error;
    return Error(Errc::protocol_error, text("The handle is no fence that this device can open: ", error.message()), ErrorDomain::win32, hr);
  }
  // The object first: it may fail, and the handle must then still be the caller's.
  auto semaphore = std::make_shared<FenceSemaphore>(std::move(backend), context, std::move(fence), OsHandle(), true);
  semaphore->shared = std::move(handle.handle);
  return semaphore;
}

}  // namespace geyser::d3d11
