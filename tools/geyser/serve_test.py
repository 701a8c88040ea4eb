"""Runs `geyser serve` as a process of its own, with publishers, readers and web clients around it: pixels, video, refusals, limits, leaks.

usage: serve_test.py PATH_OF_GEYSER PATH_OF_THE_TEST_PUBLISHER [TEST...]
Needs the packages python3-websockets and python3-av (scripts/packages-ci.txt); without av, or without video in the program, video is left out by name.
"""
import asyncio
import contextlib
import http.client
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse

try:
    import websockets
except ImportError:
    # The interpreter that was found may not be the system's, for which the package is.
    if sys.executable != "/usr/bin/python3" and os.path.exists("/usr/bin/python3"):
        os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])
    sys.exit("serve_test.py needs the package python3-websockets; scripts/packages-ci.txt names it.")

from cli_pictures import read_png
from serve_test_client import DELTA, HEADER, KEY, PATIENCE, RAW, Client, header

try:
    import av
except ImportError:
    av = None

PROGRAM = ""
PUBLISHER = ""
TOKEN = "0123456789abcdef~-_."


class Serve(unittest.IsolatedAsyncioTestCase):
    """Each test has a runtime directory, and so streams, of its own."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="geyser-serve-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        runtime = os.path.join(self.folder, "runtime")
        os.mkdir(runtime, 0o700)
        self.environment = {**os.environ, "XDG_RUNTIME_DIR": runtime}
        self.children = []
        self.addCleanup(self.end_children)
        self.url = None

    def end_children(self):
        for child in self.children:
            if child.poll() is None:
                child.kill()
                child.wait()
            for pipe in (child.stdin, child.stdout, child.stderr):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()

    def start(self, *arguments, **options):
        child = subprocess.Popen(arguments, env=self.environment, stdout=subprocess.PIPE, stderr=options.pop("stderr", None), **options)
        self.children.append(child)
        return child

    def geyser(self, *arguments, **options):
        return subprocess.run([PROGRAM, *arguments], capture_output=True, timeout=PATIENCE, env=self.environment, check=False, **options)

    def serve(self, *arguments, **options):
        child = self.start(PROGRAM, "serve", "--json", *arguments, **options)
        self.started = json.loads(child.stdout.readline())
        self.assertEqual(self.started["event"], "started")
        self.url = self.started["url"]
        return child

    def publish(self, name, *arguments):
        child = self.start(PROGRAM, "publish", name, "--json", *arguments, stdin=subprocess.PIPE)
        self.assertEqual(json.loads(child.stdout.readline())["event"], "started")
        return child

    def publish_raw(self, name, width, height, form="rgba8_unorm", device="host", *arguments):
        """Frames come by feed()."""
        return self.publish(name, "--raw", "--size", f"{width}x{height}", "--format", form, "--device", device, *arguments)

    @staticmethod
    def feed(child, payload):
        child.stdin.write(payload)
        child.stdin.flush()

    def stop(self, child, how=signal.SIGTERM):
        child.send_signal(how)
        out, _ = child.communicate(timeout=PATIENCE)
        return child.returncode, out.decode()

    async def connect(self, **options):
        client = await Client.connect(self.url, **options)
        self.addAsyncCleanup(client.drop)
        return client

    def request(self, target, method="GET", headers=None, token=True):
        parts = urllib.parse.urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=PATIENCE)
        if token:
            target += "?" + parts.query
        connection.request(method, target, headers=headers or {})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, dict(answer.getheaders()), body

    async def still_serves(self):
        client = await self.connect()
        await client.alive(1)
        await client.close()


class Web(Serve):
    async def test_pages_and_their_headers(self):
        self.serve()
        for path, kind in (("/", "text/html"), ("/style.css", "text/css"), ("/page.js", "text/javascript"), ("/geyser-web.js", "text/javascript"),
                           ("/streams", "application/json")):
            with self.subTest(path):
                status, headers, body = self.request(path)
                self.assertEqual(status, 200, body)
                self.assertTrue(headers["Content-Type"].startswith(kind))
                self.assertIn("default-src 'self'", headers["Content-Security-Policy"])
                self.assertNotIn("unsafe", headers["Content-Security-Policy"])
                self.assertEqual((headers["X-Content-Type-Options"], headers["Referrer-Policy"], headers["Cache-Control"]),
                                 ("nosniff", "no-referrer", "no-store"))
                self.assertEqual((headers["Cross-Origin-Opener-Policy"], headers["Cross-Origin-Embedder-Policy"]), ("same-origin", "require-corp"))
                self.assertNotIn("Access-Control-Allow-Origin", headers)
                here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "page", "index.html" if path == "/" else path[1:])
                if path != "/streams":
                    with open(here, "rb") as file:
                        self.assertEqual(body, file.read(), "the page in the program is not the one in the tree")
        self.assertEqual(json.loads(self.request("/streams")[2]), {"type": "streams", "streams": []})

    async def test_refusals(self):
        self.serve()
        port = self.started["port"]
        own = f"http://127.0.0.1:{port}"
        for path in ("/", "/streams", "/ws"):
            self.assertEqual(self.request(path, token=False)[0], 403, path)
            self.assertEqual(self.request(path + "?token=", token=False)[0], 403, path)
            self.assertEqual(self.request(path + "?token=" + "0" * 32, token=False)[0], 403, path)
        self.assertIn(b"token", self.request("/", token=False)[2])
        self.assertEqual(self.request("/ws")[0], 426)
        for target in ("/none", "/../etc/passwd", "//", "/index.html", "/%2e%2e/x"):
            self.assertEqual(self.request(target)[0], 404, target)
        for method in ("POST", "HEAD", "PUT", "OPTIONS"):
            self.assertEqual(self.request("/", method)[0], 405, method)
        for host in ("evil.example", f"evil.example:{port}", f"127.0.0.1.evil.example:{port}", "127.0.0.1", "127.0.0.1:1", ""):
            status, _, body = self.request("/", headers={"Host": host})
            self.assertEqual((status, b"Host" in body), (403, True), host)
        for host in (f"localhost:{port}", f"[::1]:{port}"):
            self.assertEqual(self.request("/", headers={"Host": host})[0], 200, host)
        for origin in ("https://evil.example", "null", f"http://localhost:{port}", "http://127.0.0.1"):
            self.assertEqual(self.request("/streams", headers={"Origin": origin})[0], 403, origin)
        self.assertEqual(self.request("/streams", headers={"Origin": own})[0], 200)
        self.assertIn(self.request("/", headers={"X": "x" * 9000})[0], (400, 431))
        for garbage in (b"\0" * 100, b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01", b"GET /" + b"a" * 20000, b""):
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as raw:
                with contextlib.suppress(OSError):
                    raw.sendall(garbage)
                    raw.shutdown(socket.SHUT_WR)
                    while raw.recv(4096):
                        pass
        await self.still_serves()

    async def test_sockets_are_refused(self):
        self.serve("--token", TOKEN)
        port = self.started["port"]
        address = f"ws://127.0.0.1:{port}/ws?token="
        wrong = [{"address": address + "wrong"}, {"address": address}, {"subprotocols": ["geyser.2"]}, {"subprotocols": None},
                 {"origin": "https://evil.example"}, {"extra_headers": {"Host": "evil.example"}}]
        for options in wrong:
            with self.subTest(options), self.assertRaises(websockets.InvalidStatusCode) as refused:
                await Client.connect(self.url, **options)
            self.assertIn(refused.exception.status_code, (400, 403))
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as raw:
            raw.sendall(f"GET /ws?token={TOKEN} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                        "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Protocol: geyser.1\r\n\r\ntoo early".encode())
            self.assertIn(b"400 Bad Request", raw.recv(4096))
        client = await self.connect(origin=f"http://127.0.0.1:{port}")
        self.assertEqual((client.socket.subprotocol, client.hello["protocol"]), ("geyser.1", 1))
        self.assertRegex(client.hello["server"], r"^geyser \d+\.\d+\.\d+$")

    async def test_allowed_origins(self):
        self.serve("--allow-origin", "https://example.org", "--allow-origin", "http://other.example:81")
        for origin in ("https://example.org", "http://other.example:81"):
            status, headers, _ = self.request("/geyser-web.js", headers={"Origin": origin})
            self.assertEqual((status, headers["Access-Control-Allow-Origin"], headers["Cross-Origin-Resource-Policy"]), (200, origin, "cross-origin"))
            await (await self.connect(origin=origin)).alive(2)
        self.assertEqual(self.request("/", headers={"Origin": "https://example.org.evil"})[0], 403)

    async def test_options(self):
        for arguments, says in ((("--host", "0.0.0.0"), b"unsafe-network"), (("--host", "example.org"), b"unsafe-network"), (("--token", "short"), b"token"),
                                (("--allow-origin", "*"), b"allow-origin"), (("--encoder", "av1"), b"encoder"), (("--port", "70000"), b"port"),
                                (("--fps", "-1"), b"fps")):
            done = self.geyser("serve", *arguments)
            self.assertEqual((done.returncode, done.stdout), (2, b""), arguments)
            self.assertIn(says, done.stderr)
        done = self.geyser("serve", "--host", "example.org", "--unsafe-network")
        self.assertEqual(done.returncode, 1)
        self.serve("--token", TOKEN)
        self.assertEqual((self.started["token"], self.started["host"]), (TOKEN, "127.0.0.1"))
        self.assertIn(TOKEN, self.url)
        done = self.geyser("serve", "--port", str(self.started["port"]))
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"port", done.stderr)
        tokens = set()
        for _ in range(3):
            self.serve()
            tokens.add(self.started["token"])
        self.assertEqual((len(tokens), {len(token) for token in tokens}), (3, {32}))

    async def test_the_network_only_when_told(self):
        child = self.serve("--host", "0.0.0.0", "--unsafe-network", stderr=subprocess.PIPE)
        self.assertIn(b"warning", child.stderr.readline())
        self.assertEqual(self.request("/streams", headers={"Host": f"127.0.0.1:{self.started['port']}"})[0], 200)
        self.assertEqual(self.request("/streams", headers={"Host": f"evil.example:{self.started['port']}"})[0], 403)

    async def test_so_many_connections(self):
        self.serve()
        port = self.started["port"]
        held = [socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) for _ in range(64)]
        try:
            for _ in range(PATIENCE * 10):  # until the server has taken them all
                status = self.request("/streams")[0]
                if status == 503:
                    break
                await asyncio.sleep(0.1)
            self.assertEqual(status, 503)
        finally:
            for each in held:
                each.close()
        for _ in range(PATIENCE * 10):
            if self.request("/streams")[0] == 200:
                break
            await asyncio.sleep(0.1)
        await self.still_serves()


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
        child = self.start(PUBLISHER, "s", stdin=subprocess.PIPE)
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


class Untrusted(Serve):
    async def test_what_breaks_the_protocol(self):
        self.serve()
        texts = ["", "{", "[]", "null", "7", "{}", '{"type":"fly"}', '{"type":"subscribe"}', '{"type":"subscribe","id":-1,"stream":"s","transport":"raw"}',
                 '{"type":"subscribe","id":1,"stream":"s","transport":"raw","window":1000000}', '{"type":"ack","id":1}', '{"type":"ping","time":"now"}',
                 '{"type":"publish","id":1,"name":"n","width":0,"height":1,"format":"rgba8unorm"}',
                 '{"type":"publish","id":1,"name":"n","width":100000,"height":100000,"format":"rgba8unorm"}', "[" * 60000]
        good = header(id=1, bytes=16, width=2, height=2) + bytes(16)
        frames = [b"", b"x", good[:63], good[:-1], good + b"x", b"X" + good[1:], header(size=65, bytes=16, width=2, height=2) + bytes(16),
                  header(kind=2, bytes=16, width=2, height=2) + bytes(16), header(kind=9, bytes=16, width=2, height=2) + bytes(16),
                  header(bytes=16, width=2, height=3) + bytes(16), header(bytes=0), header(bytes=4, width=0x40000001, height=1) + bytes(4),
                  header(bytes=0, width=0x80000000, height=2), header(format=2, bytes=16, width=2, height=2) + bytes(16),
                  header(reserved=1, bytes=16, width=2, height=2) + bytes(16), header(more=1, bytes=16, width=2, height=2) + bytes(16),
                  header(bytes=16, width=2, height=2, timestamp=2**63 - 1) + bytes(16)]
        refused = 0
        for message in texts + frames:
            client = await self.connect()
            await client.socket.send(message)
            code, error = await client.closed()
            self.assertEqual((code, error["code"]), (1002, "protocol_error"), message[:80])
            self.assertTrue(error["message"].endswith("."))
            refused += 1
        self.assertEqual(refused, len(texts) + len(frames))
        for message in ("x" * 70000, b"x" * 70000, '{"type":"list","x":"' + "x" * 65536 + '"}'):
            client = await self.connect()
            await client.socket.send(message)
            code, error = await client.closed()
            self.assertEqual((code, error["code"]), (1009, "limit_exceeded"))
        await self.still_serves()

    async def test_random_messages(self):
        self.serve()
        closed = 0
        for _ in range(60):
            client = await self.connect()
            with contextlib.suppress(websockets.ConnectionClosed):
                message = random.choice((random.randbytes(random.randrange(200)), header(id=random.getrandbits(32), bytes=random.getrandbits(4)),
                                         b"GYSR" + random.randbytes(80)))
                await client.socket.send(message)
            code, _ = await client.closed()
            self.assertEqual(code, 1002)
            closed += 1
        # Bytes that are no WebSocket at all, after a good handshake.
        parts = urllib.parse.urlsplit(self.url)
        for _ in range(20):
            with socket.create_connection((parts.hostname, parts.port), timeout=PATIENCE) as raw:
                raw.sendall(f"GET /ws?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                            "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Protocol: geyser.1\r\n\r\n".encode())
                self.assertIn(b"101 Switching", raw.recv(4096))
                with contextlib.suppress(OSError):
                    raw.sendall(random.randbytes(500))
                    raw.shutdown(socket.SHUT_WR)
                    while raw.recv(4096):
                        pass
        self.assertEqual(closed, 60)
        await self.still_serves()

    async def test_texts_that_nobody_reads(self):
        self.serve()
        parts = urllib.parse.urlsplit(self.url)
        # Asks and asks, and reads no answer: the server stops reading, and goes on with others.
        with socket.create_connection((parts.hostname, parts.port), timeout=PATIENCE) as raw:
            raw.sendall(f"GET /ws?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                        "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Protocol: geyser.1\r\n\r\n".encode())
            body = json.dumps({"type": "ping", "time": 1}).encode()
            asked = (bytes((0x81, 0x80 | len(body), 0, 0, 0, 0)) + body) * 1000
            self.assertIn(b"101 Switching", raw.recv(4096))
            raw.settimeout(5)
            sent = 0
            with contextlib.suppress(TimeoutError):
                while sent < 200_000_000:
                    sent += raw.send(asked[sent % len(asked):])
            self.assertLess(sent, 200_000_000)
            await self.still_serves()
        await self.still_serves()


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
    PROGRAM, PUBLISHER = sys.argv[1:3]
    suite = unittest.main(argv=[sys.argv[0], *sys.argv[3:]], verbosity=2, exit=False)
    if not suite.result.wasSuccessful():
        sys.exit(1)
    left_out = len(suite.result.skipped)
    if len(sys.argv) == 3 and suite.result.testsRun - left_out < 24:
        sys.exit(f"only {suite.result.testsRun - left_out} tests ran")
