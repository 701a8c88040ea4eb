#include "backends/webgpu/errors.hpp"

#include "core/message.hpp"

namespace geyser::webgpu {
namespace {

using detail::text;

constexpr WGPUErrorFilter filters[] = {WGPUErrorFilter_Validation, WGPUErrorFilter_OutOfMemory, WGPUErrorFilter_Internal};
constexpr std::chrono::seconds longest_answer{2};

struct Popped {
  WGPUErrorType type = WGPUErrorType_NoError;
  std::string message;
};

/// `holder` is a std::shared_ptr<Popped> on the heap, since an answer may come when nobody waits for it any more.
void take_popped(WGPUPopErrorScopeStatus status, WGPUErrorType type, WGPUStringView message, void* holder, void*) noexcept {
  const std::unique_ptr<std::shared_ptr<Popped>> popped(static_cast<std::shared_ptr<Popped>*>(holder));
  if (status != WGPUPopErrorScopeStatus_Success || type == WGPUErrorType_NoError) return;
  (*popped)->type = type;
  try {
    (*popped)->message = text_of(message);
  } catch (const std::bad_alloc&) {
    (*popped)->type = WGPUErrorType_OutOfMemory;
  }
}

}  // namespace

Error dawn_error(Errc code, std::string_view what, std::string_view message) {
  message = message.substr(0, message.find('\n'));
  while (message.ends_with('.') || message.ends_with(' ')) message.remove_suffix(1);
  return Error(code, text("Dawn refuses ", what, ": ", message.empty() ? "it gives no reason" : message, "."), ErrorDomain::webgpu);
}

ErrorScopes::ErrorScopes(Entered& entered) : entered_(entered) {
  for (const auto filter : filters) {
    entered_.wgpu().DevicePushErrorScope(entered_.context().device, filter);
    ++open_;
  }
}

ErrorScopes::~ErrorScopes() {
  try {
    static_cast<void>(close(Errc::internal, "a call"));
  } catch (const std::bad_alloc&) {
    // The scopes stay open then, and swallow the caller's errors; nothing better can be done without memory.
  }
}

Result<void> ErrorScopes::close(Errc code, std::string_view what) {
  Result<void> result;
  while (open_ > 0) {
    --open_;
    auto popped = std::make_shared<Popped>();
    WGPUPopErrorScopeCallbackInfo info{};
    info.mode = WGPUCallbackMode_WaitAnyOnly;
    info.callback = take_popped;
    info.userdata1 = new std::shared_ptr<Popped>(popped);
    const auto future = entered_.wgpu().DevicePopErrorScope(entered_.context().device, info);
    if (auto ok = entered_.wait(future, longest_answer, "telling its errors"); !ok) {
      result = std::move(ok);
      continue;
    }
    if (popped->type == WGPUErrorType_NoError || !result) continue;
    if (popped->type == WGPUErrorType_OutOfMemory) {
      result = dawn_error(Errc::out_of_memory, what, popped->message);
    } else {
      result = dawn_error(popped->type == WGPUErrorType_Validation ? code : Errc::internal, what, popped->message);
    }
  }
  return result;
}

}  // namespace geyser::webgpu
