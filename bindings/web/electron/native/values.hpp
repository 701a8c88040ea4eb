// JavaScript's values to C++ and back. Every failing call of Node-API leaves an exception pending; these return what is then not used.
#pragma once

#include <node_api.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "reader.hpp"

namespace geyser_node {

/// Throws an Error with `code`. Returns undefined's place: null.
napi_value refuse(napi_env env, std::string_view code, std::string_view message);
/// An Error object with a code.
[[nodiscard]] napi_value error_value(napi_env env, const Failure& failure);

[[nodiscard]] napi_value text_value(napi_env env, std::string_view text);
[[nodiscard]] napi_value number_value(napi_env env, double number);
[[nodiscard]] napi_value big_value(napi_env env, std::uint64_t number);
void set(napi_env env, napi_value object, const char* name, napi_value value);
void set_function(napi_env env, napi_value object, const char* name, napi_callback call, void* data);

/// A property; `absent` where it is undefined. Empty: it is of another type or out of range, and an exception is pending.
[[nodiscard]] std::optional<std::string> text_of(napi_env env, napi_value object, const char* name, std::string_view absent);
[[nodiscard]] std::optional<double> number_of(napi_env env, napi_value object, const char* name, double absent, double least, double most);

/// The JavaScript object of a frame; `release()` gives it back, and so does the garbage collector.
[[nodiscard]] napi_value frame_value(napi_env env, std::unique_ptr<Frame> frame);

}  // namespace geyser_node
