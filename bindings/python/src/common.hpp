// What every file of the extension module shares: errors on their way to Python, the manager that objects keep alive, sliced waits.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/stl/array.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "geyser/geyser.hpp"

namespace nb = nanobind;

namespace geyser::python {

using namespace nb::literals;  // NOLINT(google-build-using-namespace)

/// Carries an Error through nanobind to the translator, which raises the class of geyser.errors that belongs to its code.
class Failure : public std::exception {
 public:
  explicit Failure(Error error) : error_(std::make_shared<Error>(std::move(error))) {}
  [[nodiscard]] const Error& error() const noexcept { return *error_; }
  [[nodiscard]] const char* what() const noexcept override { return "geyser.Error"; }

 private:
  std::shared_ptr<Error> error_;  // exceptions are copied, errors are not
};

[[noreturn]] inline void fail(Errc code, std::string_view message) { throw Failure(Error(code, message)); }

template <class T>
[[nodiscard]] T unwrap(Result<T>&& result) {
  if (!result) throw Failure(std::move(result).error());
  return *std::move(result);
}
inline void unwrap(Result<void>&& result) {
  if (!result) throw Failure(std::move(result).error());
}

/// Seconds as Python says them. None: without end. Errors: InvalidArgument for negative numbers and NaN.
[[nodiscard]] std::optional<std::chrono::nanoseconds> duration_of(std::optional<double> seconds);

/// `message` with the length of the last slice replaced by that of the whole wait.
[[nodiscard]] Error whole_wait(Error&& error, std::chrono::nanoseconds slice, std::chrono::nanoseconds whole);

/// Python handles Ctrl-C only between calls into C++, so waits come in pieces of this length.
inline constexpr std::chrono::milliseconds wait_slice{50};

/// Calls `attempt(nanoseconds)` without the GIL until it gives something other than timed_out (or what `again` says), the time is over, or
/// a signal handler raised.
template <class Attempt, class Again>
[[nodiscard]] auto wait_in_slices(std::optional<double> seconds, Attempt&& attempt, Again&& again) {
  const auto whole = duration_of(seconds);
  const auto start = std::chrono::steady_clock::now();
  while (true) {
    std::chrono::nanoseconds slice = wait_slice;
    bool last = false;
    if (whole) {
      const auto left = *whole - (std::chrono::steady_clock::now() - start);
      last = left <= slice;
      slice = std::clamp<std::chrono::nanoseconds>(left, std::chrono::nanoseconds(0), slice);
    }
    auto result = [&] {
      nb::gil_scoped_release unlocked;
      return attempt(slice);
    }();
    if (result) return result;
    if (!again(result.error())) return result;
    if (last) {
      result.error() = whole_wait(std::move(result.error()), slice, *whole);
      return result;
    }
    if (PyErr_CheckSignals() != 0) throw nb::python_error();
  }
}
template <class Attempt>
[[nodiscard]] auto wait_in_slices(std::optional<double> seconds, Attempt&& attempt) {
  return wait_in_slices(seconds, std::forward<Attempt>(attempt), [](const Error& error) { return error.code() == Errc::timed_out; });
}

/// A manager and what it stands on; everything that was made from it keeps it.
struct Manager {
  explicit Manager(TextureShareManager made) : manager(std::move(made)) {}
  std::shared_ptr<void> below{};                 // the module's own OpenGL context: destroyed after the manager
  std::function<Result<void>()> make_current{};  // of that context
  std::function<void()> release_current{};
  void* cuda_stream = nullptr;
  int cuda_ordinal = -1;
  TextureShareManager manager;
};

/// The `T` of a Python object that close() has not emptied.
template <class T>
[[nodiscard]] const std::shared_ptr<T>& held(const std::shared_ptr<T>& pointer, std::string_view what) {
  if (!pointer) fail(Errc::invalid_state, std::string("The ") + std::string(what) + " is closed; make another one.");
  return pointer;
}

struct PyManager {
  std::shared_ptr<Manager> state;
  [[nodiscard]] const std::shared_ptr<Manager>& get() const { return held(state, "manager"); }
};

/// An enumerator, or its name as a string. Errors: InvalidArgument with the names there are.
template <class E>
[[nodiscard]] E enumerator(nb::handle value, std::string_view field) {
  if (nb::isinstance<E>(value)) return nb::cast<E>(value);
  const nb::handle type = nb::type<E>();
  if (nb::isinstance<nb::str>(value) && PyObject_HasAttr(type.attr("__members__").ptr(), nb::str("keys").ptr()) != 0) {
    const nb::object members = type.attr("__members__");
    if (nb::cast<bool>(members.attr("__contains__")(value))) return nb::cast<E>(members[value]);
  }
  std::string names;
  for (nb::handle name : type) names += (names.empty() ? "" : ", ") + nb::cast<std::string>(name.attr("name"));
  fail(Errc::invalid_argument, std::string(field) + " is " + nb::cast<std::string>(nb::repr(value)) + "; allowed are " + names + ".");
}

[[nodiscard]] Uuid uuid_of(nb::handle value);
[[nodiscard]] std::optional<Uuid> optional_uuid(nb::handle value);
[[nodiscard]] nb::bytes bytes_of(std::span<const std::byte> bytes);
[[nodiscard]] inline std::string text_of(std::string_view view) { return std::string(view); }

void bind_errors(nb::module_& m);
void bind_formats(nb::module_& m);
void bind_devices(nb::module_& m);
void bind_semaphores(nb::module_& m);
void bind_managers(nb::module_& m);
void bind_textures(nb::module_& m);
void bind_views(nb::module_& m);
void bind_directory(nb::module_& m);
void bind_publisher(nb::module_& m);
void bind_subscriber(nb::module_& m);
void bind_channel(nb::module_& m);
void bind_opengl(nb::module_& m);
void bind_cuda(nb::module_& m);

}  // namespace geyser::python
