// The addon's door: connect(options) -> { acquire(timeout) -> Promise<frame>, close() }. All waiting is done off JavaScript's thread.
#include <memory>
#include <string>

#include "values.hpp"

namespace geyser_node {
namespace {

constexpr double day = 86'400'000;  // milliseconds

/// One for each connect(): what its object, and the waits under way, share.
struct Line {
  std::shared_ptr<Reader> reader;  // null: closed
  bool waiting = false;
};

/// Work for one of Node's threads, and the promise that it settles.
template <class Result>
struct Task {
  napi_async_work work = nullptr;
  napi_deferred deferred = nullptr;
  Failure failure;
  Result result{};
};

struct Acquisition : Task<std::unique_ptr<Frame>> {
  std::shared_ptr<Line> line;
  std::shared_ptr<Reader> reader;
  std::int64_t timeout = 0;
};

struct Connection : Task<std::shared_ptr<Reader>> {
  Options options;
};

std::int64_t nanoseconds(double milliseconds) { return static_cast<std::int64_t>(milliseconds * 1e6); }

/// Queues `task`, whose ownership goes with it; returns the promise.
template <class T>
napi_value start(napi_env env, std::unique_ptr<T> task, const char* name, napi_async_execute_callback execute,
                 napi_async_complete_callback complete) {
  napi_value promise = nullptr;
  if (napi_create_promise(env, &task->deferred, &promise) != napi_ok) return nullptr;
  napi_create_async_work(env, nullptr, text_value(env, name), execute, complete, task.get(), &task->work);
  if (napi_queue_async_work(env, task->work) != napi_ok) return refuse(env, "internal", "Node.js took no work.");
  static_cast<void>(task.release());
  return promise;
}

void settle(napi_env env, napi_deferred deferred, const Failure& failure, napi_value value) {
  if (failure || value == nullptr) {
    napi_reject_deferred(env, deferred, error_value(env, failure ? failure : Failure{"internal", "The answer could not be made."}));
  } else {
    napi_resolve_deferred(env, deferred, value);
  }
}

/// The line of `this`.
std::shared_ptr<Line>* line_of(napi_env env, napi_callback_info info, std::size_t& count, napi_value* arguments) {
  napi_value self = nullptr;
  void* data = nullptr;
  if (napi_get_cb_info(env, info, &count, arguments, &self, nullptr) == napi_ok && napi_unwrap(env, self, &data) == napi_ok) {
    return static_cast<std::shared_ptr<Line>*>(data);
  }
  refuse(env, "invalid_argument", "The function belongs to a reader: call it as reader.acquire() or reader.close().");
  return nullptr;
}

napi_value acquire(napi_env env, napi_callback_info info) {
  std::size_t count = 1;
  napi_value argument = nullptr;
  auto* line = line_of(env, info, count, &argument);
  if (line == nullptr) return nullptr;
  double timeout = 1000;
  if (count == 1 && (napi_get_value_double(env, argument, &timeout) != napi_ok || !(timeout >= 0 && timeout <= day))) {
    return refuse(env, "invalid_argument", "The time to wait is no number of milliseconds from 0 to a day.");
  }
  if (!(*line)->reader) return refuse(env, "invalid_state", "The reader is closed; connect again.");
  if ((*line)->waiting) return refuse(env, "invalid_state", "Another acquire() is waiting; one at a time is allowed.");
  auto task = std::make_unique<Acquisition>();
  task->line = *line;
  task->reader = (*line)->reader;
  task->timeout = nanoseconds(timeout);
  (*line)->waiting = true;
  return start(
      env, std::move(task), "geyser.acquire",
      [](napi_env, void* data) {
        auto& it = *static_cast<Acquisition*>(data);
        it.result = it.reader->acquire(it.timeout, it.failure);
      },
      [](napi_env inner, napi_status, void* data) {
        const std::unique_ptr<Acquisition> it(static_cast<Acquisition*>(data));
        it->line->waiting = false;
        settle(inner, it->deferred, it->failure, it->result ? frame_value(inner, std::move(it->result)) : nullptr);
        napi_delete_async_work(inner, it->work);
      });
}

napi_value close_reader(napi_env env, napi_callback_info info) {
  std::size_t count = 0;
  auto* line = line_of(env, info, count, nullptr);
  if (line != nullptr) (*line)->reader.reset();  // an acquire() under way keeps its own until it is over
  return nullptr;
}

napi_value reader_value(napi_env env, std::shared_ptr<Reader> reader) {
  napi_value object = nullptr;
  if (napi_create_object(env, &object) != napi_ok) return nullptr;
  auto line = std::make_unique<std::shared_ptr<Line>>(std::make_shared<Line>());
  (*line)->reader = std::move(reader);
  const auto forget = [](node_api_basic_env, void* data, void*) { delete static_cast<std::shared_ptr<Line>*>(data); };
  if (napi_wrap(env, object, line.get(), forget, nullptr, nullptr) != napi_ok) return nullptr;
  static_cast<void>(line.release());
  set_function(env, object, "acquire", acquire, nullptr);
  set_function(env, object, "close", close_reader, nullptr);
  return object;
}

napi_value connect(napi_env env, napi_callback_info info) {
  std::size_t count = 1;
  napi_value given = nullptr;
  napi_valuetype type = napi_undefined;
  if (napi_get_cb_info(env, info, &count, &given, nullptr, nullptr) != napi_ok) return nullptr;
  if (count == 1) napi_typeof(env, given, &type);
  if (type != napi_object) return refuse(env, "invalid_argument", "connect() takes an object with the stream's name.");
  auto task = std::make_unique<Connection>();
  const auto name = text_of(env, given, "name", "");
  const auto directory = name ? text_of(env, given, "directory", "") : std::nullopt;
  const auto application = directory ? text_of(env, given, "application", "") : std::nullopt;
  const auto device = application ? text_of(env, given, "device", "vulkan") : std::nullopt;
  const auto timeout = device ? number_of(env, given, "connectTimeout", 1000, 0, day) : std::nullopt;
  const auto held = timeout ? number_of(env, given, "maxHeld", 2, 1, 4) : std::nullopt;
  if (!held) return nullptr;
  if (*device != "vulkan" && *device != "host")
    return refuse(env, "invalid_argument", "device is \"" + *device + "\"; \"vulkan\" and \"host\" are possible.");
  task->options = {.name = *name,
                   .directory = *directory,
                   .application = *application,
                   .vulkan = *device == "vulkan",
                   .connect_timeout = nanoseconds(*timeout),
                   .max_held = static_cast<std::uint32_t>(*held)};
  return start(
      env, std::move(task), "geyser.connect",
      [](napi_env, void* data) {
        auto& it = *static_cast<Connection*>(data);
        it.result = Reader::connect(it.options, it.failure);
      },
      [](napi_env inner, napi_status, void* data) {
        const std::unique_ptr<Connection> it(static_cast<Connection*>(data));
        settle(inner, it->deferred, it->failure, it->result ? reader_value(inner, std::move(it->result)) : nullptr);
        napi_delete_async_work(inner, it->work);
      });
}

napi_value init(napi_env env, napi_value exports) {
  if (geyser_abi_version() != GEYSER_ABI_VERSION) {
    return refuse(env, "invalid_state",
                  "libgeyser has ABI version " + std::to_string(geyser_abi_version()) + ", and the addon was built for " +
                      std::to_string(GEYSER_ABI_VERSION) + "; build it anew.");
  }
  set_function(env, exports, "connect", connect, nullptr);
  set(env, exports, "version", text_value(env, geyser_version()));
  return exports;
}

}  // namespace
}  // namespace geyser_node

NAPI_MODULE_INIT() { return geyser_node::init(env, exports); }
