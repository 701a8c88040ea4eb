"""Runs one example on every Vulkan driver here (and with wrong arguments) and checks exit codes and output.

usage: examples_test.py PATH_OF_EXAMPLE [PATH_OF_ITS_OTHER_HALF]
"""
import glob
import os
import subprocess
import sys
import tempfile
import time

PROGRAMS = sys.argv[1:]
NAMES = [os.path.basename(program) for program in PROGRAMS]
NAME = NAMES[0]
SOFTWARE = ("lvp_icd*.json", "vk_swiftshader_icd.json")
LAYERS = ("/usr/share/vulkan/explicit_layer.d", "/usr/local/share/vulkan/explicit_layer.d", "/etc/vulkan/explicit_layer.d", os.environ.get("VK_LAYER_PATH", ""))
PLACES = ("/usr/share/vulkan/icd.d", "/usr/local/share/vulkan/icd.d", "/etc/vulkan/icd.d", "/usr/lib/chromium", "/usr/lib/chromium-browser")
ARGUMENTS = {
    "c_publisher": ["--frames", "60"],
    "timeline_semaphore_pipeline": ["--frames", "60"],
    "timeline_ipc_producer": ["--frames", "60"],
    "many_readers": ["--readers", "3", "--frames", "60"],
}
MUST_SAY = {
    "c_publisher": ["frames: 60 published, the last one was released"],
    "c_subscriber": ["transport: zero_copy", "frames: 60 read, 0 skipped, 0 wrong pixels"],
    "vulkan_to_vulkan": ["307200 of 307200 pixels are right"],
    "timeline_semaphore_pipeline": ["frames: 60 of 60 checked, 0 wrong pixels"],
    "host_to_host": ["64000 of 64000 texels of the other process are right"],
    "ipc_producer": ["there: 230400 of 230400 pixels are right", "here: 230400 of 230400 pixels are right"],
    "ipc_consumer": ["230400 of 230400 pixels are right"],
    "timeline_ipc_producer": ["frames: 60 of 60 checked there, 0 wrong pixels"],
    "timeline_ipc_consumer": ["frames: 60 of 60 checked, 0 wrong pixels"],
    "many_readers": ["3 of 3 readers saw frame 60 last", "3 of 3 readers found every pixel right"],
    "vulkan_to_opengl": ["307200 of 307200 pixels are right"],
    "vulkan_to_cuda": ["307200 of 307200 pixels are right"],
    "opengl_publisher": ["published 120 frames", "the reader found every pixel right"],
    "mixed_readers": ["readers found every pixel right", "opengl reader: "],
    "resize_and_restart": ["sizes seen: 320x180 640x360 480x270", "attachments: 2", "wrong pixels: 0"],
}
BAD_NUMBERS = {
    "c_publisher": "--frames",
    "timeline_semaphore_pipeline": "--frames",
    "timeline_ipc_producer": "--frames",
    "many_readers": "--readers",
    "resize_and_restart": "--frames",
    "opengl_publisher": "--frames",
    "mixed_readers": "--frames",
    "cuda_subscriber": "--frames",
}
# OpenGL has a context for these devices only; on the others the programs have to say that it has none.
NEEDS_OPENGL = ("vulkan_to_opengl", "opengl_publisher", "mixed_readers")
NEEDS_CUDA = ("vulkan_to_cuda", "cuda_subscriber")
NOT_VALIDATED = ("opengl_publisher", "mixed_readers", "cuda_subscriber")
FAILURES = []


class Done:
    def __init__(self, returncode, stdout, stderr):
        self.returncode, self.stdout, self.stderr = returncode, stdout, stderr


def environment_of(driver):
    environment = dict(os.environ)
    if driver:
        environment["VK_DRIVER_FILES"] = environment["VK_ICD_FILENAMES"] = driver
    return environment


def run(arguments, driver=None, program=None):
    return subprocess.run([program or PROGRAMS[0], *arguments], capture_output=True, text=True, timeout=120, env=environment_of(driver), check=False)


def start_first(arguments, driver, errors):
    """The first of a pair, once it listens; what it said until then."""
    first = subprocess.Popen([PROGRAMS[0], *arguments], stdout=subprocess.PIPE, stderr=errors, text=True, env=environment_of(driver))
    said = ""
    for line in first.stdout:
        said += line
        if line.startswith("listening as"):
            break
    return first, said


def run_all(arguments, driver):
    """Runs a program, or both of a pair; one Done for each."""
    if len(PROGRAMS) == 1:
        return [run(arguments, driver)]
    name = ["--name", f"{NAME} {os.getpid()}"]
    with tempfile.TemporaryFile("w+") as errors:
        first, said = start_first([*arguments, *name], driver, errors)
        try:
            second = run([*name, *(["--validate"] if "--validate" in arguments else [])], driver, PROGRAMS[1])
            rest, _ = first.communicate(timeout=60)
        finally:
            first.kill()
            first.wait()
        errors.seek(0)
        return [Done(first.returncode, said + rest, errors.read()), second]


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


