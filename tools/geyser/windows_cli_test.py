"""Runs the Windows program by Wine, driven from Linux: good and bad input for the verbs, pixels, bytes, consoles, killed processes.

usage: windows_cli_test.py WINE_RUNNER GEYSER_EXE [--vulkan LOADER_DLL] [unittest arguments]
--vulkan: only the tests over Vulkan, with that DLL in the place of the system's loader (tests/win32_driver: emulated external memory).
"""
import contextlib
import fcntl
import hashlib
import json
import os
import pty
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import termios
import threading
import time
import unittest

from cli_pictures import read_counter, read_png, write_png

RUNNER = PROGRAM = DRIVER = ""
PATIENCE = 120
SEED = int(os.environ.get("GEYSER_TEST_SEED", random.SystemRandom().randrange(2**32)))


class Windows(unittest.TestCase):
    """Each test has a folder of its own, in which the streams' names lie too."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="geyser-windows-cli-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.random = random.Random(SEED)
        runtime = os.path.join(self.folder, "runtime")
        os.mkdir(runtime, 0o700)
        self.environment = {**os.environ, "XDG_RUNTIME_DIR": "Z:" + runtime.replace("/", "\\")}
        self.program = PROGRAM
        self.children = []
        self.addCleanup(self.end_children)

    def end_children(self):
        for child in self.children:
            if child.poll() is None:
                child.kill()
                child.wait()
            for pipe in (child.stdin, child.stdout, child.stderr):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()

    def path(self, name):
        return os.path.join(self.folder, name)

    def geyser(self, *arguments, **options):
        options.setdefault("text", True)
        if "input" not in options:
            options.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.run([RUNNER, self.program, *arguments], capture_output=True, timeout=PATIENCE, env=self.environment, check=False, **options)

    def start(self, *arguments, stdin=subprocess.DEVNULL, **options):
        child = subprocess.Popen([RUNNER, self.program, *arguments], env=self.environment, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
        self.children.append(child)
        return child

    def publish(self, name, *arguments, **options):
        """A publisher that has announced itself; gives the child and its first event."""
        child = self.start("publish", name, *arguments, "--json", **options)
        line = child.stdout.readline()
        if not line:
            self.fail(f"publish {name} {arguments} ended: {child.stderr.read().decode()}")
        event = json.loads(line)
        self.assertEqual((event["event"], event["name"]), ("started", name))
        return child, event

    def report(self, *arguments):
        done = self.geyser(*arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def eventually(self, question, what):
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            answer = question()
            if answer:
                return answer
            time.sleep(0.1)
        self.fail(f"in {PATIENCE} seconds never: {what}")

    def random_picture(self, width, height):
        return self.random.randbytes(width * height * 4)


class Usage(Windows):
    def test_bad_input_of_each_verb(self):
        missing = self.path("none.png")
        for arguments, code, says in (
                ((), 2, "subcommand"), (("bogus",), 2, "bogus"), (("list", "--seconds", "1"), 2, "watch"), (("list", "--bogus"), 2, "bogus"),
                (("publish", "x", "--size", "0x0"), 2, "WIDTHxHEIGHT"), (("publish", "x", "--format", "rgb565"), 2, "geyser formats"),
                (("publish", "x", "--raw", "--png", "a.png"), 2, "--png"), (("publish", "--png", missing), 3, "none.png"),
                (("publish", "x", "--device", "no such device"), 3, "host"), (("publish", "n" * 129, "--device", "host", "--frames", "1"), 1, "128"),
                (("snapshot", "x"), 2, "file"), (("snapshot", "x", "a.jpg"), 2, ".png or .raw"), (("snapshot", "x", "a.png", "--timeout", "0.2"), 3, "x"),
                (("record",), 2, "name"), (("record", "x", "--timeout", "0.2"), 3, "x"), (("stat", "x"), 3, "x"), (("stat", "--interval", "-1"), 2, "interval"),
                (("devices", "--device", "no such device"), 3, "no such device"), (("formats", "no_such_format"), 3, "no_such_format"),
                (("doctor", "--bogus"), 2, "bogus"), (("bench", "--rounds", "many"), 2, "rounds"), (("completion", "tcsh"), 2, "tcsh"),
                (("view", "x", "--timeout", "0.2"), 3, "x")):
            with self.subTest(arguments):
                done = self.geyser(*arguments)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertIn("geyser: error:", done.stderr)
                self.assertIn("next:", done.stderr)
                self.assertIn(says, done.stderr)
                self.assertNotIn("\r", done.stderr)
                self.assertNotIn("\x1b", done.stderr)

    def test_help_version_and_completion(self):
        self.assertRegex(self.geyser("--version").stdout, r"^geyser \d+\.\d+\.\d+\n$")
        self.assertIn("Exit codes", self.geyser("publish", "--help").stdout)
        for shell in ("bash", "zsh", "fish"):
            script = self.geyser("completion", shell).stdout
            self.assertIn("snapshot", script)
            self.assertNotIn("\r", script)

    def test_formats(self):
        document = self.report("formats", "--json")
        names = {entry["name"] for entry in document["formats"]}
        self.assertTrue({"rgba8_unorm", "rgba16_float", "nv12", "bc1_rgba_unorm"} <= names)
        self.assertGreater(len(names), 90)

    def test_devices(self):
        devices = {entry["id"]: entry for entry in self.report("devices", "--json")["devices"]}
        self.assertIn("host", devices)
        self.assertEqual([entry["type"] for entry in devices["host"]["memory"]], ["shared_memory"])

    def test_doctor(self):
        done = self.geyser("doctor", "--json")
        self.assertIn(done.returncode, (0, 4), done.stderr)
        document = json.loads(done.stdout)
        self.assertEqual(document["sharing_works"], done.returncode == 0)
        self.assertRegex(document["system"], r"^Windows \d+\.\d+\.\d+ \(Wine ")
        health = {entry["check"]: entry["health"] for entry in document["findings"]}
        for check in ("user", "folder of names", "shared memory", "pipes", "vulkan loader", "sharing on host"):
            self.assertEqual(health.get(check), "ok", document["findings"])
        user = next(entry["detail"] for entry in document["findings"] if entry["check"] == "user")
        self.assertRegex(user, r"^S-1-5-")

    def test_doctor_says_what_is_wrong_with_the_folder(self):
        with open(self.path("runtime/geyser"), "w", encoding="utf-8"):
            pass  # a file where the folder belongs
        done = self.geyser("doctor", "--json")
        finding = next(entry for entry in json.loads(done.stdout)["findings"] if entry["check"] == "folder of names")
        self.assertEqual(finding["health"], "problem", finding)
        self.assertIn("icacls", finding["fix"])


class Streams(Windows):
    def test_empty_list(self):
        done = self.geyser("list")
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)
        self.assertIn("geyser publish", done.stderr)
        self.assertEqual(self.report("list", "--json")["streams"], [])

    def test_what_is_listed(self):
        _, event = self.publish("camera 1", "--device", "host", "--size", "64x48", "--format", "rgba16_float", "--ring", "4", "--pacing", "queue")
        stream, = self.report("list", "--json")["streams"]
        self.assertEqual((stream["name"], stream["uuid"], stream["format"]), ("camera 1", event["uuid"], "rgba16_float"))
        self.assertEqual((stream["width"], stream["height"], stream["pacing"], stream["ring"], stream["backend"]), (64, 48, "queue", 4, "host"))
        self.assertTrue(stream["answers"])
        self.assertEqual(self.geyser("list", "--names").stdout, "camera 1\n")

    def test_the_counter_is_the_frame_number(self):
        self.publish("count", "--pattern", "counter", "--device", "host", "--size", "160x96")
        path = self.path("deep/frame.png")
        numbers = []
        for _ in range(2):
            report = self.report("snapshot", "count", path, "--json")
            width, height, pixels = read_png(path)
            self.assertEqual((width, height), (160, 96))
            self.assertEqual((read_counter(pixels, width, height), report["counter"]), (report["frame"], report["frame"]))
            numbers.append(report["frame"])
        self.assertGreater(numbers[1], numbers[0])
        report = self.report("snapshot", "count", self.path("frame.raw"), "--json")
        with open(self.path("frame.raw"), "rb") as file:
            self.assertEqual(read_counter(file.read(), 160, 96), report["frame"])

    def test_a_random_png_comes_out_as_it_went_in_under_names_of_any_script(self):
        given, out = self.path("вход ü.png"), self.path("出口.png")
        for width, height in ((1, 1), (37, 19), (640, 3)):
            rgba = self.random_picture(width, height)
            write_png(given, width, height, rgba)
            child, event = self.publish("поток 流", "--png", given, "--device", "host")
            self.assertEqual((event["width"], event["height"]), (width, height))
            self.report("snapshot", "поток 流", out, "--json")
            self.assertEqual(read_png(out), (width, height, rgba))
            child.kill()
            child.wait()

    def test_raw_frames_come_out_as_they_went_in(self):
        size = 64 * 48 * 4
        frames = [self.random.randbytes(size) for _ in range(40)]
        frames[7] = b"\n" * size  # what a text stream would change
        frames[8] = b"\x1a\r" * (size // 2)
        publisher, _ = self.publish("pipe", "--raw", "--size", "64x48", "--pacing", "queue", "--device", "host", "--wait-for-readers", "1",
                                    "--linger", "60", stdin=subprocess.PIPE)
        recorder = self.start("record", "pipe", "--json", "--timeout", "60")
        feeder = threading.Thread(target=lambda: (publisher.stdin.write(b"".join(frames)), publisher.stdin.close()), daemon=True)
        feeder.start()
        out, err = recorder.communicate(timeout=PATIENCE)
        feeder.join(timeout=PATIENCE)
        self.assertEqual(recorder.returncode, 0, err)
        report = json.loads(err)
        self.assertEqual((report["frames"], report["skipped"], report["ended_by"]), (40, 0, "stream"))
        self.assertEqual(hashlib.sha256(out).hexdigest(), hashlib.sha256(b"".join(frames)).hexdigest())
        self.assertEqual(publisher.wait(timeout=PATIENCE), 0)

    def test_short_raw_frame(self):
        done = self.geyser("publish", "cut", "--raw", "--size", "8x4", "--device", "host", "--json", input=b"x" * (8 * 4 * 4 * 2 + 100), text=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"inside frame 3: 100 of 128 bytes are there, 28 are missing", done.stderr)
        self.assertEqual(json.loads(done.stdout.splitlines()[-1])["frames"], 2)

    def test_lockstep_with_two_readers(self):
        publisher, _ = self.publish("two", "--pattern", "counter", "--size", "160x96", "--pacing", "lockstep", "--device", "host", "--fps", "0",
                                    "--frames", "60", "--wait-for-readers", "2", "--linger", "60")
        recorders = [self.start("record", "two", "--frames", "60", "--json", "--timeout", "60") for _ in range(2)]
        outputs = [None, None]

        def drain(i):
            outputs[i] = recorders[i].communicate(timeout=PATIENCE)
        threads = [threading.Thread(target=drain, args=(i,)) for i in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for recorder, (out, err) in zip(recorders, outputs):
            self.assertEqual(recorder.returncode, 0, err)
            size = 160 * 96 * 4
            self.assertEqual([read_counter(out[i * size:(i + 1) * size], 160, 96) for i in range(60)], list(range(1, 61)))
        self.assertEqual(publisher.wait(timeout=PATIENCE), 0)

    def test_stat(self):
        self.publish("watched", "--device", "host", "--size", "64x48")
        recorder = self.start("record", "watched")
        drain = threading.Thread(target=recorder.stdout.read, daemon=True)
        drain.start()
        stream = self.eventually(lambda: next((s for s in self.report("stat", "watched", "--json")["streams"] if s["readers"]), None), "a reader is shown")
        self.assertEqual(stream["readers"][0]["transport"], "zero_copy")
        self.assertGreater(stream["fps"], 1)
        self.assertIn("watched", self.geyser("stat", "watched").stdout)
        recorder.kill()
        recorder.wait()
        self.eventually(lambda: not self.report("stat", "watched", "--json")["streams"][0]["readers"], "the killed reader is gone")

    def test_a_killed_publisher_ends_its_reader_and_frees_its_name(self):
        publisher, _ = self.publish("mortal", "--device", "host", "--size", "64x48")
        recorder = self.start("record", "mortal", "--json", "--timeout", "60")
        self.assertEqual(len(recorder.stdout.read(64 * 48 * 4)), 64 * 48 * 4)
        drained = []
        drain = threading.Thread(target=lambda: drained.append(recorder.stdout.read()), daemon=True)
        drain.start()
        publisher.kill()
        publisher.wait()
        self.assertEqual(recorder.wait(timeout=PATIENCE), 0)
        drain.join(timeout=PATIENCE)
        report = json.loads(recorder.stderr.read())
        self.assertEqual(report["ended_by"], "stream")
        self.assertEqual(len(drained[0]) + 64 * 48 * 4, report["frames"] * 64 * 48 * 4)
        self.assertEqual(self.report("list", "--json")["streams"], [])
        self.assertEqual(self.geyser("snapshot", "mortal", self.path("a.png"), "--timeout", "0.2").returncode, 3)
        self.publish("mortal", "--device", "host", "--size", "32x32")
        self.assertEqual(self.report("snapshot", "mortal", self.path("a.png"), "--json")["width"], 32)

    def test_a_killed_reader_disturbs_nobody(self):
        self.publish("robust", "--device", "host", "--size", "160x96", "--pattern", "counter", "--pacing", "lockstep")
        recorder = self.start("record", "robust")
        recorder.stdout.read(1000)
        recorder.kill()
        recorder.wait()
        first = self.report("snapshot", "robust", self.path("a.png"), "--json")["frame"]
        self.assertGreater(self.report("snapshot", "robust", self.path("a.png"), "--json")["frame"], first)

    def test_a_reader_that_goes_away_ends_it_cleanly(self):
        self.publish("wide", "--device", "host", "--size", "640x480")
        recorder = self.start("record", "wide", "--json")
        recorder.stdout.read(1000)
        recorder.stdout.close()
        self.assertEqual(recorder.wait(timeout=PATIENCE), 0)
        self.assertEqual(json.loads(recorder.stderr.read())["ended_by"], "reader")

    def test_a_name_that_is_taken(self):
        self.publish("taken", "--device", "host", "--size", "64x48")
        done = self.geyser("publish", "taken", "--device", "host", "--size", "64x48", "--frames", "1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("taken", done.stderr)

    def in_console(self, *arguments):
        """Starts the program with a console as standard input; gives the child and the console's other end."""
        leader, follower = pty.openpty()
        self.addCleanup(os.close, leader)

        def own_session():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        child = self.start(*arguments, stdin=follower, preexec_fn=own_session)
        os.close(follower)
        return child, leader

    def test_ctrl_c_ends_a_publisher_cleanly_and_frees_the_name(self):
        publisher, console = self.in_console("publish", "again", "--device", "host", "--size", "64x48", "--json")
        self.assertEqual(json.loads(publisher.stdout.readline())["event"], "started")
        os.write(console, b"\x03")
        out, err = publisher.communicate(timeout=PATIENCE)
        self.assertEqual((publisher.returncode, err), (0, b""))
        self.assertTrue(json.loads(out.splitlines()[-1])["interrupted"])
        self.assertEqual(self.report("list", "--json")["streams"], [])

    def test_a_second_ctrl_c_ends_a_recorder_that_is_stuck_in_a_write(self):
        # Windows cancels the write at the first; Wine cannot where the pipe is Linux's, and there the user's second one has to do.
        self.publish("stuck", "--device", "host", "--size", "640x480")
        recorder, console = self.in_console("record", "stuck", "--json")
        self.assertEqual(len(recorder.stdout.read(1000)), 1000)  # then nobody reads, and the pipe fills
        time.sleep(1)
        os.write(console, b"\x03")
        with contextlib.suppress(subprocess.TimeoutExpired):
            recorder.wait(timeout=3)
        if recorder.poll() is None:
            os.write(console, b"\x03")
            recorder.wait(timeout=PATIENCE)
        else:
            self.assertEqual(recorder.returncode, 0)
            self.assertEqual(json.loads(recorder.stderr.read())["ended_by"], "interrupt")

    def test_raw_refuses_a_console(self):
        child, _ = self.in_console("publish", "tty", "--raw", "--size", "8x4")
        _, err = child.communicate(timeout=PATIENCE)
        self.assertEqual(child.returncode, 2, err)
        self.assertIn(b"ffmpeg", err)

    def test_bench(self):
        done = self.geyser("bench", "--json", "--device", "host")
        self.assertIn(done.returncode, (0, 3, 4), done.stderr)


