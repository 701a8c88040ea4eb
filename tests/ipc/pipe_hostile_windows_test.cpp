// Channels whose other end is a bare pipe.
#include <gtest/gtest.h>
