# How every target of this project is built. Warnings and sanitizers are for our own code and are never exported.

# geyser_common(TARGET): language level, warnings, visibility, sanitizers.
function(geyser_common target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES
    CXX_EXTENSIONS OFF CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON POSITION_INDEPENDENT_CODE ON
    OBJCXX_STANDARD 20 OBJCXX_STANDARD_REQUIRED ON OBJCXX_EXTENSIONS OFF OBJCXX_VISIBILITY_PRESET hidden)
  if(MSVC)
    target_compile_options(${target} PRIVATE /W4 /permissive- $<$<BOOL:${GEYSER_WERROR}>:/WX>)
  else()
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor
      -Wno-missing-field-initializers $<$<BOOL:${GEYSER_WERROR}>:-Werror>)
    # With optimisation, gcc 12 sees overlaps and lengths in inlined std::string and std::vector code that cannot occur (GCC bugs 105651,
    # 105329 and their kin); the debug build and clang keep these checks.
    target_compile_options(${target} PRIVATE "$<$<AND:$<CXX_COMPILER_ID:GNU>,$<NOT:$<CONFIG:Debug>>>:-Wno-restrict;-Wno-stringop-overread;-Wno-stringop-overflow;-Wno-array-bounds;-Wno-dangling-pointer;-Wno-maybe-uninitialized>")
  endif()
  if(GEYSER_SANITIZE)
    # The link flag is for whoever links it in this build; $<BUILD_INTERFACE> keeps it out of the installed package.
    # Not vptr: it looks at memory through a pipe, and takes every object for a wrong one while a test has used up the descriptors.
    target_compile_options(${target} PRIVATE -fsanitize=${GEYSER_SANITIZE} -fno-sanitize=vptr -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC $<BUILD_INTERFACE:-fsanitize=${GEYSER_SANITIZE}>)
  endif()
  if(GEYSER_BUILD_FUZZERS)
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)  # coverage for libFuzzer; only fuzz targets link its main()
    target_link_options(${target} PUBLIC $<BUILD_INTERFACE:-fsanitize=fuzzer-no-link>)
  endif()
endfunction()

# geyser_c_common(TARGET): the same for programs in C. Linked as C++ is, since sanitizers bring a runtime of the C++ compiler's.
function(geyser_c_common target)
  set_target_properties(${target} PROPERTIES C_STANDARD 11 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF LINKER_LANGUAGE CXX)
  if(NOT MSVC)
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes $<$<BOOL:${GEYSER_WERROR}>:-Werror>)
  endif()
  if(GEYSER_SANITIZE AND CMAKE_C_COMPILER_ID STREQUAL CMAKE_CXX_COMPILER_ID)
    target_compile_options(${target} PRIVATE -fsanitize=${GEYSER_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  endif()
endfunction()

# geyser_library(ROOM SOURCES...): the target geyser_ROOM with the alias geyser::ROOM, the same name in-tree and installed.
function(geyser_library room)
  add_library(geyser_${room} ${ARGN})
  add_library(geyser::${room} ALIAS geyser_${room})
  geyser_common(geyser_${room})
  target_include_directories(geyser_${room}
    PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
           $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/generated/include>
           $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
    PRIVATE ${PROJECT_SOURCE_DIR}/src)
  target_compile_definitions(geyser_${room} PRIVATE GEYSER_BUILDING)
  if(NOT BUILD_SHARED_LIBS)
    target_compile_definitions(geyser_${room} PUBLIC GEYSER_STATIC)  # a static copy inside another library exports nothing
  endif()
  if(BUILD_SHARED_LIBS AND CMAKE_SYSTEM_NAME STREQUAL Linux AND NOT GEYSER_SANITIZE)
    target_link_options(geyser_${room} PRIVATE -Wl,--no-undefined)  # a symbol that a room forgot to show fails here, not at the user
  endif()
  set_target_properties(geyser_${room} PROPERTIES EXPORT_NAME ${room} VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
endfunction()

# geyser_program(NAME SOURCES...): a program in build/PRESET/bin that may use the library's inner headers.
function(geyser_program name)
  add_executable(${name} ${ARGN})
  geyser_common(${name})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR})
endfunction()
