// mach_error_string() stands in mach/mach.h here.
#pragma once
#include "mach/mach.h"
