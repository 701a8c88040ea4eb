"""Runs the verbs about streams, publisher and readers as processes of their own: good and bad input, pixels, JSON, signals, pipes.

usage: streams_cli_test.py PATH_OF_GEYSER
"""
import contextlib
import json
import os
import pty
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from cli_pictures import read_counter, read_png, write_png
from cli_test import drivers

PROGRAM = ""
# Sanitizers and busy machines are slow; nothing here waits longer than it must.
PATIENCE = 120


class Streams(unittest.TestCase):
    """Each test has a runtime directory of its own."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="geyser-cli-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.runtime = os.path.join(self.folder, "runtime")
        os.mkdir(self.runtime, 0o700)
        self.environment = {**os.environ, "XDG_RUNTIME_DIR": self.runtime, "TERM": "xterm-256color"}
        self.environment.pop("NO_COLOR", None)
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

    def geyser(self, *arguments, **options):
        options.setdefault("text", True)
        return subprocess.run([PROGRAM, *arguments], capture_output=True, timeout=PATIENCE, env={**self.environment, **options.pop("env", {})},
                              check=False, **options)

    def start(self, *arguments, **options):
        child = subprocess.Popen([PROGRAM, *arguments], env=self.environment, stdout=options.pop("stdout", subprocess.PIPE),
                                 stderr=options.pop("stderr", subprocess.PIPE), **options)
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

    def stop(self, child, how=signal.SIGINT):
        child.send_signal(how)
        out, err = child.communicate(timeout=PATIENCE)
        return child.returncode, out.decode(), err.decode()

    def eventually(self, question, what):
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            answer = question()
            if answer:
                return answer
            time.sleep(0.05)
        self.fail(f"in {PATIENCE} seconds never: {what}")

    def wrong_usage(self, *arguments, says=""):
        done = self.geyser(*arguments, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("geyser: error:", done.stderr)
        self.assertIn("next:", done.stderr)
        self.assertIn(says, done.stderr)
        self.assertEqual(done.stdout, "")


class Publish(Streams):
    def test_the_device_that_a_stream_is_on(self):
        devices = json.loads(self.geyser("devices", "--json", env=drivers()).stdout)["devices"]
        self.environment.update(drivers())
        chosen = [device for device in devices if "error" not in device and device["api"] in ("vulkan", "host")]
        identity = lambda device: (device["device_uuid"], device["driver_uuid"])
        for number, device in enumerate(chosen):
            self.publish(f"on {number}", "--device", device["id"], "--size", "64x48")
        for number, device in enumerate(chosen):
            with self.subTest(device["id"]):
                done = self.geyser("devices", "--device", f"stream:on {number}", "--json")
                self.assertEqual(done.returncode, 0, done.stderr)
                found = json.loads(done.stdout)["devices"]
                self.assertIn(device["id"], [each["id"] for each in found])
                self.assertEqual({each["device_uuid"] for each in found}, {device["device_uuid"]})
                # A second publisher there, and a reader that is sent to another stream's device.
                _, event = self.publish(f"beside {number}", "--device", f"stream:on {number}", "--size", "64x48")
                self.assertEqual(identity(event["device"]), identity(device))
                other = (number + 1) % len(chosen)
                done = self.geyser("snapshot", f"on {number}", os.path.join(self.folder, "out.png"), "--device", f"stream:on {other}", "--json")
                self.assertEqual(done.returncode, 0, done.stderr)
                taken = json.loads(done.stdout)
                self.assertEqual(taken["device"], chosen[other]["id"])
                self.assertEqual(taken["transport"] == "zero_copy", other == number, taken)

    def test_wrong_usage(self):
        for arguments, says in (
                (("--size", "16"), "WIDTHxHEIGHT"), (("--size", "0x0"), "WIDTHxHEIGHT"), (("--size", "99999x1"), "16384"),
                (("--format", "rgb565"), "geyser formats"), (("--pattern", "plaid"), "plaid"), (("--fps", "-1"), "fps"),
                (("--ring", "1"), "ring"), (("--ring", "17"), "ring"), (("--pacing", "sometimes"), "pacing"),
                (("--raw", "--png", "a.png"), "--png"), (("--png", "a.png", "--size", "4x4"), "--size"), (("--frames", "many"), "frames"),
                (("--format", "bc1_rgba_unorm", "--device", "host"), "uncompressed"),
                (("--pattern", "counter", "--size", "15x6", "--device", "host"), "16x6")):
            with self.subTest(arguments):
                self.wrong_usage("publish", "x", *arguments, says=says)

    def test_bad_names_and_files(self):
        done = self.geyser("publish", "a\nb", "--device", "host", "--frames", "1")
        self.assertEqual(done.returncode, 1, done.stderr)
        done = self.geyser("publish", "n" * 129, "--device", "host", "--frames", "1")
        self.assertEqual(done.returncode, 1, done.stderr)
        done = self.geyser("publish", "--png", os.path.join(self.folder, "none.png"))
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("none.png", done.stderr)
        done = self.geyser("publish", "x", "--device", "no such device")
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("host", done.stderr)

    def test_the_type_of_memory(self):
        small = ("--device", "host", "--size", "64x48", "--frames", "1")
        done = self.geyser("publish", "typed", "--memory", "shared_memory", *small)
        self.assertEqual(done.returncode, 0, done.stderr)
        done = self.geyser("publish", "typed", "--memory", "dma_buf", *small)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("dma_buf", done.stderr)
        self.wrong_usage("publish", "typed", "--memory", "carrier_pigeon", *small, says="opaque_fd")

    def test_so_many_frames(self):
        done = self.geyser("publish", "short", "--device", "host", "--size", "64x48", "--frames", "5", "--fps", "0", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        events = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([event["event"] for event in events], ["started", "ended"])
        self.assertEqual(events[1]["frames"], 5)
        self.assertFalse(events[1]["interrupted"])
        text = self.geyser("publish", "--pattern", "gradient", "--device", "host", "--size", "64x48", "--frames", "2")
        self.assertEqual(text.returncode, 0, text.stderr)
        self.assertIn("publishing gradient: 64x48 rgba8_unorm", text.stdout)
        self.assertNotIn("\x1b", text.stdout + text.stderr)

    def test_signals_end_it_cleanly_and_the_name_is_free(self):
        for how in (signal.SIGINT, signal.SIGTERM):
            child, _ = self.publish("again", "--device", "host", "--size", "64x48")
            taken = self.geyser("publish", "again", "--device", "host", "--size", "64x48", "--frames", "1")
            self.assertEqual(taken.returncode, 1)
            self.assertIn(str(child.pid), taken.stderr)
            code, out, err = self.stop(child, how)
            self.assertEqual((code, err), (0, ""))
            self.assertTrue(json.loads(out.splitlines()[-1])["interrupted"])
            self.assertEqual(json.loads(self.geyser("list", "--json").stdout)["streams"], [])

    def test_fps(self):
        child, _ = self.publish("paced", "--device", "host", "--size", "64x48", "--fps", "50", "--frames", "50")
        out, _ = child.communicate(timeout=PATIENCE)
        ended = json.loads(out.splitlines()[-1])
        self.assertEqual(ended["frames"], 50)
        self.assertGreaterEqual(ended["seconds"], 0.9)  # slower on a busy machine, never faster

    def test_a_killed_publisher_leaves_no_stream(self):
        child, _ = self.publish("stale", "--device", "host", "--size", "64x48")
        child.kill()
        child.wait()
        self.assertEqual(json.loads(self.geyser("list", "--json").stdout)["streams"], [])
        done = self.geyser("snapshot", "stale", os.path.join(self.folder, "a.png"), "--timeout", "0.2")
        self.assertEqual(done.returncode, 3, done.stderr)
        again, _ = self.publish("stale", "--device", "host", "--size", "64x48")
        self.assertEqual(self.stop(again)[0], 0)

    def test_short_raw_frame(self):
        done = self.geyser("publish", "cut", "--raw", "--size", "8x4", "--device", "host", "--json", input=b"x" * (8 * 4 * 4 * 2 + 100), text=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"inside frame 3: 100 of 128 bytes are there, 28 are missing", done.stderr)
        self.assertEqual(json.loads(done.stdout.splitlines()[-1])["frames"], 2)

    def test_raw_refuses_a_terminal(self):
        leader, follower = pty.openpty()
        try:
            child = self.start("publish", "tty", "--raw", "--size", "8x4", stdin=follower)
            _, err = child.communicate(timeout=PATIENCE)
        finally:
            os.close(leader)
            os.close(follower)
        self.assertEqual(child.returncode, 2)
        self.assertIn(b"ffmpeg", err)


class List(Streams):
    def test_empty(self):
        done = self.geyser("list")
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        self.assertIn("geyser publish", done.stderr)
        self.assertEqual(json.loads(self.geyser("list", "--json").stdout)["streams"], [])
        self.wrong_usage("list", "--seconds", "1", says="watch")

    def test_what_is_listed(self):
        child, event = self.publish("camera 1", "--device", "host", "--size", "64x48", "--format", "rgba16_float", "--ring", "4", "--pacing", "queue")
        document = json.loads(self.geyser("list", "--json").stdout)
        stream = document["streams"][0]
        self.assertEqual((stream["name"], stream["pid"], stream["uuid"]), ("camera 1", child.pid, event["uuid"]))
        self.assertEqual((stream["width"], stream["height"], stream["format"]), (64, 48, "rgba16_float"))
        self.assertEqual((stream["pacing"], stream["ring"], stream["backend"], stream["readers"]), ("queue", 4, "host", []))
        self.assertGreater(stream["fps"], 0)
        text = self.geyser("list").stdout
        self.assertRegex(text.splitlines()[1], r"camera 1\s+64x48\s+rgba16_float")
        self.assertNotIn("\x1b", text)
        self.assertEqual(self.geyser("list", "--names").stdout, "camera 1\n")

    def test_a_stopped_publisher_is_silent_and_stops_nobody(self):
        child, _ = self.publish("asleep", "--device", "host", "--size", "64x48")
        child.send_signal(signal.SIGSTOP)
        try:
            stream = json.loads(self.geyser("list", "--json").stdout)["streams"][0]
            self.assertFalse(stream["answers"])
            self.assertIn("silent", self.geyser("list").stdout)
        finally:
            child.send_signal(signal.SIGCONT)

    def test_watch(self):
        watcher = self.start("list", "--watch", "--json")
        events = []
        reader = threading.Thread(target=lambda: events.extend(json.loads(line) for line in watcher.stdout), daemon=True)
        reader.start()
        time.sleep(0.3)
        child, _ = self.publish("seen", "--device", "host", "--size", "64x48")
        self.eventually(lambda: [e for e in events if e["event"] == "added" and e["stream"]["name"] == "seen"], "the stream is added")
        child.kill()
        self.eventually(lambda: [e for e in events if e["event"] == "removed"], "the killed stream is removed")
        watcher.send_signal(signal.SIGINT)
        self.assertEqual(watcher.wait(timeout=PATIENCE), 0)
        reader.join(timeout=PATIENCE)


class Snapshot(Streams):
    def test_unknown_stream_names_those_there_are(self):
        self.publish("here", "--device", "host", "--size", "64x48")
        for verb in (("snapshot", "gone", "a.png", "--timeout", "0.2"), ("record", "gone", "--timeout", "0.2"), ("stat", "gone"),
                     ("view", "gone", "--timeout", "0.2")):
            with self.subTest(verb):
                done = self.geyser(*verb)
                self.assertEqual(done.returncode, 3, done.stderr)
                self.assertIn("here", done.stderr)
                self.assertIn("next:", done.stderr)

    def test_wrong_usage(self):
        self.wrong_usage("snapshot", "x", says="file")
        self.wrong_usage("snapshot", "x", "frame.jpg", says=".png or .raw")
        self.wrong_usage("snapshot", "x", "frame.png", "--timeout", "0", says="timeout")
        self.wrong_usage("record", says="name")

    def test_the_counter_is_the_frame_number(self):
        self.publish("count", "--pattern", "counter", "--device", "host", "--size", "160x96")
        path = os.path.join(self.folder, "deep", "frame.png")
        numbers = []
        for _ in range(2):
            done = self.geyser("snapshot", "count", path, "--json")
            self.assertEqual(done.returncode, 0, done.stderr)
            report = json.loads(done.stdout)
            self.assertEqual(report["counter"], report["frame"])
            width, height, pixels = read_png(path)
            self.assertEqual((width, height), (160, 96))
            self.assertEqual(read_counter(pixels, width, height), report["frame"])
            numbers.append(report["frame"])
        self.assertGreater(numbers[1], numbers[0])
        done = self.geyser("snapshot", "count", path)
        self.assertIn("the counter in the picture reads", done.stdout)

    def test_every_device_shows_the_same_picture(self):
        rgba = bytes((x * 3 + y * 5 + channel * 7) % 256 for y in range(30) for x in range(50) for channel in range(4))
        png = os.path.join(self.folder, "in.png")
        write_png(png, 50, 30, rgba)
        # One device may be there by several APIs.
        devices = {device["id"]: device["device_uuid"] for device in json.loads(self.geyser("devices", "--json").stdout)["devices"] if "error" not in device}
        for publisher in devices:
            child, event = self.publish("still", "--png", png, "--device", publisher.removeprefix("vulkan:"))
            self.assertEqual((event["width"], event["height"]), (50, 30))
            for reader in devices:
                with self.subTest(f"{publisher} -> {reader}"):
                    out = os.path.join(self.folder, "out.png")
                    done = self.geyser("snapshot", "still", out, "--device", reader.removeprefix("vulkan:"), "--json")
                    self.assertEqual(done.returncode, 0, done.stderr)
                    self.assertEqual(read_png(out), (50, 30, rgba))
                    self.assertEqual(json.loads(done.stdout)["transport"], "zero_copy" if devices[publisher] == devices[reader] else "host_bridge")
            self.assertEqual(self.stop(child)[0], 0)

    def test_default_devices(self):
        self.publish("anywhere", "--pattern", "counter", "--size", "160x96")
        done = self.geyser("snapshot", "anywhere", os.path.join(self.folder, "a.raw"), "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        report = json.loads(done.stdout)
        self.assertEqual(report["transport"], "zero_copy")
        with open(report["file"], "rb") as file:
            pixels = file.read()
        self.assertEqual(len(pixels), 160 * 96 * 4)
        self.assertEqual(read_counter(pixels, 160, 96), report["frame"])

    def test_formats(self):
        for name, first in (("rgba16_float", None), ("r8_unorm", 1), ("nv12", 1), ("p010", None), ("bgra8_srgb", 4), ("rgb10a2_unorm", None)):
            with self.subTest(name):
                child, _ = self.publish("f", "--pattern", "counter", "--device", "host", "--size", "160x96", "--format", name)
                raw, png = os.path.join(self.folder, "f.raw"), os.path.join(self.folder, "f.png")
                done = self.geyser("snapshot", "f", raw, "--json")
                self.assertEqual(done.returncode, 0, done.stderr)
                report = json.loads(done.stdout)
                self.assertEqual(report["counter"], report["frame"])
                if first:
                    with open(raw, "rb") as file:
                        self.assertEqual(read_counter(file.read(), 160, 96, first), report["frame"])
                done = self.geyser("snapshot", "f", png, "--json")
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(read_counter(read_png(png)[2], 160, 96), json.loads(done.stdout)["frame"])
                self.assertEqual(self.stop(child)[0], 0)

    def test_what_no_png_holds(self):
        child, _ = self.publish("bc", "--raw", "--device", "host", "--size", "8x8", "--format", "bc1_rgba_unorm", stdin=subprocess.PIPE)
        child.stdin.write(bytes(range(32)))
        child.stdin.flush()
        done = self.geyser("snapshot", "bc", os.path.join(self.folder, "a.png"))
        self.assertEqual(done.returncode, 1)
        self.assertIn(".raw", done.stderr)
        raw = os.path.join(self.folder, "a.raw")
        self.assertEqual(self.geyser("snapshot", "bc", raw).returncode, 0)
        with open(raw, "rb") as file:
            self.assertEqual(file.read(), bytes(range(32)))

    def test_files_that_cannot_be_written(self):
        self.publish("s", "--device", "host", "--size", "64x48")
        for path in ("/dev/null/a.png", "/dev/null/a.raw"):
            done = self.geyser("snapshot", "s", path)
            self.assertEqual(done.returncode, 1)
            self.assertIn("/dev/null", done.stderr)

    def test_a_stream_without_frames_times_out(self):
        child, _ = self.publish("empty", "--raw", "--device", "host", "--size", "8x4", stdin=subprocess.PIPE)
        done = self.geyser("snapshot", "empty", os.path.join(self.folder, "a.png"), "--timeout", "0.5")
        self.assertEqual(done.returncode, 1)
        self.assertIn("geyser stat", done.stderr)
        child.stdin.close()
        self.assertEqual(child.wait(timeout=PATIENCE), 0)


class Record(Streams):
    def frames(self, count, size):
        return [bytes((i * 31 + x) % 251 for x in range(size)) for i in range(count)]

    def test_what_goes_in_comes_out(self):
        for name, size in (("rgba8_unorm", 64 * 48 * 4), ("nv12", 64 * 48 * 3 // 2), ("rgba16_float", 64 * 48 * 8)):
            with self.subTest(name):
                frames = self.frames(40, size)
                publisher, _ = self.publish("pipe", "--raw", "--size", "64x48", "--format", name, "--pacing", "queue", "--device", "host",
                                            "--wait-for-readers", "1", "--linger", "60", stdin=subprocess.PIPE)
                recorder = self.start("record", "pipe", "--json", "--timeout", "60")
                feeder = threading.Thread(target=lambda: (publisher.stdin.write(b"".join(frames)), publisher.stdin.close()), daemon=True)
                feeder.start()
                out, err = recorder.communicate(timeout=PATIENCE)
                feeder.join(timeout=PATIENCE)
                self.assertEqual(recorder.returncode, 0, err)
                report = json.loads(err)
                self.assertEqual((report["frames"], report["skipped"], report["ended_by"]), (40, 0, "stream"))
                self.assertTrue(out == b"".join(frames), "other bytes came out")
                self.assertEqual(publisher.wait(timeout=PATIENCE), 0)

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

    def test_frames_is_a_limit(self):
        self.publish("endless", "--pattern", "counter", "--device", "host", "--size", "160x96", "--fps", "200")
        done = self.geyser("record", "endless", "--frames", "7", "--json", text=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        report = json.loads(done.stderr)
        size = 160 * 96 * 4
        self.assertEqual(len(done.stdout), 7 * size)
        numbers = [read_counter(done.stdout[i * size:(i + 1) * size], 160, 96) for i in range(7)]
        self.assertEqual((numbers[0], numbers[-1]), (report["first_frame"], report["last_frame"]))
        self.assertEqual(sorted(set(numbers)), numbers)
        self.assertEqual(report["skipped"], numbers[-1] - numbers[0] - 6)

    def test_a_stream_that_ends_too_early_is_said(self):
        publisher, _ = self.publish("brief", "--device", "host", "--size", "64x48", "--pacing", "queue", "--frames", "3", "--wait-for-readers", "1",
                                    "--linger", "60")
        done = self.geyser("record", "brief", "--frames", "10", text=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"after 3 of 10 frames", done.stderr)
        self.assertEqual(len(done.stdout), 3 * 64 * 48 * 4)
        self.assertEqual(publisher.wait(timeout=PATIENCE), 0)

    def test_a_reader_that_goes_away_ends_it_cleanly(self):
        self.publish("wide", "--device", "host", "--size", "640x480")
        recorder = self.start("record", "wide", "--json")
        recorder.stdout.read(1000)
        recorder.stdout.close()
        self.assertEqual(recorder.wait(timeout=PATIENCE), 0)
        self.assertEqual(json.loads(recorder.stderr.read())["ended_by"], "reader")

    def test_a_full_disk_is_an_error(self):
        self.publish("full", "--device", "host", "--size", "64x48")
        with open("/dev/full", "wb") as full:
            recorder = self.start("record", "full", stdout=full)
            self.assertEqual(recorder.wait(timeout=PATIENCE), 1)
        self.assertIn(b"Writing to standard output failed", recorder.stderr.read())

    def test_interrupt(self):
        self.publish("long", "--device", "host", "--size", "64x48")
        recorder = self.start("record", "long", "--json")
        self.assertTrue(recorder.stdout.read(64 * 48 * 4))
        recorder.send_signal(signal.SIGINT)
        rest, err = recorder.communicate(timeout=PATIENCE)
        self.assertEqual(recorder.returncode, 0, err)
        self.assertEqual(json.loads(err)["ended_by"], "interrupt")
        self.assertEqual(len(rest) % (64 * 48 * 4), 0)

    def test_terminal_is_refused(self):
        leader, follower = pty.openpty()
        try:
            child = self.start("record", "x", stdout=follower)
            _, err = child.communicate(timeout=PATIENCE)
        finally:
            os.close(leader)
            os.close(follower)
        self.assertEqual(child.returncode, 2)
        self.assertIn(b"ffmpeg", err)


class Stat(Streams):
    def test_readers(self):
        publisher, _ = self.publish("busy", "--device", "host", "--size", "64x48", "--fps", "100")
        recorder = self.start("record", "busy", stdout=subprocess.DEVNULL)

        def reading():
            done = self.geyser("stat", "busy", "--seconds", "0.5", "--json")
            self.assertEqual(done.returncode, 0, done.stderr)
            stream = json.loads(done.stdout)["streams"][0]
            return stream if stream["readers"] and stream["readers"][0]["fps"] > 0 else None
        stream = self.eventually(reading, "the reader has frames")
        reader = stream["readers"][0]
        self.assertEqual((stream["pid"], reader["pid"], len(stream["readers"])), (publisher.pid, recorder.pid, 1))
        self.assertEqual((reader["transport"], reader["why_not_zero_copy"]), ("zero_copy", None))
        self.assertGreater(stream["fps"], 0)
        self.assertGreater(reader["latency_p50_ns"], 0)
        self.assertGreaterEqual(reader["latency_p99_ns"], reader["latency_p50_ns"])
        text = self.geyser("stat").stdout
        self.assertIn("CLAIMS", text)
        self.assertIn(str(recorder.pid), text)
        self.assertNotIn("\x1b", text)
        recorder.kill()
        recorder.wait()
        self.eventually(lambda: not json.loads(self.geyser("stat", "busy", "--seconds", "0.1", "--json").stdout)["streams"][0]["readers"],
                        "the killed reader is gone")

    def test_live_on_a_terminal(self):
        self.publish("shown", "--device", "host", "--size", "64x48")
        leader, follower = pty.openpty()
        child = self.start("stat", "--interval", "0.1", stdout=follower)
        os.close(follower)
        seen = b""
        try:
            until = time.monotonic() + PATIENCE
            while seen.count(b"shown") < 3 and time.monotonic() < until:
                seen += os.read(leader, 4096)
            child.send_signal(signal.SIGINT)
            self.assertEqual(child.wait(timeout=PATIENCE), 0)
        finally:
            os.close(leader)
        self.assertGreaterEqual(seen.count(b"shown"), 3)
        self.assertIn(b"\x1b[", seen)

    def test_nobody(self):
        self.assertIn("geyser publish", self.geyser("stat", "--seconds", "0.1").stdout)
        self.assertEqual(json.loads(self.geyser("stat", "--seconds", "0.1", "--json").stdout)["streams"], [])


class View(Streams):
    def test_no_display_says_what_to_do(self):
        self.publish("v", "--device", "host", "--size", "64x48")
        environment = {"DISPLAY": "", "WAYLAND_DISPLAY": ""}
        done = self.geyser("view", "v", env=environment)
        self.assertEqual(done.returncode, 1)
        self.assertIn("geyser snapshot", done.stderr)
        self.assertIn("next:", done.stderr)

    def test_a_window(self):
        if "not in this build" in self.geyser("view", "--help").stdout:
            self.skipTest("this geyser is built without windows")
        if not shutil.which("Xvfb"):
            self.skipTest("Xvfb is not installed")
        if not [d for d in json.loads(self.geyser("devices", "--json").stdout)["devices"] if d["api"] == "vulkan" and "error" not in d]:
            self.skipTest("no Vulkan device is here")
        ready, number = os.pipe()
        server = subprocess.Popen(["Xvfb", "-displayfd", str(number), "-screen", "0", "800x600x24", "-nolisten", "tcp", "-fbdir", self.folder], pass_fds=[number],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.children.append(server)
        os.close(number)
        display = b""
        while not display.endswith(b"\n"):
            piece = os.read(ready, 16)
            if not piece:
                self.skipTest("Xvfb does not start here")
            display += piece
        os.close(ready)
        self.environment["DISPLAY"] = ":" + display.decode().strip()
        for image_format in ("rgba8_unorm", "bgra8_srgb", "nv12", "rgba8_uint"):
            with self.subTest(image_format):
                child, _ = self.publish("v", "--pattern", "counter", "--size", "320x240", "--format", image_format,
                                        *(("--device", "host") if image_format in ("nv12", "rgba8_uint") else ()))
                done = self.geyser("view", "v", "--frames", "5", "--json")
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(done.stderr, "")
                report = json.loads(done.stdout)
                self.assertEqual(report["frames"], 5)
                self.assertEqual(report["counter"], report["last_frame"])
                self.on_screen()
                self.assertEqual(self.stop(child)[0], 0)

    def on_screen(self):
        """The pixels of the screen itself hold a number, and the overlay has its ground and its letters."""
        viewer = self.start("view", "v")

        def looked():
            with open(os.path.join(self.folder, "Xvfb_screen0"), "rb") as file:
                shot = file.read()  # an XWD file
            words = struct.unpack(">25I", shot[:100])
            header, width, height, texel, row, colors = words[0], words[4], words[5], words[11] // 8, words[12], words[19]
            pixels = shot[header + 12 * colors:]
            # Without a window manager a window lies in the corner; with one of the server's own, in the middle.
            for x, y in ((0, 0), ((width - 320) // 2, (height - 240) // 2)):
                lines = (pixels[row * line + texel * x:row * line + texel * (x + 320)] for line in range(y, y + 240))
                window = b"".join(lines)
                number = read_counter(window, 320, 240, texel)
                if number:
                    return number, window[-320 * texel * 20:]
            return None
        number, below = self.eventually(looked, "the screen shows a counter")
        self.assertGreater(number, 0)
        self.assertGreater(below.count(b"\x18" * 3), 1000)
        self.assertGreater(below.count(b"\xff" * 3), 100)
        self.assertEqual(self.stop(viewer)[0], 0)

class Bench(Streams):
    def test_host(self):
        self.wrong_usage("bench", "--rounds", "1", says="rounds")
        done = self.geyser("bench", "--device", "host", "--rounds", "30", "--size", "64x48", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        report = json.loads(done.stdout)
        self.assertTrue(report["stream"]["zero_copy"])
        for row in ("begin_and_publish", "acquire_and_release", "wake_spinning", "wake_sleeping"):
            self.assertGreater(report["stream"][row]["p50"], 0)
            self.assertGreaterEqual(report["stream"][row]["p99"], report["stream"][row]["p50"])
        self.assertIsNone(report["hand_over"])
        text = self.geyser("bench", "--device", "host", "--rounds", "30", "--size", "64x48")
        self.assertIn("futex", text.stdout)

    def test_best_device(self):
        devices = json.loads(self.geyser("devices", "--json").stdout)["devices"]
        if not [d for d in devices if d["api"] == "vulkan" and "error" not in d]:
            self.skipTest("no Vulkan device is here")
        done = self.geyser("bench", "--rounds", "30", "--size", "256x256", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        report = json.loads(done.stdout)["hand_over"]
        self.assertEqual(report["cpu_copy"], report["read_back"] + report["memcpy"] + report["upload"])
        self.assertGreater(report["shared"], 0)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    PROGRAM = sys.argv.pop(1)
    unittest.main(verbosity=2)
