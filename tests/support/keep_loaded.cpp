// Preloaded into sanitized tests: libraries stay loaded, so that a leak inside a driver is reported with the driver's name and
// lsan.supp can tell it from one of ours. The loader unloads its drivers with the last instance, long before leaks are looked for.
extern "C" {

[[gnu::visibility("default")]] int dlclose(void* handle) noexcept;

int dlclose(void*) noexcept { return 0; }
}
