// What publisher and subscriber share.
#pragma once

#include <atomic>
#include <mutex>
#include <type_traits>

#include "common.hpp"
#include "geyser/directory.hpp"
#include "geyser/frame.hpp"

namespace geyser::python {

/// FrameMetadata that owns its bytes.
struct Metadata {
  std::optional<Timestamp> timestamp;
  std::optional<Rect> damage;
  std::optional<ColorInfo> color;
  std::optional<HdrMetadata> hdr;
  std::string user_data;
  [[nodiscard]] FrameMetadata view() const {
    return {timestamp, damage, color, hdr, std::as_bytes(std::span(user_data.data(), user_data.size()))};
  }
};

/// A Publisher or Subscriber that Python threads may share: one call at a time, and close() from any of them.
template <class T>
struct Shared {
  /// `word`: what it is, for messages; a literal.
  Shared(std::shared_ptr<Manager> from, T made, std::string_view word) : manager(std::move(from)), object(std::move(made)), noun(word) {}
  /// Calls `f(object)`; never with the GIL, which the holder of the mutex may need to end a frame.
  template <class F>
  [[nodiscard]] auto call(F&& f) -> std::invoke_result_t<F, T&> {
    const std::lock_guard lock(mutex);
    if (!object) return Error(Errc::invalid_state, "The " + std::string(noun) + " is closed; make another one.");
    return f(*object);
  }
  void close() {
    const std::lock_guard lock(mutex);
    object.reset();
    open = false;
  }

  std::shared_ptr<Manager> manager;
  std::mutex mutex;
  std::optional<T> object;
  std::string_view noun;
  std::atomic<bool> open = true;
};

/// The name for people that a Python program has: that of its script.
[[nodiscard]] inline std::string application_name(const std::optional<std::string>& given) {
  if (given) return *given;
  try {
    const auto path = nb::cast<std::string>(nb::str(nb::module_::import_("sys").attr("argv")[0]));
    const std::string name = path.substr(path.find_last_of('/') + 1);
    if (!name.empty() && name.size() <= 64) return name;
  } catch (const std::exception&) {  // an embedded interpreter may have no argv
  }
  return "python";
}

}  // namespace geyser::python
