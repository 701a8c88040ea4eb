// Included before everything else where Apple's files are checked or emulated on another system: what Darwin's POSIX headers have and this
// system's have not.
#pragma once

#include <cstdlib>

#define _CS_DARWIN_USER_TEMP_DIR 65537

extern "C" const char* getprogname(void);