def check(condition, what, *done):
    print(("ok   " if condition else "FAIL ") + what, flush=True)
    if not condition:
        FAILURES.append(what)
        for one in done:
            print(one.returncode, one.stdout + one.stderr, flush=True)


def wrong_usage():
    for program, name in zip(PROGRAMS, NAMES):
        done = run(["--help"], program=program)
        check(done.returncode == 0 and done.stdout.startswith("usage: " + name) and "Exit codes" in done.stdout, f"{name} --help", done)
        done = run(["--no-such-option"], program=program)
        check(done.returncode == 2 and "usage:" in done.stderr, f"{name}: an unknown option is wrong usage", done)
    option = BAD_NUMBERS.get(NAME)
    for bad in ("0", "many", "-3") if option else ():
        done = run([option, bad])
        check(done.returncode == 2, f"{option} {bad} is wrong usage", done)
    if NAME != "host_to_host":
        done = run(["--name", f"nobody {os.getpid()}"] if NAME == "cuda_subscriber" else [], driver="/nowhere/none.json")
        check(done.returncode == 1 and done.stderr.startswith(NAME + ":"), "without a driver it says so", done)
    if len(PROGRAMS) == 2:
        done = run(["--name", f"nobody {os.getpid()}"], program=PROGRAMS[1])
        check(done.returncode == 1 and "nobody" in done.stderr, "without its other half it says so", done)


def killed_half(driver):
    """The other half dies in the middle: an error, soon, and no hang."""
    name = ["--name", f"{NAME} killed {os.getpid()}"]
    with tempfile.TemporaryFile("w+") as errors:
        first, said = start_first(["--frames", "1000000", *name], driver, errors)
        second = subprocess.Popen([PROGRAMS[1], *name], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment_of(driver))
        try:
            second.stdout.readline()
            time.sleep(0.2)  # frames are on their way
            second.kill()
            rest, _ = first.communicate(timeout=10)
        finally:
            for process in (first, second):
                process.kill()
            second.communicate()
        errors.seek(0)
        done = Done(first.returncode, said + rest, errors.read())
        check(done.returncode == 1 and done.stderr.startswith(NAME + ":"), f"a consumer that is killed ends the producer on {driver}", done)


def needs_cuda(driver):
    """Without CUDA it says so; with it, every pixel."""
    if NAME == "cuda_subscriber":
        done = run(["--name", f"nobody {os.getpid()}"], driver)
        check(done.returncode == 1 and "nobody" in done.stderr, "without the stream it says so", done)
        done = run([], driver)
        check(done.returncode == 2 and "--name" in done.stderr, "without a name it is wrong usage", done)
        return
    done = run(["--validate"] if has_validation() else [], driver)
    if "nvidia" in driver:
        right = done.returncode == 0 and all(text in done.stdout for text in MUST_SAY[NAME])
        check(right, f"{NAME}: every pixel is right on {driver}", done)
    else:
        check(done.returncode == 1 and "CUDA" in done.stderr, f"without CUDA for {driver} it says so", done)


def main():
    wrong_usage()
    ran = 0
    for driver in drivers():
        if NAME in NEEDS_CUDA:
            needs_cuda(driver)
            ran += 1
            continue
        if NAME in NEEDS_OPENGL and "lvp" not in driver and "nvidia" not in driver:
            done = run([], driver)
            check(done.returncode == 1 and done.stderr.startswith(NAME + ":"), f"{NAME}: {driver} has no OpenGL twin, and it says so", done)
            continue
        arguments = ARGUMENTS.get(NAME, [])
        all_done = run_all(arguments, driver)
        ran += 1
        for name, done in zip(NAMES, all_done):
            right = done.returncode == 0 and all(text in done.stdout for text in MUST_SAY[name])
            check(right, f"{name}: every pixel is right on {driver or 'host memory'}", *all_done)
        if NAME == "timeline_ipc_producer":
            killed_half(driver)
        if NAME == "host_to_host" or NAME in NOT_VALIDATED or not has_validation():
            continue
        all_done = run_all([*arguments, "--validate"], driver)
        for name, done in zip(NAMES, all_done):
            right = done.returncode == 0 and "validation messages: 0" in done.stdout
            check(right, f"{name}: the validation layers are silent on {driver}", *all_done)
    if FAILURES:
        return 1
    if ran == 0:
        print("skipped: no Vulkan driver is installed here")
        return 77
    return 0


with tempfile.TemporaryDirectory() as runtime:
    os.environ["XDG_RUNTIME_DIR"] = runtime  # names of this test alone
    STATUS = main()
sys.exit(STATUS)
