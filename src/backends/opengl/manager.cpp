#include "geyser/opengl.hpp"
