"""What goes over `geyser serve`, with publishers, readers and web clients around it: pixels, video, windows, ends, leaks.

usage: serve_test.py PATH_OF_GEYSER PATH_OF_THE_TEST_PUBLISHER [TEST...]
Video is decoded with the package python3-av; without it, or without an encoder, video is left out by name.
"""
import asyncio
import json
import os
import random
import signal
import subprocess
import time
import unittest

import serve_test_base
from cli_pictures import read_png
from serve_test_base import Serve
from serve_test_client import DELTA, HEADER, KEY, PATIENCE, RAW, Client, header

try:
    import av
except ImportError:
    av = None


class Streams(Serve):
    async def test_list_follows(self):
        self.serve()
        client = await self.connect()
        await client.listed(lambda streams: streams == {})
        first = self.publish("käse 1", "--device", "host", "--size", "64x48", "--fps", "50")
        streams = await client.listed(lambda streams: "käse 1" in streams and streams["käse 1"]["fps"] > 5)
        self.assertEqual({key: streams[0][key] for key in ("width", "height", "format", "alive")}, {"width": 64, "height": 48, "format": "rgba8unorm", "alive": True})
        await client.subscribe(1, "käse 1")
        await client.listed(lambda streams: streams["käse 1"]["readers"] == 1)
        first.send_signal(signal.SIGSTOP)
        await client.listed(lambda streams: not streams["käse 1"]["alive"])
        first.send_signal(signal.SIGCONT)
        await client.listed(lambda streams: streams["käse 1"]["alive"])
        self.publish("second", "--device", "host", "--size", "32x16", "--format", "nv12")
        streams = await client.listed(lambda streams: len(streams) == 2)
        self.assertEqual([stream["format"] for stream in streams if stream["name"] == "second"], ["nv12"])
        self.assertEqual(json.loads(self.request("/streams")[2])["type"], "streams")
        self.stop(first)
        await client.listed(lambda streams: list(streams) == ["second"])

    async def test_only_the_named_ones(self):
        self.publish("shown", "--device", "host", "--size", "64x48")
        self.publish("hidden", "--device", "host", "--size", "64x48")
        self.serve("shown")
        client = await self.connect()
        await client.listed(lambda streams: list(streams) == ["shown"])
        await client.subscribe(1, "shown")
        for name in ("hidden", "none"):
            await client.send("subscribe", id=2, stream=name, transport="raw")
            self.assertEqual((await client.text("error", id=2))["code"], "not_found")

    async def test_pixels_are_exact(self):
        self.serve()
        client = await self.connect()
        devices = ["host", ""]  # and the best GPU, or the software device
        checked = 0
        for device in devices:
            for form, order in (("rgba8_unorm", 0), ("bgra8_unorm", 1), ("rgba8_srgb", 0)):
                for width, height in ((61, 35), (640, 360)):
                    with self.subTest(f"{device} {form} {width}x{height}"):
                        checked += 1
                        name = f"s{checked}"
                        child = self.publish_raw(name, width, height, form, device)
                        subscribed = await client.subscribe(checked, name)
                        self.assertEqual((subscribed["width"], subscribed["height"], subscribed["format"], subscribed["transport"]),
                                         (width, height, "bgra8unorm" if order else "rgba8unorm", "raw"))
                        for number in range(1, 5):
                            pixels = random.randbytes(width * height * 4)
                            self.feed(child, pixels)
                            frame = await client.frame(checked)
                            self.assertEqual((frame.kind, frame.number, frame.width, frame.height, frame.format), (RAW, number, width, height, order))
                            self.assertEqual(frame.payload, pixels)
                        self.stop(child)
                        await client.text("ended", id=checked)
        self.assertEqual(checked, 12)

    async def test_other_formats_become_rgba(self):
        self.serve()
        client = await self.connect()
        for number, (form, texel) in enumerate((("rgba16_float", 8), ("r8_unorm", 1), ("rgb10a2_unorm", 4), ("nv12", 1.5), ("p010", 3)), 1):
            with self.subTest(form):
                child = self.publish_raw(form, 48, 32, form)
                # Halves that are no numbers, and what lies outside 0 to 1, are the converter's matter; here are numbers in between.
                pixels = b"".join(bytes((random.randrange(256), random.randrange(0x30, 0x3c))) for _ in range(48 * 32 * 4)) if form == "rgba16_float" \
                    else random.randbytes(int(48 * 32 * texel))
                self.feed(child, pixels)
                subscribed = await client.subscribe(number, form)
                self.assertEqual(subscribed["format"], "rgba8unorm")
                frame = await client.frame(number)
                png = os.path.join(self.folder, "a.png")
                self.assertEqual(self.geyser("snapshot", form, png).returncode, 0)
                self.assertEqual((frame.width, frame.height, frame.payload), read_png(png))
        self.publish_raw("bc", 8, 8, "bc1_rgba_unorm")
        await client.send("subscribe", id=99, stream="bc", transport="raw")
        error = await client.text("error", id=99)
        self.assertEqual(error["code"], "unsupported_format")
        self.assertIn("bc1_rgba_unorm", error["message"])

    async def test_smaller(self):
        child = self.publish_raw("s", 64, 32)
        pixels = random.randbytes(64 * 32 * 4)
        self.feed(child, pixels)
        self.serve()
        client = await self.connect()
        await client.subscribe(1, "s", maxWidth=16)
        await client.subscribe(2, "s", maxWidth=100)
        frame = await client.frame(1)
        self.assertEqual((frame.width, frame.height), (16, 8))
        for y in range(8):
            for x in range(16):
                for channel in range(4):
                    mean = sum(pixels[((y * 4 + v) * 64 + x * 4 + u) * 4 + channel] for v in range(4) for u in range(4)) / 16
                    self.assertLessEqual(abs(frame.payload[(y * 16 + x) * 4 + channel] - mean), 0.5)
        self.assertEqual((await client.frame(2)).payload, pixels)

    async def test_the_newest_frame_wins(self):
        child = self.publish_raw("s", 16, 16)
        self.serve()
        client = await self.connect()
        await client.subscribe(1, "s", window=2)
        frames = [random.randbytes(1024) for _ in range(40)]
        for index, pixels in enumerate(frames[:2]):
            self.feed(child, pixels)
            self.assertEqual((await client.frame(1, ack=False)).payload, frames[index])
        for pixels in frames[2:]:
            self.feed(child, pixels)
        # Two are not acknowledged: nothing comes, and what does not is counted.
        stats = await client.text("stats", published=40)
        self.assertEqual((stats["sent"], stats["skipped"]), (2, 37))
        self.assertEqual([m for m in client.kept if not isinstance(m, dict)], [])
        await client.send("ack", id=1, number=1)
        frame = await client.frame(1, ack=False)
        self.assertEqual((frame.number, frame.payload), (40, frames[39]))
        # A late joiner gets the picture that is there.
        other = await self.connect()
        await other.subscribe(7, "s")
        self.assertEqual((await other.frame(7)).payload, frames[39])
        # What is acknowledged covers what was sent before it.
        await client.send("ack", id=1, number=40)
        for index in range(2):
            self.feed(child, frames[index])
            self.assertEqual((await client.frame(1, ack=False)).payload, frames[index])
        stats = await client.text("stats", sent=5)
        self.assertEqual(stats["published"], stats["sent"] + stats["skipped"])

    async def test_a_slow_browser_slows_nobody(self):
        self.serve()
        for pacing in ("lockstep", "queue", "latest"):
            child = self.publish("s", "--device", "host", "--size", "640x480", "--pacing", pacing, "--fps", "0", "--frames", "300", "--wait-for-readers", "1",
                                 "--linger", "0")
            slow = await self.connect()
            await slow.subscribe(1, "s", window=1)
            await slow.subscribe(2, "s", window=8)
            fast = await self.connect()
            await fast.send("subscribe", id=1, stream="s", transport="raw")
            # Nobody reads from `slow`; 300 frames of a megabyte, and the publisher ends by itself.
            out, _ = await asyncio.to_thread(child.communicate, timeout=PATIENCE)
            self.assertEqual(json.loads(out.splitlines()[-1])["frames"], 300)
            await slow.drop()
            await fast.drop()

    async def test_frames_a_second(self):
        self.publish("s", "--device", "host", "--size", "16x16", "--fps", "200")
        self.serve("--fps", "20")
        client = await self.connect()
        began = time.monotonic()
        await client.subscribe(1, "s", maxFps=5)
        await client.subscribe(2, "s", maxFps=1000)
        for _ in range(6):
            await client.frame(1)
        self.assertGreater(time.monotonic() - began, 0.75)  # four whole pauses of a fifth of a second, at the least
        began = time.monotonic()
        sent = 0
        while time.monotonic() - began < 1:
            await client.frame(2)
            sent += 1
        kept = sum(1 for m in client.kept if not isinstance(m, dict) and m.id == 2)
        self.assertLess(sent, 60 + kept)

    async def test_sizes_and_formats_change(self):
        child = self.start(serve_test_base.PUBLISHER, "s", stdin=subprocess.PIPE)
        self.serve()
        client = await self.connect()

        def frame(width, height, form):
            pixels = random.randbytes(width * height * 4)
            self.feed(child, f"{width} {height} {form}\n".encode() + pixels)
            child.stdout.readline()
            return pixels
        first = frame(32, 32, "rgba8_unorm")
        video = bool(client.hello["encoders"])
        await client.subscribe(1, "s")
        self.assertEqual((await client.frame(1)).payload, first)
        if video:
            await client.subscribe(2, "s", "video")
            self.assertEqual((await client.frame(2)).kind, KEY)
        for width, height, form, name in ((64, 18, "rgba8_unorm", "rgba8unorm"), (64, 18, "bgra8_unorm", "bgra8unorm"), (17, 19, "bgra8_unorm", "bgra8unorm")):
            pixels = frame(width, height, form)
            self.assertEqual((await client.text("subscribed", id=1, width=width, height=height, format=name))["transport"], "raw")
            got = await client.frame(1)
            self.assertEqual((got.width, got.height, got.payload), (width, height, pixels))
            if video:
                got = await client.frame(2)
                self.assertEqual((got.width, got.height), (width & ~1, height & ~1))
        if video:
            # Below sixteen pixels there is no video, and the raw subscription goes on.
            frame(8, 8, "rgba8_unorm")
            self.assertEqual((await client.text("error", id=2))["code"], "unsupported_format")
            self.assertEqual((await client.frame(1)).width, 8)

    async def test_publishers_die_and_come_back(self):
        self.serve()
        client = await self.connect()
        await client.send("subscribe", id=1, stream="s", transport="raw")
        self.assertEqual((await client.text("error", id=1))["code"], "not_found")
        for round_number in range(3):
            child = self.publish_raw("s", 16, 8 + round_number)
            pixels = random.randbytes(16 * (8 + round_number) * 4)
            self.feed(child, pixels)
            self.assertEqual((await client.subscribe(1, "s"))["height"], 8 + round_number)
            self.assertEqual((await client.frame(1)).payload, pixels)
            child.kill()
            child.wait()
            self.assertTrue((await client.text("ended", id=1))["reason"])
        await client.alive(5)

    async def test_unsubscribe_and_ids(self):
        child = self.publish_raw("s", 16, 16)
        self.feed(child, random.randbytes(1024))
        self.serve()
        client = await self.connect()
        await client.subscribe(1, "s")
        await client.send("subscribe", id=1, stream="s", transport="raw")
        error = await client.text("error")
        self.assertEqual((error["code"], "id" in error), ("invalid_state", False))
        await client.frame(1)
        for _ in range(20):
            await client.send("unsubscribe", id=1)
            await client.subscribe(1, "s")
            await client.frame(1)
        for quiet in ("unsubscribe", "keyframe", "unpublish"):
            await client.send(quiet, id=77)
        await client.send("ack", id=77, number=1)
        for number in range(2, 17):
            await client.subscribe(number, "s")
        await client.send("subscribe", id=17, stream="s", transport="raw")
        self.assertEqual((await client.text("error", id=17))["code"], "limit_exceeded")
        pixels = random.randbytes(1024)
        for number in range(2, 17):
            await client.frame(number)
        self.feed(child, pixels)
        for number in range(1, 17):
            self.assertEqual((await client.frame(number)).payload, pixels)


