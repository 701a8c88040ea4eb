// A Dawn for tests: libwebgpu_dawn.so, which has wgpuGetProcAddress as Dawn's own library has it, over the Dawn inside of Node's addon
// dawn.node (the only form in which a package registry has it). GEYSER_DAWN_LIBRARY (the old pair: GEYSER_DAWN_LIBRARY_OLD) names another
// dawn.node than the one of scripts/dawn. Nothing is opened before the first call.
#pragma once

extern "C" {
/// Null when Dawn could be loaded; else one sentence. Ownership: static. Threading: any thread. Errors: none.
__attribute__((visibility("default"))) const char* geyser_test_dawn_missing();
/// Where a function of the addon lies, hidden ones too; null when it has no such symbol (mangled name). Threading: any thread. Errors:
/// none.
__attribute__((visibility("default"))) void* geyser_test_dawn_symbol(const char* name);
}