class EmulatedVulkan(Windows):
    """The program beside a vulkan-1.dll that is the emulation: found as any program's own DLL is, no part of the program knows."""

    def setUp(self):
        super().setUp()
        folder = self.path("program")
        os.mkdir(folder)
        self.program = os.path.join(folder, "geyser.exe")
        shutil.copy(PROGRAM, self.program)
        shutil.copy(DRIVER, os.path.join(folder, "vulkan-1.dll"))
        self.environment["WINEDLLOVERRIDES"] = "mscoree,mshtml=;vulkan-1=n,b"

    def test_emulated_devices_share(self):
        device = next(entry for entry in self.report("devices", "--json")["devices"] if entry["api"] == "vulkan")
        kinds = {entry["type"]: entry for entry in device["memory"]}
        self.assertTrue(kinds["opaque_win32"]["export"] and kinds["opaque_win32"]["import"], kinds)

    def test_emulated_doctor(self):
        done = self.geyser("doctor", "--json")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertTrue(json.loads(done.stdout)["sharing_works"])

    def test_emulated_pictures_between_devices(self):
        rgba = self.random_picture(50, 30)
        write_png(self.path("in.png"), 50, 30, rgba)
        for publisher, reader, transport in (("vulkan", "vulkan", "zero_copy"), ("vulkan", "host", "host_bridge"), ("host", "vulkan", "host_bridge")):
            with self.subTest(f"{publisher} -> {reader}"):
                child, event = self.publish("still", "--png", self.path("in.png"), "--device", publisher)
                self.assertEqual(event["backend"], publisher)
                report = self.report("snapshot", "still", self.path("out.png"), "--device", reader, "--json")
                self.assertEqual(read_png(self.path("out.png")), (50, 30, rgba))
                self.assertEqual(report["transport"], transport)
                child.kill()
                child.wait()

    def test_emulated_every_frame_is_recorded(self):
        size = 96 * 64 * 4
        frames = [self.random.randbytes(size) for _ in range(30)]
        publisher, _ = self.publish("pipe", "--raw", "--size", "96x64", "--pacing", "queue", "--device", "vulkan", "--wait-for-readers", "1",
                                    "--linger", "60", stdin=subprocess.PIPE)
        recorder = self.start("record", "pipe", "--json", "--timeout", "60", "--device", "vulkan")
        feeder = threading.Thread(target=lambda: (publisher.stdin.write(b"".join(frames)), publisher.stdin.close()), daemon=True)
        feeder.start()
        out, err = recorder.communicate(timeout=PATIENCE)
        self.assertEqual(recorder.returncode, 0, err)
        self.assertEqual(json.loads(err)["transport"], "zero_copy")
        self.assertTrue(out == b"".join(frames), "other bytes came out")
        self.assertEqual(publisher.wait(timeout=PATIENCE), 0)

    def test_emulated_publisher_is_killed(self):
        publisher, _ = self.publish("mortal", "--device", "vulkan", "--size", "96x64")
        recorder = self.start("record", "mortal", "--json", "--timeout", "60", "--device", "vulkan")
        recorder.stdout.read(96 * 64 * 4)
        drain = threading.Thread(target=recorder.stdout.read, daemon=True)
        drain.start()
        publisher.kill()
        self.assertEqual(recorder.wait(timeout=PATIENCE), 0)
        self.assertEqual(json.loads(recorder.stderr.read())["ended_by"], "stream")


def load_tests(loader, _standard, _pattern):
    wanted = [EmulatedVulkan] if DRIVER else [Usage, Streams]
    return unittest.TestSuite(loader.loadTestsFromTestCase(case) for case in wanted)


if __name__ == "__main__":
    RUNNER, PROGRAM = sys.argv[1:3]
    rest = sys.argv[3:]
    if rest[:1] == ["--vulkan"]:
        DRIVER, rest = rest[1], rest[2:]
    print(f"GEYSER_TEST_SEED={SEED}", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # CTest's time is over: children are ended all the same
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
