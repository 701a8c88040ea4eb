// What one room of the library uses of another's inner headers. In shared libraries those symbols must be visible, although they are
// no part of the public ABI: backends of the same build and version are their only users.
#pragma once

#include "geyser/export.hpp"

#define GEYSER_INTERNAL_API GEYSER_API
