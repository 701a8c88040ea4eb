"""Who may talk to `geyser serve`, and what it does with those who break the rules: HTTP, tokens, hosts, origins, bad messages, limits.

usage: serve_web_test.py PATH_OF_GEYSER PATH_OF_THE_TEST_PUBLISHER [TEST...]
"""
import asyncio
import contextlib
import json
import os
import random
import socket
import subprocess
import urllib.parse

import serve_test_base
from serve_test_base import TOKEN, Serve
import websockets
from serve_test_client import PATIENCE, Client, header


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


if __name__ == "__main__":
    serve_test_base.main(10)
