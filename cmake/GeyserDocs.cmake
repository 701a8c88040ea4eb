# `make docs` (target "docs"): the public headers as HTML in build/PRESET/docs. A warning is an error.
find_package(Doxygen QUIET)
if(DOXYGEN_FOUND)
  set(DOXYGEN_OUTPUT "${PROJECT_BINARY_DIR}/docs")
  configure_file(Doxyfile "${PROJECT_BINARY_DIR}/generated/Doxyfile" @ONLY)
  add_custom_target(docs
    COMMAND ${CMAKE_COMMAND} -E make_directory "${DOXYGEN_OUTPUT}"
    COMMAND Doxygen::doxygen "${PROJECT_BINARY_DIR}/generated/Doxyfile"
    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}" VERBATIM)
endif()
