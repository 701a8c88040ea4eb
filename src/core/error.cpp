#include "geyser/error.hpp"

#include <new>
#include <vector>

namespace geyser {

struct Error::Block {
  Errc code = Errc::internal;
  ErrorDomain domain = ErrorDomain::none;
  std::int64_t native_code = 0;
  std::string message;
  std::vector<std::string> trail;
};

std::string_view to_string(Errc code) noexcept {
  switch (code) {
    case Errc::invalid_argument:
      return "invalid_argument";
    case Errc::unsupported_format:
      return "unsupported_format";
    case Errc::unsupported_handle:
      return "unsupported_handle";
    case Errc::unsupported_feature:
      return "unsupported_feature";
    case Errc::limit_exceeded:
      return "limit_exceeded";
    case Errc::device_mismatch:
      return "device_mismatch";
    case Errc::access_conflict:
      return "access_conflict";
    case Errc::invalid_state:
      return "invalid_state";
    case Errc::not_initialized:
      return "not_initialized";
    case Errc::timed_out:
      return "timed_out";
    case Errc::out_of_memory:
      return "out_of_memory";
    case Errc::not_found:
      return "not_found";
    case Errc::peer_gone:
      return "peer_gone";
    case Errc::protocol_error:
      return "protocol_error";
    case Errc::device_lost:
      return "device_lost";
    case Errc::os_error:
      return "os_error";
    case Errc::internal:
      return "internal";
  }
  return "unknown";
}

std::string_view to_string(ErrorDomain domain) noexcept {
  switch (domain) {
    case ErrorDomain::none:
      return "none";
    case ErrorDomain::posix:
      return "posix";
    case ErrorDomain::win32:
      return "win32";
    case ErrorDomain::vulkan:
      return "vulkan";
    case ErrorDomain::opengl:
      return "opengl";
    case ErrorDomain::egl:
      return "egl";
    case ErrorDomain::metal:
      return "metal";
    case ErrorDomain::webgpu:
      return "webgpu";
    case ErrorDomain::cuda:
      return "cuda";
  }
  return "unknown";
}

Error::Error(Errc code, std::string_view message, ErrorDomain domain, std::int64_t native_code) noexcept {
  try {
    auto block = std::make_unique<Block>();
    block->code = code;
    block->domain = domain;
    block->native_code = native_code;
    block->message = message;
    block_ = std::move(block);
  } catch (const std::bad_alloc&) {
    // Without memory for the error, the lack of memory is the error.
    block_ = nullptr;
  }
}

Error::Error(Error&&) noexcept = default;
Error& Error::operator=(Error&&) noexcept = default;
Error::~Error() = default;

Errc Error::code() const noexcept { return block_ ? block_->code : Errc::out_of_memory; }
ErrorDomain Error::domain() const noexcept { return block_ ? block_->domain : ErrorDomain::none; }
std::int64_t Error::native_code() const noexcept { return block_ ? block_->native_code : 0; }
std::string_view Error::message() const noexcept {
  return block_ ? std::string_view(block_->message) : std::string_view("The process has no memory left for an error message.");
}
std::span<const std::string> Error::trail() const noexcept {
  return block_ ? std::span<const std::string>(block_->trail) : std::span<const std::string>();
}

Error&& Error::with_context(std::string_view what) && noexcept {
  if (block_) {
    try {
      block_->trail.emplace_back(what);
    } catch (const std::bad_alloc&) {
      // The cause matters more than the trail.
    }
  }
  return std::move(*this);
}

std::string Error::describe() const {
  std::string out(message());
  out += " [";
  out += to_string(code());
  if (domain() != ErrorDomain::none) {
    out += ", ";
    out += to_string(domain());
    out += " code ";
    out += std::to_string(native_code());
  }
  out += "]";
  for (const auto& step : trail()) {
    out += "; while ";
    out += step;
  }
  return out;
}

Error Error::clone() const noexcept {
  Error copy(code(), message(), domain(), native_code());
  for (const auto& step : trail()) copy = std::move(copy).with_context(step);
  return copy;
}

}  // namespace geyser
