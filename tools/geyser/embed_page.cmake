# cmake -D OUTPUT=FILE.cpp -D FOLDER=page -D FILES=a,b -P embed_page.cmake: files as the source of assets() (serve_assets.hpp).
set(type_html "text/html; charset=utf-8")
set(type_css "text/css; charset=utf-8")
set(type_js "text/javascript; charset=utf-8")
set(arrays "")
set(rows "")
set(count 0)
string(REPLACE "," ";" FILES "${FILES}")
foreach(file IN LISTS FILES)
  file(READ "${FOLDER}/${file}" hex HEX)
  string(LENGTH "${hex}" length)
  math(EXPR length "${length} / 2")
  string(REGEX REPLACE "(................................)" "\\1\n" hex "${hex}")  # lines that an editor opens
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," hex "${hex}")
  if(length EQUAL 0)
    set(hex "'\\0'")
  endif()
  string(REGEX MATCH "[a-z]+$" extension "${file}")
  string(APPEND arrays "constexpr char file_${count}[] = {\n${hex}};\n")
  set(path "/${file}")
  if(file STREQUAL "index.html")
    set(path "/")
  endif()
  string(APPEND rows "    Asset{\"${path}\", \"${type_${extension}}\", std::string_view(file_${count}, ${length})},\n")
  math(EXPR count "${count} + 1")
endforeach()
file(WRITE "${OUTPUT}" "// Made by embed_page.cmake.
#include \"tools/geyser/serve_assets.hpp\"

#include <array>

namespace geyser::tools::web {
namespace {

${arrays}
constexpr std::array<Asset, ${count}> all{{
${rows}}};

}  // namespace

std::span<const Asset> assets() noexcept { return all; }

}  // namespace geyser::tools::web
")
