// Errors become exceptions: the class by the code, with domain, native code and trail kept (geyser/errors.py).
#include <nanobind/stl/string.h>

#include <cmath>

#include "common.hpp"

namespace geyser::python {
namespace {

void raise(const Error& error) {
  const nb::object make = nb::module_::import_("geyser.errors").attr("_make");
  nb::list trail;
  for (const std::string& step : error.trail()) trail.append(step);
  const nb::object exception = make(error.code(), text_of(error.message()), text_of(to_string(error.domain())), error.native_code(),
                                    nb::tuple(trail), error.describe());
  PyErr_SetObject(exception.type().ptr(), exception.ptr());
}

}  // namespace

std::optional<std::chrono::nanoseconds> duration_of(std::optional<double> seconds) {
  if (!seconds) return std::nullopt;
  if (std::isnan(*seconds) || *seconds < 0) {
    fail(Errc::invalid_argument, "timeout is " + std::to_string(*seconds) + "; allowed are seconds from 0 on, or None for no limit.");
  }
  constexpr double year = 365.0 * 24 * 3600;  // far from the end of 64 bits
  return std::chrono::nanoseconds(static_cast<std::int64_t>(std::min(*seconds, year) * 1e9));
}

Error whole_wait(Error&& error, std::chrono::nanoseconds slice, std::chrono::nanoseconds whole) {
  const auto ms = [](std::chrono::nanoseconds t) {
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(t).count()) + " ms";
  };
  if (slice == whole) return std::move(error);
  std::string message(error.message());
  const std::string part = " " + ms(slice);
  const auto at = message.find(part);
  if (at == std::string::npos) return std::move(error).with_context("waiting " + ms(whole) + " in all");
  message.replace(at, part.size(), " " + ms(whole));
  Error changed(error.code(), message, error.domain(), error.native_code());
  for (const std::string& step : error.trail()) changed = std::move(changed).with_context(step);
  return changed;
}

void bind_errors(nb::module_& m) {
  nb::enum_<Errc>(m, "Errc", "The class of a failure: what a program branches on. Error.code; each has a subclass of Error.")
      .value("invalid_argument", Errc::invalid_argument, "A value that no device accepts.")
      .value("unsupported_format", Errc::unsupported_format, "This device cannot use the format in the way asked for.")
      .value("unsupported_handle", Errc::unsupported_handle, "No handle type that both sides can use.")
      .value("unsupported_feature", Errc::unsupported_feature, "The device or driver lacks something; the message names it.")
      .value("limit_exceeded", Errc::limit_exceeded, "Valid in itself, but beyond a limit of this device or process.")
      .value("device_mismatch", Errc::device_mismatch, "The object or handle belongs to another device, driver or manager.")
      .value("access_conflict", Errc::access_conflict, "Another access is open that excludes this one.")
      .value("invalid_state", Errc::invalid_state, "Right call, wrong time; the message says which call must come first.")
      .value("not_initialized", Errc::not_initialized, "A read of a texture that nobody has written.")
      .value("timed_out", Errc::timed_out, "A bounded wait ended; the message says who did not signal.")
      .value("out_of_memory", Errc::out_of_memory, "Host or device memory, or the process's file descriptors, are used up.")
      .value("not_found", Errc::not_found, "No device, library or name like that.")
      .value("peer_gone", Errc::peer_gone, "The other process closed its end or died.")
      .value("protocol_error", Errc::protocol_error, "Bytes or handles from another process that break the contract.")
      .value("device_lost", Errc::device_lost, "The device is gone; destroy everything made from it.")
      .value("os_error", Errc::os_error, "A system call failed; native_code is errno.")
      .value("internal", Errc::internal, "A defect of the library; please report the message.");

  nb::register_exception_translator([](const std::exception_ptr& pointer, void*) {
    try {
      std::rethrow_exception(pointer);
    } catch (const Failure& failure) {
      raise(failure.error());
    }
  });
}

}  // namespace geyser::python