class Publish(Serve):
    async def announce(self, client, number, name, width, height, form="rgba8unorm"):
        await client.send("publish", id=number, name=name, width=width, height=height, format=form)
        return await client.text("published", id=number)

    async def test_frames_arrive_exactly(self):
        self.serve()
        client = await self.connect()
        raw = os.path.join(self.folder, "a.raw")
        checked = 0
        for number, (width, height, form) in enumerate(((61, 35, "rgba8unorm"), (640, 480, "bgra8unorm"), (1, 1, "rgba8unorm"), (1920, 1080, "rgba8unorm")), 1):
            name = f"from the web {number}"
            self.assertEqual((await self.announce(client, number, name, width, height, form))["name"], name)
            for turn in range(3):
                pixels = random.randbytes(width * height * 4)
                await client.socket.send(header(id=number, bytes=len(pixels), width=width, height=height, format=int(form == "bgra8unorm"),
                                                timestamp=turn * 1000) + pixels)
                await client.alive(turn)  # after the frame: it has been published
                done = self.geyser("snapshot", name, raw, "--json")
                self.assertEqual(done.returncode, 0, done.stderr)
                report = json.loads(done.stdout)
                self.assertEqual((report["frame"], report["width"], report["height"], report["format"]),
                                 (turn + 1, width, height, "bgra8_unorm" if form == "bgra8unorm" else "rgba8_unorm"))
                with open(raw, "rb") as file:
                    self.assertEqual(file.read(), pixels)
                checked += 1
            await client.send("unpublish", id=number)
            await client.listed(lambda streams, name=name: name not in streams)
        self.assertEqual(checked, 12)

    async def test_there_and_back(self):
        self.serve()
        client = await self.connect()
        other = await self.connect()
        await self.announce(client, 1, "loop", 64, 64)
        await other.subscribe(5, "loop", window=8)
        for number in range(1, 30):
            pixels = random.randbytes(64 * 64 * 4)
            await client.socket.send(header(id=1, bytes=len(pixels), width=64, height=64, timestamp=-number) + pixels)
            frame = await other.frame(5)
            self.assertEqual((frame.number, frame.timestamp, frame.payload), (number, -number, pixels))
        await client.close()
        await other.text("ended", id=5)

    async def test_refusals(self):
        self.publish("taken", "--device", "host", "--size", "16x16")
        self.serve()
        client = await self.connect()
        for fields, code in (({"name": "taken"}, "invalid_state"), ({"name": ""}, "invalid_argument"), ({"name": "a\nb"}, "invalid_argument"),
                             ({"format": "rgba16float"}, "unsupported_format"), ({"format": ""}, "unsupported_format")):
            await client.send("publish", **{"id": 1, "name": "n", "width": 4, "height": 4, "format": "rgba8unorm", **fields})
            self.assertEqual((await client.text("error", id=1))["code"], code, fields)
        await client.socket.send(header(id=1, bytes=64, width=4, height=4) + bytes(64))
        self.assertEqual((await client.text("error", id=1))["code"], "not_found")
        for number in range(4):
            await self.announce(client, number, f"n{number}", 4, 4)
        await client.send("publish", id=9, name="n9", width=4, height=4, format="rgba8unorm")
        self.assertEqual((await client.text("error", id=9))["code"], "limit_exceeded")
        for wrong in (header(id=0, bytes=60, width=5, height=3) + bytes(60), header(id=0, bytes=64, width=4, height=4, format=1) + bytes(64)):
            code, error = None, None
            victim = await self.connect()
            await self.announce(victim, 0, "victim", 4, 4)
            await victim.socket.send(wrong)
            code, error = await victim.closed()
            self.assertEqual((code, error["code"]), (1008, "invalid_argument"))
            await client.listed(lambda streams: "victim" not in streams)
        victim = await self.connect()
        await self.announce(victim, 0, "victim", 512, 512)
        await victim.socket.send(bytes(512 * 512 * 4 + HEADER.size + 1))
        self.assertEqual((await victim.closed())[0], 1009)
        await client.alive(3)

    async def test_not_when_forbidden(self):
        self.serve("--no-publish")
        client = await self.connect()
        self.assertFalse(client.hello["publish"])
        await client.send("publish", id=1, name="n", width=4, height=4, format="rgba8unorm")
        error = await client.text("error", id=1)
        self.assertEqual((error["code"], "--no-publish" in error["message"]), ("unsupported_feature", True))


