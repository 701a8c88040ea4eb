# What is installed: headers, one library per room, the CMake package with one component per room, a pkg-config file per room, the CLI.
include(CMakePackageConfigHelpers)

set(geyser_cmake_dir "${CMAKE_INSTALL_LIBDIR}/cmake/geyser")
set(geyser_rooms core host)
set(geyser_closed_doors)  # doors of rooms that are not built are not installed either
foreach(room IN ITEMS vulkan opengl cuda d3d11 d3d12 metal webgpu)
  if(TARGET geyser_${room})
    list(APPEND geyser_rooms ${room})
  else()
    list(APPEND geyser_closed_doors ${room})
  endif()
endforeach()
if(GEYSER_WITH_STREAMS)
  list(APPEND geyser_rooms crossing ipc stream)
endif()
if(TARGET geyser_c)
  list(APPEND geyser_rooms c)  # last: where rooms are shared libraries, it links them all
endif()

if(NOT GEYSER_WITH_STREAMS)
  list(APPEND geyser_closed_doors channel directory publisher subscriber)
endif()
list(JOIN geyser_closed_doors "|" geyser_closed_doors)
install(DIRECTORY include/geyser DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT development
  FILES_MATCHING PATTERN "*.hpp" PATTERN "c" EXCLUDE REGEX "/(${geyser_closed_doors})\\.hpp$" EXCLUDE)
install(FILES "${PROJECT_BINARY_DIR}/generated/include/geyser/version.hpp"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/geyser" COMPONENT development)

if(TARGET geyser_c)
  install(FILES include/geyser/geyser.h DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/geyser" COMPONENT development)
  install(DIRECTORY include/geyser/c DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/geyser" COMPONENT development FILES_MATCHING PATTERN "*.h")
  file(RELATIVE_PATH PC_PREFIX "/prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/prefix")
  configure_file(cmake/geyser-c.pc.in "${PROJECT_BINARY_DIR}/generated/geyser-c.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/generated/geyser-c.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT development)
endif()

# geyser_pkg_config(FILE ROOM DESCRIPTION REQUIRES PRIVATE_LIBRARIES): a static library has no other way to say what it needs,
# so its private libraries go into Libs; a shared one carries them itself.
function(geyser_pkg_config file room description requires private)
  set(PC_NAME "${file}")
  set(PC_ROOM "${room}")
  set(PC_DESCRIPTION "${description}")
  set(PC_REQUIRES "${requires}")
  set(PC_PRIVATE "${private}")
  set(PC_CFLAGS "")
  set(PC_LIBRARIES "")
  if(NOT BUILD_SHARED_LIBS)
    set(PC_CFLAGS " -DGEYSER_STATIC")
    set(PC_LIBRARIES " ${private}")
    set(PC_PRIVATE "")
  endif()
  # Relative to the file itself, so that the installed tree can be moved.
  file(RELATIVE_PATH PC_PREFIX "/prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/prefix")
  configure_file("${PROJECT_SOURCE_DIR}/cmake/geyser.pc.in" "${PROJECT_BINARY_DIR}/generated/${file}.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/generated/${file}.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT development)
endfunction()
if(WIN32)
  set(geyser_system_libraries "-ladvapi32 -lbcrypt")
elseif(APPLE)
  set(geyser_system_libraries "-lbsm")
else()
  set(geyser_system_libraries "-pthread -ldl")
endif()
geyser_pkg_config(geyser core "${PROJECT_DESCRIPTION}" "" "${geyser_system_libraries}")
geyser_pkg_config(geyser-host host "${PROJECT_DESCRIPTION}: host memory" "geyser = ${PROJECT_VERSION}" "")
foreach(api IN ITEMS "vulkan;Vulkan" "opengl;OpenGL" "cuda;CUDA" "d3d11;Direct3D 11" "d3d12;Direct3D 12" "metal;Metal" "webgpu;WebGPU")
  list(GET api 0 room)
  list(GET api 1 name)
  if(TARGET geyser_${room})
    geyser_pkg_config(geyser-${room} ${room} "${PROJECT_DESCRIPTION}: ${name}" "geyser = ${PROJECT_VERSION}" "")
  endif()
endforeach()
if(GEYSER_WITH_STREAMS)
  geyser_pkg_config(geyser-ipc ipc "${PROJECT_DESCRIPTION}: channels between processes" "geyser = ${PROJECT_VERSION}" "")
  set(requires "geyser = ${PROJECT_VERSION}")
  foreach(room IN ITEMS vulkan cuda)
    if(TARGET geyser_${room})
      string(APPEND requires ", geyser-${room} = ${PROJECT_VERSION}")
    endif()
  endforeach()
  geyser_pkg_config(geyser-crossing crossing "${PROJECT_DESCRIPTION}: frames between devices" "${requires}" "")
  geyser_pkg_config(geyser-stream stream "${PROJECT_DESCRIPTION}: streams between processes"
    "geyser-crossing = ${PROJECT_VERSION}, geyser-host = ${PROJECT_VERSION}, geyser-ipc = ${PROJECT_VERSION}" "")
endif()

foreach(room IN LISTS geyser_rooms)
  install(TARGETS geyser_${room} EXPORT geyser_${room}
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT development
    LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT runtime NAMELINK_COMPONENT development
    RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT runtime)
  install(EXPORT geyser_${room} NAMESPACE geyser:: FILE geyser-${room}.cmake DESTINATION "${geyser_cmake_dir}" COMPONENT development)
endforeach()

configure_package_config_file(cmake/geyserConfig.cmake.in "${PROJECT_BINARY_DIR}/generated/geyserConfig.cmake"
  INSTALL_DESTINATION "${geyser_cmake_dir}" NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/generated/geyserConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/generated/geyserConfig.cmake" "${PROJECT_BINARY_DIR}/generated/geyserConfigVersion.cmake"
  DESTINATION "${geyser_cmake_dir}" COMPONENT development)

if(TARGET geyser)
  if(BUILD_SHARED_LIBS)
    file(RELATIVE_PATH geyser_library_path "/prefix/${CMAKE_INSTALL_BINDIR}" "/prefix/${CMAKE_INSTALL_LIBDIR}")
    set_target_properties(geyser PROPERTIES INSTALL_RPATH "$ORIGIN/${geyser_library_path}")
  endif()
  install(TARGETS geyser RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT runtime)
endif()

# Shared libraries find their siblings beside them.
set(geyser_beside "$ORIGIN")
if(APPLE)
  set(geyser_beside "@loader_path")
endif()
if(BUILD_SHARED_LIBS)
  foreach(room IN LISTS geyser_rooms)
    set_target_properties(geyser_${room} PROPERTIES INSTALL_RPATH "${geyser_beside}")
  endforeach()
endif()
