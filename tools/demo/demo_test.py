"""Runs the demo with good and bad input and checks exit code, output and the pictures it writes.

usage: demo_test.py PATH_OF_DEMO
"""
import json
import os
import struct
import subprocess
import sys
import tempfile

PROGRAM = sys.argv[1]
FAILURES = []


def demo(*arguments, env=None):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=200, env={**os.environ, **(env or {})}, check=False)


def check(condition, what, done):
    print(("ok   " if condition else "FAIL ") + what)
    if not condition:
        FAILURES.append(what)
        print(done.stdout + done.stderr)


def png_size(path):
    with open(path, "rb") as file:
        head = file.read(24)
    return struct.unpack(">II", head[16:24]) if head.startswith(b"\x89PNG\r\n\x1a\n") else None


def main():
    done = demo("--help")
    check(done.returncode == 0 and "Exit codes" in done.stdout and "Examples" in done.stdout, "help", done)
    for bad in (["--fly"], ["--size", "16"], ["--size", "0x0"], ["--size", "99999x10"], ["--format", "bc1_rgba_unorm"], ["--format", "nope"],
                ["--pattern", "plaid"], ["--repeat", "0"], ["--repeat", "many"]):
        done = demo(*bad)
        check(done.returncode == 2 and "next:" in done.stderr and not done.stdout, f"{' '.join(bad)} is wrong usage", done)
    done = demo(env={"VK_DRIVER_FILES": "/nowhere/none.json", "VK_ICD_FILENAMES": "/nowhere/none.json"})
    check(done.returncode == 3 and "geyser doctor" in done.stderr, "without a driver it says what to run", done)

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "new", "picture.png")
        done = demo(path, "--size", "320x200", "--repeat", "3")
        if done.returncode == 3:
            print("skipped: no Vulkan driver is installed here")
            return 77
        check(done.returncode == 0 and "Bit for bit equal both ways" in done.stdout, "a picture goes both ways", done)
        check(os.path.exists(path) and png_size(path) == (320, 200), "its PNG has its size", done)
        check(png_size(os.path.join(folder, "new", "picture-returned.png")) == (320, 200), "what came back is written too", done)
        for name in ("once: export", "each picture: A -> B", "memcpy", "upload to the other device"):
            check(name in done.stdout, f"the table has {name}", done)

        for pattern, image_format in (("gradient", "rgba16_float"), ("counter", "bgra8_unorm"), ("checker", "rgb10a2_unorm")):
            done = demo(path, "--size", "640x360", "--repeat", "2", "--pattern", pattern, "--format", image_format, "--json")
            check(done.returncode == 0, f"{pattern} in {image_format}", done)
            if done.returncode == 0:
                report = json.loads(done.stdout)
                times = report["milliseconds"]["a_to_b"]
                check(report["equal"] and report["ratio"] > 0 and min(times.values()) > 0, f"its report is complete ({image_format})", done)
                check(abs(times["read_back"] + times["memcpy"] + times["upload"] - times["cpu_copy"]) < 1e-6, "the three steps make the copy", done)

        done = demo(path, "--size", "64x64", "--repeat", "2", "--validate")
        if "validation" in done.stderr and done.returncode == 1 and "unsupported_feature" in done.stderr:
            print("not run with validation: the layers are not installed")
        else:
            check(done.returncode == 0 and "Validation messages: 0." in done.stdout, "the validation layers are silent", done)

        done = demo(path, "--size", "64x64", "--repeat", "1", "--sabotage")
        check(done.returncode == 1 and "wrong bytes" in done.stderr, "one changed byte is noticed", done)
        done = demo(path, "--device", "no such device")
        check(done.returncode == 1 and "no such device" in done.stderr, "an unknown device is named", done)
        done = demo("/dev/null/picture.png", "--size", "64x64", "--repeat", "1")
        check(done.returncode == 1 and "/dev/null" in done.stderr, "a path that cannot be written is named", done)
    return 1 if FAILURES else 0


sys.exit(main())
