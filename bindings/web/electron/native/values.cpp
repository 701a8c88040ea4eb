#include "values.hpp"

#include <array>
#include <vector>

namespace geyser_node {

napi_value refuse(napi_env env, std::string_view code, std::string_view message) {
  const napi_value error = error_value(env, {std::string(code), std::string(message)});
  if (error != nullptr) napi_throw(env, error);
  return nullptr;
}

napi_value error_value(napi_env env, const Failure& failure) {
  napi_value error = nullptr;
  if (napi_create_error(env, text_value(env, failure.code), text_value(env, failure.message), &error) != napi_ok) return nullptr;
  return error;
}

napi_value text_value(napi_env env, std::string_view text) {
  napi_value value = nullptr;
  napi_create_string_utf8(env, text.data(), text.size(), &value);
  return value;
}

napi_value number_value(napi_env env, double number) {
  napi_value value = nullptr;
  napi_create_double(env, number, &value);
  return value;
}

napi_value big_value(napi_env env, std::uint64_t number) {
  napi_value value = nullptr;
  napi_create_bigint_uint64(env, number, &value);
  return value;
}

void set(napi_env env, napi_value object, const char* name, napi_value value) {
  if (object != nullptr && value != nullptr) napi_set_named_property(env, object, name, value);
}

void set_function(napi_env env, napi_value object, const char* name, napi_callback call, void* data) {
  napi_value function = nullptr;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, call, data, &function);
  set(env, object, name, function);
}

namespace {

/// The property's type; its value in `value`.
napi_valuetype property(napi_env env, napi_value object, const char* name, napi_value& value) {
  napi_valuetype type = napi_undefined;
  if (napi_get_named_property(env, object, name, &value) == napi_ok) napi_typeof(env, value, &type);
  return type;
}

}  // namespace

std::optional<std::string> text_of(napi_env env, napi_value object, const char* name, std::string_view absent) {
  napi_value value = nullptr;
  const napi_valuetype type = property(env, object, name, value);
  if (type == napi_undefined) return std::string(absent);
  std::size_t length = 0;
  if (type != napi_string || napi_get_value_string_utf8(env, value, nullptr, 0, &length) != napi_ok || length > 4096) {
    refuse(env, "invalid_argument", std::string(name) + " is no text of at most 4096 bytes.");
    return std::nullopt;
  }
  std::string text(length + 1, '\0');
  napi_get_value_string_utf8(env, value, text.data(), text.size(), &length);
  text.resize(length);
  return text;
}

std::optional<double> number_of(napi_env env, napi_value object, const char* name, double absent, double least, double most) {
  napi_value value = nullptr;
  const napi_valuetype type = property(env, object, name, value);
  if (type == napi_undefined) return absent;
  double number = 0;
  if (type != napi_number || napi_get_value_double(env, value, &number) != napi_ok || !(number >= least && number <= most)) {
    refuse(env, "invalid_argument",
           std::string(name) + " is no number from " + std::to_string(static_cast<std::int64_t>(least)) + " to " +
               std::to_string(static_cast<std::int64_t>(most)) + '.');
    return std::nullopt;
  }
  return number;
}

namespace {

/// What the JavaScript object holds on to.
struct FrameBox {
  std::unique_ptr<Frame> frame;
};

napi_value release_frame(napi_env env, napi_callback_info info) {
  napi_value self = nullptr;
  void* data = nullptr;
  if (napi_get_cb_info(env, info, nullptr, nullptr, &self, nullptr) != napi_ok) return nullptr;
  if (napi_unwrap(env, self, &data) != napi_ok)
    return refuse(env, "invalid_argument", "release() belongs to a frame: call it as frame.release().");
  static_cast<FrameBox*>(data)->frame.reset();  // the second time nothing happens
  return nullptr;
}

napi_value list_value(napi_env env, const std::vector<napi_value>& values) {
  napi_value list = nullptr;
  napi_create_array_with_length(env, values.size(), &list);
  for (std::uint32_t i = 0; i < values.size(); ++i) napi_set_element(env, list, i, values[i]);
  return list;
}

}  // namespace

napi_value frame_value(napi_env env, std::unique_ptr<Frame> frame) {
  napi_value object = nullptr;
  if (napi_create_object(env, &object) != napi_ok) return nullptr;
  const std::array<std::pair<const char*, double>, 9> numbers = {{{"number", static_cast<double>(frame->number)},
                                                                  {"generation", static_cast<double>(frame->generation)},
                                                                  {"skipped", static_cast<double>(frame->skipped)},
                                                                  {"published", static_cast<double>(frame->published)},
                                                                  {"timestamp", static_cast<double>(frame->timestamp)},
                                                                  {"width", static_cast<double>(frame->width)},
                                                                  {"height", static_cast<double>(frame->height)},
                                                                  {"allocationSize", static_cast<double>(frame->allocation)},
                                                                  {"handleCount", static_cast<double>(frame->handles.size())}}};
  for (const auto& [name, number] : numbers) set(env, object, name, number_value(env, number));
  set(env, object, "format", text_value(env, frame->format));
  set(env, object, "memory", text_value(env, frame->memory));
  set(env, object, "transport", text_value(env, frame->transport));
  set(env, object, "modifier", big_value(env, frame->modifier));
  std::vector<napi_value> handles;
  for (const std::int64_t handle : frame->handles) handles.push_back(number_value(env, static_cast<double>(handle)));
  set(env, object, "handles", list_value(env, handles));
  std::vector<napi_value> planes;
  for (const Plane& plane : frame->planes) {
    napi_value each = nullptr;
    napi_create_object(env, &each);
    set(env, each, "fd", number_value(env, static_cast<double>(plane.fd)));
    set(env, each, "offset", number_value(env, static_cast<double>(plane.offset)));
    set(env, each, "stride", number_value(env, static_cast<double>(plane.stride)));
    set(env, each, "size", number_value(env, static_cast<double>(plane.size)));
    planes.push_back(each);
  }
  set(env, object, "planes", list_value(env, planes));
  set_function(env, object, "release", release_frame, nullptr);
  auto box = std::make_unique<FrameBox>(FrameBox{std::move(frame)});
  const auto forget = [](node_api_basic_env, void* data, void*) { delete static_cast<FrameBox*>(data); };
  if (napi_wrap(env, object, box.get(), forget, nullptr, nullptr) != napi_ok) return nullptr;
  static_cast<void>(box.release());
  return object;
}

}  // namespace geyser_node
