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


def check_stream(stream, done):
    """Every frame that a reader took was right, and every other one is counted as skipped."""
    published = stream["publisher"]["frames"]
    check(published > 0 and not stream["complaints"] and len(stream["readers"]) == 2, "a stream of three processes", done)
    for reader, transport in zip(stream["readers"], ("zero_copy", "host_bridge")):
        wrong = reader["wrong_numbers"] + reader["wrong_checksums"] + reader["out_of_order"]
        counted = reader["frames"] + reader["skipped"] == reader["last_frame"] - reader["first_frame"] + 1
        check(reader["transport"] == transport and reader["frames"] > 0 and wrong == 0, f"{transport}: every frame is right", done)
        check(counted and reader["last_frame"] == published, f"{transport}: every frame is accounted for, to the last", done)
        check(0 < reader["publish_to_pixels_ms"]["p50"] <= reader["publish_to_pixels_ms"]["p99"], f"{transport}: it has latencies", done)


def main():
    done = demo("--help")
    check(done.returncode == 0 and "Exit codes" in done.stdout and "Examples" in done.stdout, "help", done)
    for bad in (["--fly"], ["--size", "16"], ["--size", "0x0"], ["--size", "99999x10"], ["--format", "bc1_rgba_unorm"], ["--format", "nope"],
                ["--pattern", "plaid"], ["--repeat", "0"], ["--repeat", "many"], ["--seconds", "0"], ["--fps", "fast"]):
        done = demo(*bad)
        check(done.returncode == 2 and "next:" in done.stderr and not done.stdout, f"{' '.join(bad)} is wrong usage", done)
    done = demo(env={"VK_DRIVER_FILES": "/nowhere/none.json", "VK_ICD_FILENAMES": "/nowhere/none.json"})
    check(done.returncode == 3 and "geyser doctor" in done.stderr, "without a driver it says what to run", done)

    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_RUNTIME_DIR"] = folder  # streams of this test alone
        path = os.path.join(folder, "new", "picture.png")
        done = demo(path, "--size", "320x200", "--repeat", "3", "--seconds", "2")
        if done.returncode == 3:
            print("skipped: no Vulkan driver is installed here")
            return 77
        check(done.returncode == 0 and "Bit for bit equal both ways" in done.stdout, "a picture goes both ways", done)
        for name in ("picture.png", "picture-returned.png", "picture-zero-copy.png", "picture-host-bridge.png"):
            check(png_size(os.path.join(folder, "new", name)) == (320, 200), f"{name} has its size", done)
        for name in ("once: export", "each picture: A -> B", "memcpy", "upload to the other device"):
            check(name in done.stdout, f"the table has {name}", done)
        for name in ("LATENCY P50", "SKIPPED", "zero_copy", "host_bridge", "publisher"):
            check(name in done.stdout, f"the live table has {name}", done)
        check("Every frame that was taken had its number and its publisher's pixels." in done.stdout, "every frame of the stream is right", done)
        software = "no GPU is used" in done.stdout

        for pattern, image_format in (("gradient", "rgba16_float"), ("counter", "bgra8_unorm"), ("checker", "rgb10a2_unorm")):
            done = demo(path, "--size", "640x360", "--repeat", "2", "--seconds", "1", "--pattern", pattern, "--format", image_format, "--json")
            check(done.returncode == 0, f"{pattern} in {image_format}", done)
            if done.returncode == 0:
                report = json.loads(done.stdout)
                times = report["milliseconds"]["a_to_b"]
                check(report["equal"] and report["ratio"] > 0 and min(times.values()) > 0, f"its report is complete ({image_format})", done)
                check(abs(times["read_back"] + times["memcpy"] + times["upload"] - times["cpu_copy"]) < 1e-6, "the three steps make the copy", done)
                check(report["software"] == software, "both runs used the same kind of device", done)
                check_stream(report["stream"], done)

        done = demo(path, "--size", "64x64", "--repeat", "2", "--seconds", "1", "--validate")
        if "validation" in done.stderr and done.returncode == 1 and "unsupported_feature" in done.stderr:
            print("not run with validation: the layers are not installed")
        else:
            silent = "Validation messages: 0." in done.stdout and "Validation messages of the three processes: 0." in done.stdout
            check(done.returncode == 0 and silent, "the validation layers are silent", done)

        done = demo(path, "--size", "64x64", "--repeat", "1", "--seconds", "1", "--sabotage")
        check(done.returncode == 1 and "wrong bytes" in done.stderr, "one changed byte is noticed", done)
        for reader in ("zero-copy", "host-bridge"):
            check(f"The {reader} reader saw" in done.stderr and "not the publisher's" in done.stderr, f"the {reader} reader notices one, too", done)
        done = demo(path, "--device", "no such device")
        check(done.returncode == 1 and "no such device" in done.stderr, "an unknown device is named", done)
        done = demo("/dev/null/picture.png", "--size", "64x64", "--repeat", "1", "--seconds", "1")
        check(done.returncode == 1 and "/dev/null" in done.stderr, "a path that cannot be written is named", done)
        left = [name for name in os.listdir(os.path.join(folder, "geyser")) if not name.endswith(".lock")]
        check(not left, f"nothing is left in the folder of streams: {left}", done)
    return 1 if FAILURES else 0


sys.exit(main())
