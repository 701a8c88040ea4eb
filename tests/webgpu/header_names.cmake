# cmake -D HEADER=webgpu.h -D OUTPUT=names.hpp -P header_names.cmake
# What a webgpu.h declares, as tables for the tests: its functions, and its texture formats by name.
file(READ "${HEADER}" text)
string(REGEX MATCHALL "WGPU_EXPORT [^;]*\\(" declarations "${text}")
set(functions "")
foreach(declaration IN LISTS declarations)
  if(declaration MATCHES "(wgpu[A-Z][A-Za-z0-9]*)\\(")
    string(APPEND functions "    \"${CMAKE_MATCH_1}\",\n")
  endif()
endforeach()
string(REGEX MATCHALL "WGPUTextureFormat_[A-Za-z0-9]+ = 0x" entries "${text}")
set(formats "")
foreach(entry IN LISTS entries)
  string(REGEX REPLACE "WGPUTextureFormat_([A-Za-z0-9]+) = 0x" "\\1" name "${entry}")
  if(NOT name MATCHES "^(Undefined|Force32)$")
    string(APPEND formats "    {\"${name}\", WGPUTextureFormat_${name}},\n")
  endif()
endforeach()
file(WRITE "${OUTPUT}" "// Made by tests/webgpu/header_names.cmake.
#pragma once

#include <webgpu/webgpu.h>

#include <string_view>
#include <utility>

namespace geyser::test::dawn {

inline constexpr std::string_view function_names[] = {
${functions}};
inline constexpr std::pair<std::string_view, WGPUTextureFormat> format_names[] = {
${formats}};

}  // namespace geyser::test::dawn
")
