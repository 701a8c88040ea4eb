#include "backends/metal/context.hpp"

#include "core/message.hpp"
#include "core/metal_identity.hpp"

namespace geyser::metal {
namespace {

using detail::text;

// MTLCommandBufferError.
constexpr std::int64_t error_timeout = 2, error_access_revoked = 4, error_out_of_memory = 8, error_device_removed = 11;

}  // namespace

Context::Context(std::shared_ptr<api::Device> device) : device_(std::move(device)), info_(device_->info()) {
  identity_.device_uuid = detail::metal_device_uuid(info_.registry_id);
  identity_.name = info_.name;
  identity_.driver = text("Metal of ", info_.system);
}

Result<void> Context::alive() const {
  if (!lost_.load()) return {};
  return Error(Errc::device_lost, text(info_.name, " was removed, or this process may not use it any more; adopt another device."));
}

Result<void> Context::judge(const api::Completion& completion) const {
  if (completion.code == 0) return {};
  const auto code = static_cast<int>(completion.code);
  const std::string words = text("A command buffer on ", info_.name, " ended with error ", completion.code, ": ", completion.message, ".");
  switch (completion.code) {
    case error_device_removed:
    case error_access_revoked:
      lost_.store(true);
      return Error(Errc::device_lost, words, ErrorDomain::metal, code);
    case error_out_of_memory:
      return Error(Errc::out_of_memory, words, ErrorDomain::metal, code);
    case error_timeout:
      return Error(Errc::timed_out, words, ErrorDomain::metal, code);
    default:
      return Error(Errc::internal, words, ErrorDomain::metal, code);
  }
}

}  // namespace geyser::metal
