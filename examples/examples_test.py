"""Runs one example on every Vulkan driver here (and with wrong arguments) and checks exit code and output.

usage: examples_test.py PATH_OF_EXAMPLE
"""
import glob
import os
import subprocess
import sys

PROGRAM = sys.argv[1]
NAME = os.path.basename(PROGRAM)
SOFTWARE = ("lvp_icd*.json", "vk_swiftshader_icd.json")
LAYERS = ("/usr/share/vulkan/explicit_layer.d", "/usr/local/share/vulkan/explicit_layer.d", "/etc/vulkan/explicit_layer.d", os.environ.get("VK_LAYER_PATH", ""))
PLACES = ("/usr/share/vulkan/icd.d", "/usr/local/share/vulkan/icd.d", "/etc/vulkan/icd.d", "/usr/lib/chromium", "/usr/lib/chromium-browser")
ARGUMENTS = {"timeline_semaphore_pipeline": ["--frames", "60"]}
MUST_SAY = {
    "vulkan_to_vulkan": "307200 of 307200 pixels are right",
    "timeline_semaphore_pipeline": "frames: 60 of 60 checked, 0 wrong pixels",
    "host_to_host": "64000 of 64000 texels of the other process are right",
}


def run(arguments, driver=None):
    environment = dict(os.environ)
    if driver:
        environment["VK_DRIVER_FILES"] = environment["VK_ICD_FILENAMES"] = driver
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=120, env=environment, check=False)


def has_validation():
    return any(os.path.exists(os.path.join(place, "VkLayer_khronos_validation.json")) for place in LAYERS if place)


def drivers():
    if NAME == "host_to_host":
        return [None]
    chosen = os.environ.get("VK_DRIVER_FILES") or os.environ.get("VK_ICD_FILENAMES")
    if chosen:
        return [chosen]
    found = [path for pattern in SOFTWARE for place in PLACES for path in sorted(glob.glob(os.path.join(place, pattern)))]
    nvidia = [path for place in PLACES for path in glob.glob(os.path.join(place, "nvidia_icd*.json"))] if os.path.exists("/dev/nvidiactl") else []
    return found + nvidia


def main():
    failures = []

    def check(condition, what, done):
        print(("ok   " if condition else "FAIL ") + what)
        if not condition:
            failures.append(what)
            print(done.stdout + done.stderr)

    done = run(["--no-such-option"])
    check(done.returncode == 2 and "usage:" in done.stderr, "an unknown option is wrong usage", done)
    if NAME == "timeline_semaphore_pipeline":
        for bad in ("0", "many", "-3"):
            done = run(["--frames", bad])
            check(done.returncode == 2, f"--frames {bad} is wrong usage", done)
    if NAME != "host_to_host":
        done = run([], driver="/nowhere/none.json")
        check(done.returncode == 1 and done.stderr.startswith(NAME + ":"), "without a driver it says so", done)

    ran = 0
    for driver in drivers():
        done = run(ARGUMENTS.get(NAME, []), driver)
        ran += 1
        check(done.returncode == 0 and MUST_SAY[NAME] in done.stdout, f"every pixel is right on {driver or 'host memory'}", done)
        if NAME == "host_to_host" or not has_validation():
            continue
        done = run([*ARGUMENTS.get(NAME, []), "--validate"], driver)
        check(done.returncode == 0 and "validation messages: 0" in done.stdout, f"the validation layers are silent on {driver}", done)
    if failures:
        return 1
    if ran == 0:
        print("skipped: no Vulkan driver is installed here")
        return 77
    return 0


sys.exit(main())
