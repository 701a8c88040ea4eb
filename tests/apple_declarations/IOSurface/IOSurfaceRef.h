// What this project calls of IOSurface, as its documentation has it.
#pragma once

#include <CoreFoundation/CoreFoundation.h>
#include <mach/mach.h>

using IOSurfaceRef = struct __attribute__((objc_bridge(id))) __IOSurface*;
using OSType = std::uint32_t;
enum IOSurfaceLockOptions : std::uint32_t { kIOSurfaceLockReadOnly = 1, kIOSurfaceLockAvoidSync = 2 };

extern "C" {
extern const CFStringRef kIOSurfaceWidth, kIOSurfaceHeight, kIOSurfacePixelFormat, kIOSurfaceAllocSize, kIOSurfaceBytesPerElement,
    kIOSurfaceBytesPerRow, kIOSurfacePlaneInfo, kIOSurfacePlaneWidth, kIOSurfacePlaneHeight, kIOSurfacePlaneBytesPerRow,
    kIOSurfacePlaneOffset, kIOSurfacePlaneSize, kIOSurfacePlaneBytesPerElement;

CFTypeID IOSurfaceGetTypeID(void);
IOSurfaceRef IOSurfaceCreate(CFDictionaryRef properties);
mach_port_t IOSurfaceCreateMachPort(IOSurfaceRef surface);
IOSurfaceRef IOSurfaceLookupFromMachPort(mach_port_t port);
kern_return_t IOSurfaceLock(IOSurfaceRef surface, IOSurfaceLockOptions options, std::uint32_t* seed);
kern_return_t IOSurfaceUnlock(IOSurfaceRef surface, IOSurfaceLockOptions options, std::uint32_t* seed);
std::size_t IOSurfaceAlignProperty(CFStringRef property, std::size_t value);
std::size_t IOSurfaceGetAllocSize(IOSurfaceRef surface);
std::size_t IOSurfaceGetWidth(IOSurfaceRef surface);
std::size_t IOSurfaceGetHeight(IOSurfaceRef surface);
OSType IOSurfaceGetPixelFormat(IOSurfaceRef surface);
std::size_t IOSurfaceGetElementWidth(IOSurfaceRef surface);
std::size_t IOSurfaceGetElementHeight(IOSurfaceRef surface);
std::size_t IOSurfaceGetBytesPerElement(IOSurfaceRef surface);
std::size_t IOSurfaceGetBytesPerRow(IOSurfaceRef surface);
void* IOSurfaceGetBaseAddress(IOSurfaceRef surface);
std::size_t IOSurfaceGetPlaneCount(IOSurfaceRef surface);
std::size_t IOSurfaceGetWidthOfPlane(IOSurfaceRef surface, std::size_t plane);
std::size_t IOSurfaceGetHeightOfPlane(IOSurfaceRef surface, std::size_t plane);
std::size_t IOSurfaceGetBytesPerElementOfPlane(IOSurfaceRef surface, std::size_t plane);
std::size_t IOSurfaceGetBytesPerRowOfPlane(IOSurfaceRef surface, std::size_t plane);
void* IOSurfaceGetBaseAddressOfPlane(IOSurfaceRef surface, std::size_t plane);
}
