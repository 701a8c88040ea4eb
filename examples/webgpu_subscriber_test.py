"""Publishes a random picture, runs webgpu_subscriber on it, and compares its PNG with the pass computed here.

usage: webgpu_subscriber_test.py WEBGPU_SUBSCRIBER GEYSER DAWN

Skipped (77) where there is no SwiftShader or no Dawn, unless GEYSER_TEST_REQUIRE names webgpu.
"""
import os
import random
import struct
import subprocess
import sys
import tempfile
import zlib

EXAMPLE, GEYSER, DAWN = sys.argv[1:4]
PLACES = ("/usr/lib/chromium", "/usr/lib/chromium-browser", "/opt/google/chrome")
WIDTH, HEIGHT = 322, 183
FAILURES = []


def check(condition, what, done=None):
    print(("ok   " if condition else "FAIL ") + what, flush=True)
    if not condition:
        FAILURES.append(what)
        if done is not None:
            print(done.returncode, done.stdout + done.stderr, flush=True)


def write_png(path, width, height, pixels):
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = b"".join(b"\0" + pixels[4 * width * y : 4 * width * (y + 1)] for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def read_png(path):
    """Only what the example writes: 8 bits, RGBA, no filters. Checksums are looked at."""
    with open(path, "rb") as file:
        data = file.read()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, chunks = 8, {}
    while at < len(data):
        (size,) = struct.unpack(">I", data[at : at + 4])
        kind, content = data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        assert struct.unpack(">I", data[at + 8 + size : at + 12 + size])[0] == zlib.crc32(kind + content)
        chunks[kind] = chunks.get(kind, b"") + content
        at += 12 + size
    width, height = struct.unpack(">II", chunks[b"IHDR"][:8])
    rows = zlib.decompress(chunks[b"IDAT"])
    stride = 4 * width + 1
    assert len(rows) == stride * height and all(rows[y * stride] == 0 for y in range(height))
    return width, height, b"".join(rows[y * stride + 1 : (y + 1) * stride] for y in range(height))


def expected(pixels):
    width, height = WIDTH // 2, HEIGHT // 2
    out = bytearray()
    for y in range(height):
        for x in range(width):
            at = [4 * ((2 * y + dy) * WIDTH + 2 * x + dx) for dy in (0, 1) for dx in (0, 1)]
            out += bytes(round(255 - sum(pixels[i + c] for i in at) / 4) for c in range(3)) + b"\xff"
    return width, height, bytes(out)


def run(arguments, environment):
    return subprocess.run([EXAMPLE, *arguments], capture_output=True, text=True, timeout=120, env=environment, check=False)


def usage(environment):
    done = run(["--help"], environment)
    check(done.returncode == 0 and done.stdout.startswith("usage: webgpu_subscriber") and "Exit codes" in done.stdout, "--help", done)
    for wrong in (["--no-such-option"], [], ["--name", "x", "--frames", "0"], ["--name", "x", "--seconds", "many"]):
        done = run(wrong, environment)
        check(done.returncode == 2 and "usage:" in done.stderr, f"{wrong} is wrong usage", done)
    done = run(["--name", "nobody"], environment)
    check(done.returncode == 1 and "nobody" in done.stderr, "without the stream it says so", done)


def main(folder):
    drivers = [p for p in (os.path.join(place, "vk_swiftshader_icd.json") for place in PLACES) if os.path.exists(p)]
    if not drivers or not os.path.exists(DAWN):
        required = "webgpu" in os.environ.get("GEYSER_TEST_REQUIRE", "")
        print(("FAILED" if required else "SKIPPED") + ": there is no SwiftShader or no Dawn here")
        return 1 if required else 77
    environment = dict(os.environ, VK_DRIVER_FILES=drivers[0], VK_ICD_FILENAMES=drivers[0])
    usage(environment)
    seed = int(os.environ.get("GEYSER_TEST_SEED", "1"))
    pixels = random.Random(seed).randbytes(4 * WIDTH * HEIGHT)
    source, output = os.path.join(folder, "source.png"), os.path.join(folder, "out.png")
    write_png(source, WIDTH, HEIGHT, pixels)
    publisher = subprocess.Popen([GEYSER, "publish", "picture", "--png", source, "--fps", "60", "--device", "swiftshader"], env=environment,
                                 stdout=subprocess.PIPE, text=True)
    try:
        publisher.stdout.readline()  # it says when it has started
        done = run(["--name", "picture", "--dawn", DAWN, "--frames", "40", "--output", output], environment)
        check(done.returncode == 0 and "transport: zero_copy" in done.stdout and "frames: 40," in done.stdout, "40 frames", done)
        if done.returncode != 0:
            return 1
        done = run(["--name", "picture", "--dawn", "/nowhere/libdawn.so"], environment)
        check(done.returncode == 1 and "/nowhere/libdawn.so" in done.stderr, "without Dawn it says so", done)
        width, height, found = read_png(output)
        wanted = expected(pixels)
        check((width, height) == wanted[:2], "the picture has half the size")
        # A byte that lies between two may be rounded either way.
        wrong = sum(abs(a - b) > 1 for a, b in zip(found, wanted[2]))
        check(len(found) == len(wanted[2]) and wrong == 0, f"every pixel is right ({wrong} are not)")
        # The library finds Dawn by itself where the system looks for libraries.
        by_name = dict(environment, LD_LIBRARY_PATH=os.path.dirname(DAWN))
        done = run(["--name", "picture", "--frames", "5", "--output", output], by_name)
        check(done.returncode == 0, "Dawn is found by its name", done)
        done = run(["--name", "picture", "--frames", "5", "--output", output], environment)
        check(done.returncode == 1 and "webgpu_dawn" in done.stderr, "a Dawn that is not there is named", done)
    finally:
        publisher.kill()
        publisher.communicate()
    return 1 if FAILURES else 0


with tempfile.TemporaryDirectory() as runtime:
    os.environ["XDG_RUNTIME_DIR"] = runtime
    STATUS = main(runtime)
sys.exit(STATUS)
