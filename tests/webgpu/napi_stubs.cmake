# cmake -D NM=... -D LIBRARY=dawn.node -D OUTPUT=napi_stubs.cpp -P napi_stubs.cmake
# Node's addon wants the functions of Node's interface when it is opened, and calls none of them unless Node asks it to. Their names are
# taken from the library itself: a newer one may want others.
execute_process(COMMAND "${NM}" -D --undefined-only "${LIBRARY}" OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "napi_[a-z0-9_]+" names "${symbols}")
list(REMOVE_DUPLICATES names)
list(LENGTH names count)
if(count LESS 10)
  message(FATAL_ERROR "${LIBRARY} wants ${count} functions of Node; it is not the addon that was expected")
endif()
set(text "// Made by tests/webgpu/napi_stubs.cmake.\n#include <cstdio>\n#include <cstdlib>\n\n")
string(APPEND text "namespace {\n[[noreturn]] void called(const char* name) {\n  std::fprintf(stderr, \"%s: this process is not Node\\n\", name);\n  std::abort();\n}\n}  // namespace\n\n")
foreach(name IN LISTS names)
  string(APPEND text "extern \"C\" __attribute__((visibility(\"default\"))) void ${name}();\nvoid ${name}() { called(\"${name}\"); }\n")
endforeach()
file(WRITE "${OUTPUT}" "${text}")
