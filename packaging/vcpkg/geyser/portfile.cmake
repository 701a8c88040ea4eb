# An overlay port: it builds the checkout that it stands in.
get_filename_component(SOURCE_PATH "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)

vcpkg_check_features(OUT_FEATURE_OPTIONS FEATURE_OPTIONS
  FEATURES
    streams GEYSER_WITH_STREAMS
    tools   GEYSER_BUILD_TOOLS
    vulkan  GEYSER_WITH_VULKAN
)
string(COMPARE EQUAL "${VCPKG_LIBRARY_LINKAGE}" dynamic shared)

vcpkg_cmake_configure(
  SOURCE_PATH "${SOURCE_PATH}"
  OPTIONS
    ${FEATURE_OPTIONS}
    -DBUILD_SHARED_LIBS=${shared}
    -DGEYSER_BUILD_TESTS=OFF
    -DGEYSER_BUILD_EXAMPLES=OFF
    -DGEYSER_BUILD_BENCHMARKS=OFF
    -DGEYSER_WERROR=OFF
    -DGEYSER_WITH_C=OFF
    -DGEYSER_WITH_CUDA=OFF
    -DGEYSER_WITH_OPENGL=OFF
    "-DGEYSER_FLATC=${CURRENT_HOST_INSTALLED_DIR}/tools/flatbuffers/flatc${VCPKG_HOST_EXECUTABLE_SUFFIX}"
)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(PACKAGE_NAME geyser CONFIG_PATH lib/cmake/geyser)
vcpkg_fixup_pkgconfig()
if("tools" IN_LIST FEATURES)
  vcpkg_copy_tools(TOOL_NAMES geyser AUTO_CLEAN)
endif()
file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/debug/include" "${CURRENT_PACKAGES_DIR}/debug/share")
file(INSTALL "${CMAKE_CURRENT_LIST_DIR}/usage" DESTINATION "${CURRENT_PACKAGES_DIR}/share/geyser")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE-MIT" "${SOURCE_PATH}/LICENSE-APACHE")
