// Status, errors and log.
#include <array>
#include <mutex>
#include <optional>

#include "c/support.hpp"
#include "geyser/log.hpp"
#include "geyser/version.hpp"

using namespace geyser::c;

struct geyser_error {
  geyser::Error error;
  bool borrowed = false;
};

namespace {

/// The error of this thread.
std::optional<geyser_error>& last() noexcept {
  thread_local std::optional<geyser_error> error;
  return error;
}

struct Callback {
  geyser_log_callback function = nullptr;
  void* user = nullptr;
};

void forward(geyser::LogLevel level, std::string_view message, void* user) noexcept {
  const auto& callback = *static_cast<const Callback*>(user);
  std::array<char, 1024> line{};  // a line that is longer is cut when there is no memory
  const auto number = static_cast<geyser_log_level>(level);
  if (message.size() >= line.size()) {
    try {
      callback.function(number, std::string(message).c_str(), callback.user);
      return;
    } catch (const std::bad_alloc&) {
      message = message.substr(0, line.size() - 1);
    }
  }
  std::memcpy(line.data(), message.data(), message.size());
  callback.function(number, line.data(), callback.user);
}

}  // namespace

geyser_status geyser::c::fail(Error&& error) noexcept {
  const auto code = static_cast<geyser_status>(error.code());
  last().emplace(geyser_error{std::move(error), true});
  return code;
}

uint32_t geyser_abi_version(void) GEYSER_NOEXCEPT { return GEYSER_ABI_VERSION; }
const char* geyser_version(void) GEYSER_NOEXCEPT { return geyser::version().data(); }
geyser_feature geyser_features(void) GEYSER_NOEXCEPT { return GEYSER_C_FEATURES; }
const char* geyser_status_name(geyser_status status) GEYSER_NOEXCEPT {
  if (status == GEYSER_STATUS_OK) return "ok";
  return status < 0 ? "unknown" : name_of<geyser::Errc>(static_cast<std::uint32_t>(status));
}

const geyser_error* geyser_last_error(void) GEYSER_NOEXCEPT { return last() ? &*last() : nullptr; }
const char* geyser_last_error_message(void) GEYSER_NOEXCEPT { return last() ? last()->error.message().data() : ""; }

geyser_status geyser_error_clone(const geyser_error* error, geyser_error** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(error), GEYSER_GIVEN(out)}, [&]() -> geyser::Result<void> {
    *out = made<geyser_error>(error->error.clone(), false);
    return {};
  });
}
void geyser_error_destroy(geyser_error* error) GEYSER_NOEXCEPT {
  if (error != nullptr && !error->borrowed) delete error;
}
geyser_status geyser_error_query(const geyser_error* error, geyser_error_info* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(error), GEYSER_GIVEN(out)}, [&]() -> geyser::Result<void> {
    geyser_error_info info{};
    info.code = static_cast<geyser_status>(error->error.code());
    info.domain = static_cast<geyser_error_domain>(error->error.domain());
    info.trail_count = count_of(error->error.trail().size());
    info.native_code = error->error.native_code();
    info.message = error->error.message().data();  // of a std::string, or a literal
    return write(out, info, "out");
  });
}
geyser_status geyser_error_trail(const geyser_error* error, uint32_t index, const char** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(error), GEYSER_GIVEN(out)}, [&]() -> geyser::Result<void> {
    GEYSER_CHECK(check_index(index, error->error.trail().size(), "steps in the trail"));
    *out = error->error.trail()[index].c_str();
    return {};
  });
}
geyser_status geyser_error_describe(const geyser_error* error, char* buffer, size_t capacity, size_t* length) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(error)},
              [&]() -> geyser::Result<void> { return copy_text(error->error.describe(), buffer, capacity, length); });
}
const char* geyser_error_domain_name(geyser_error_domain domain) GEYSER_NOEXCEPT { return name_of<geyser::ErrorDomain>(domain); }

geyser_status geyser_set_log_callback(geyser_log_callback callback, void* user) GEYSER_NOEXCEPT {
  return call(__func__, {}, [&]() -> geyser::Result<void> {
    // Two places in turn: the one that the library may be using just now is not touched.
    static std::mutex mutex;
    static std::array<Callback, 2> places;
    static std::size_t turn = 0;
    const std::lock_guard lock(mutex);
    if (callback == nullptr) {
      geyser::set_log_sink(nullptr);
      return {};
    }
    turn = 1 - turn;
    places[turn] = {callback, user};
    geyser::set_log_sink(&forward, &places[turn]);
    return {};
  });
}
geyser_status geyser_set_log_level(geyser_log_level level) GEYSER_NOEXCEPT {
  return call(__func__, {}, [&]() -> geyser::Result<void> {
    GEYSER_TAKE(value, enumerator(level, geyser::LogLevel::off, "level"));
    geyser::set_log_level(value);
    return {};
  });
}
geyser_status geyser_log(geyser_log_level level, const char* message) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(message)}, [&]() -> geyser::Result<void> {
    GEYSER_TAKE(value, enumerator(level, geyser::LogLevel::error, "level"));
    geyser::log(value, message);
    return {};
  });
}
