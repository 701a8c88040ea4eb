// What this project calls of Core Foundation, as its documentation has it. C and C++ alone, as Apple's is.
#pragma once

#include <cstddef>
#include <cstdint>

using CFTypeID = unsigned long;
using CFTypeRef = const void*;
using CFStringRef = const struct __attribute__((objc_bridge(NSString))) CFStringBody*;
using CFDictionaryRef = const struct __attribute__((objc_bridge(NSDictionary))) CFDictionaryBody*;

extern "C" {
CFTypeRef CFRetain(CFTypeRef object);
void CFRelease(CFTypeRef object);
CFTypeID CFGetTypeID(CFTypeRef object);
}