@unittest.skipIf(av is None, "the package python3-av is not installed")
class Video(Serve):
    def setUp(self):
        super().setUp()
        self.failures = 0

    @staticmethod
    def picture(width, height, number):
        """Smooth, so that a codec keeps it, and another one for each number."""
        a, b, c = (random.Random(number * 7 + i).randrange(40, 215) for i in range(3))
        line = lambda y: b"".join(bytes((a * (x + 8) // (width + 8), b * (y + 8) // (height + 8), (c + x // 4 + y // 4) % 256 // 2 + 64, 255)) for x in range(width))
        return b"".join(line(y) for y in range(height))

    @staticmethod
    def decoder(codec):
        return av.CodecContext.create({"a": "h264", "v": "vp9"}[codec[0]] if codec != "vp8" else "vp8", "r")

    def compare(self, decoder, frame, pixels, width, height):
        pictures = decoder.decode(av.Packet(frame.payload))
        self.assertEqual(len(pictures), 1, "the decoder has no picture for this packet")
        picture = pictures[0]
        self.assertEqual((picture.width, picture.height), (frame.width, frame.height))
        plane = picture.planes[0]
        luma = bytes(plane)
        kr, kb = (0.2126, 0.0722) if decoder.name != "vp8" else (0.299, 0.114)
        total = 0
        for y in range(0, frame.height, 3):
            for x in range(0, frame.width, 3):
                r, g, b = pixels[(y * width + x) * 4:(y * width + x) * 4 + 3]
                total += abs(16 + 219 / 255 * (kr * r + (1 - kr - kb) * g + kb * b) - luma[y * plane.line_size + x])
        mean = total / (len(range(0, frame.height, 3)) * len(range(0, frame.width, 3)))
        self.assertLess(mean, 6, "the decoded picture is another one")

    async def test_every_codec(self):
        self.serve()
        client = await self.connect()
        if not client.hello["encoders"]:
            self.skipTest("this program was built without video, or the system has no encoder")
        ran = 0
        for number, codec in enumerate(client.hello["encoders"], 1):
            for width, height in ((160, 96), (131, 77)):
                with self.subTest(f"{codec} {width}x{height}"):
                    name = f"{number} {width}"
                    child = self.publish_raw(name, width, height, "bgra8_unorm" if width % 2 else "rgba8_unorm")
                    subscribed = await client.subscribe(number, name, "video", codecs=["av01.0.04M.08", codec])
                    self.assertEqual((subscribed["width"], subscribed["height"], subscribed["transport"]), (width & ~1, height & ~1, "video"))
                    self.assertEqual(subscribed["codec"][:4], codec[:4])
                    decoder = self.decoder(codec)
                    for turn in range(12):
                        pixels = self.picture(width, height, turn // 3)
                        sent = bytearray(pixels)
                        if width % 2:
                            sent[0::4], sent[2::4] = pixels[2::4], pixels[0::4]
                        if turn == 6:
                            await client.send("keyframe", id=number)
                            await asyncio.sleep(0.25)  # the request, and the pause between key frames
                            again = await client.frame(number)  # the newest, as a key frame
                            self.assertEqual((again.kind, again.number), (KEY, 6))
                            self.compare(decoder, again, self.picture(width, height, 1), width, height)
                        self.feed(child, bytes(sent))
                        frame = await client.frame(number)
                        self.assertEqual((frame.number, frame.kind), (turn + 1, KEY if turn == 0 else DELTA))
                        self.compare(decoder, frame, pixels, width, height)
                        ran += 1
                    self.stop(child)
                    await client.text("ended", id=number)
        self.assertGreaterEqual(ran, 24)

    async def test_who_falls_behind_goes_on_with_a_key_frame(self):
        self.serve()
        fast, slow = await self.connect(), await self.connect()
        if not fast.hello["encoders"]:
            self.skipTest("this program was built without video, or the system has no encoder")
        codec = fast.hello["encoders"][0]
        child = self.publish_raw("s", 96, 64)
        await fast.subscribe(1, "s", "video", codecs=[codec])
        await slow.subscribe(1, "s", "video", codecs=[codec], window=1)
        decoders = {fast: self.decoder(codec), slow: self.decoder(codec)}
        pixels = self.picture(96, 64, 0)
        self.feed(child, pixels)
        # Both may come one after the other; each begins with a key frame.
        first = await slow.frame(1, ack=False)
        self.compare(decoders[slow], first, pixels, 96, 64)
        self.assertEqual(first.kind, KEY)
        for number in range(1, 8):
            frame = await fast.frame(1)
            self.compare(decoders[fast], frame, pixels, 96, 64)
            pixels = self.picture(96, 64, number)
            self.feed(child, pixels)
        await slow.send("ack", id=1, number=first.number)
        frame = await slow.frame(1)
        while frame.number != 8:
            frame = await slow.frame(1)
        self.compare(decoders[slow], frame, pixels, 96, 64)
        self.assertEqual(frame.kind, KEY)

    async def test_only_what_can_be_encoded(self):
        self.publish("s", "--device", "host", "--size", "64x48")
        self.publish("tiny", "--device", "host", "--size", "8x48")
        self.serve("--encoder", "none")
        client = await self.connect()
        self.assertEqual((client.hello["encoders"], self.started["encoders"]), ([], []))
        for codecs in ([], ["vp8"], ["avc1.42E01F", "vp8"]):
            await client.send("subscribe", id=1, stream="s", transport="video", codecs=codecs)
            self.assertEqual((await client.text("error", id=1))["code"], "unsupported_feature")
        await client.subscribe(1, "s")
        self.serve()
        client = await self.connect()
        await client.send("subscribe", id=1, stream="s", transport="video", codecs=["av01.0.04M.08"])
        self.assertEqual((await client.text("error", id=1))["code"], "unsupported_feature")
        await client.send("subscribe", id=1, stream="tiny", transport="video")
        self.assertIn((await client.text("error", id=1))["code"], ("unsupported_format", "unsupported_feature"))


class Life(Serve):
    @staticmethod
    def held(child):
        return len(os.listdir(f"/proc/{child.pid}/fd")), len(os.listdir(f"/proc/{child.pid}/task"))

    async def test_signals_end_it_cleanly(self):
        publisher = self.publish("s", "--device", "host", "--size", "640x480")
        for how in (signal.SIGINT, signal.SIGTERM):
            server = self.serve()
            clients = [await self.connect() for _ in range(3)]
            for client in clients[:2]:
                await client.subscribe(1, "s")
                await client.subscribe(2, "s", window=8)  # never acknowledged
            await clients[2].send("publish", id=3, name="web", width=4, height=4, format="rgba8unorm")
            await clients[2].text("published", id=3)
            code, out = await asyncio.to_thread(self.stop, server, how)
            self.assertEqual(code, 0)
            self.assertEqual(json.loads(out.splitlines()[-1]), {"event": "ended"})
            for client in clients[1:]:
                self.assertEqual((await client.closed())[0], 1001)
            names = [stream["name"] for stream in json.loads(self.geyser("list", "--json").stdout)["streams"]]
            self.assertEqual(names, ["s"])
        self.assertIsNone(publisher.poll())

    async def test_nothing_is_left_behind(self):
        server = self.serve("--device", "host")
        self.publish("s", "--device", "host", "--size", "64x48", "--fps", "100")

        async def visit(number):
            client = await Client.connect(self.url)
            await client.subscribe(1, "s")
            if client.hello["encoders"]:
                await client.subscribe(2, "s", "video")
                await client.frame(2)
            await client.frame(1)
            await client.send("publish", id=3, name=f"web {number}", width=16, height=16, format="rgba8unorm")
            await client.text("published", id=3)
            await client.socket.send(header(id=3, bytes=1024, width=16, height=16) + bytes(1024))
            end = number % 4
            if end == 0:
                return await client.drop()
            elif end == 1:
                await client.socket.send("nonsense")
                self.assertEqual((await client.closed())[0], 1002)
            elif end == 2:
                await client.send("unsubscribe", id=1)
                await client.send("unpublish", id=3)
            await client.close()

        async def settled():
            """Until the threads of what has ended are gone."""
            before = None
            for _ in range(PATIENCE):
                await asyncio.sleep(1)
                now = self.held(server)
                if now == before:
                    return now
                before = now
            self.fail("the server never comes to rest")
        for number in range(4):
            await visit(number)
        first = await settled()
        for number in range(24):
            await visit(number)
        for _ in range(PATIENCE):
            if self.held(server) <= first:
                break
            await asyncio.sleep(0.5)
        held = self.held(server)
        self.assertLessEqual(held[0], first[0], "file descriptors are left")
        self.assertLessEqual(held[1], first[1], "threads are left")
        self.assertEqual((await asyncio.to_thread(self.stop, server))[0], 0)

    async def test_it_says_what_happens(self):
        self.publish("s", "--device", "host", "--size", "64x48")
        server = self.serve("--log", stderr=subprocess.PIPE)
        client = await self.connect()
        await client.subscribe(1, "s")
        self.request("/", token=False)
        server.send_signal(signal.SIGTERM)
        _, err = await asyncio.to_thread(server.communicate, timeout=PATIENCE)
        for words in (b"connected", b'stream "s": attached', b"refused with 403"):
            self.assertIn(words, err)


if __name__ == "__main__":
    serve_test_base.main(18)
