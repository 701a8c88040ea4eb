"""A WebSocket client of `geyser serve` for its tests: the protocol of docs/web.md, written from the document."""
import asyncio
import contextlib
import json
import struct
import urllib.parse

import websockets

HEADER = struct.Struct("<4sHBBIIQqqqIIII")
RAW, KEY, DELTA = 1, 2, 3
# Sanitizers and busy machines are slow; nothing here waits longer than it must.
PATIENCE = 120


class Frame:
    def __init__(self, message):
        (magic, size, self.kind, reserved, self.id, payload_bytes, self.number, self.timestamp, self.published, self.sent, self.width, self.height,
         self.format, more) = HEADER.unpack_from(message)
        self.payload = message[HEADER.size:]
        assert (magic, size, reserved, more) == (b"GYSR", 64, 0, 0), message[:64]
        assert payload_bytes == len(self.payload)
        assert self.sent >= self.published > 0
        assert self.kind != RAW or payload_bytes == self.width * self.height * 4


def header(**fields):
    values = {"magic": b"GYSR", "size": 64, "kind": RAW, "reserved": 0, "id": 1, "bytes": 0, "number": 0, "timestamp": 0, "published": 0, "sent": 0,
              "width": 0, "height": 0, "format": 0, "more": 0}
    assert not set(fields) - set(values)
    values.update(fields)
    return HEADER.pack(*values.values())


class Client:
    """One connection. Messages that a test does not wait for are kept, in order."""

    def __init__(self, socket):
        self.socket = socket
        self.kept = []

    @staticmethod
    async def connect(url, **options):
        """`url` as the server prints it."""
        options.setdefault("subprotocols", ["geyser.1"])
        parts = urllib.parse.urlsplit(url)
        address = options.pop("address", None) or parts._replace(scheme="ws", path="/ws").geturl()
        socket = await websockets.connect(address, compression=None, max_size=None, open_timeout=PATIENCE, close_timeout=PATIENCE, max_queue=4,
                                          **options)
        client = Client(socket)
        client.hello = await client.next(lambda m: isinstance(m, dict))
        assert client.hello["type"] == "hello", client.hello
        return client

    async def send(self, kind, **fields):
        await self.socket.send(json.dumps({"type": kind, **fields}))

    async def receive(self):
        message = await asyncio.wait_for(self.socket.recv(), PATIENCE)
        return json.loads(message) if isinstance(message, str) else Frame(message)

    async def next(self, wanted):
        """The first message, kept or new, that `wanted` takes."""
        for i, message in enumerate(self.kept):
            if wanted(message):
                return self.kept.pop(i)
        while True:
            message = await self.receive()
            if wanted(message):
                return message
            self.kept.append(message)

    async def text(self, kind, **fields):
        """The next message of that type with those fields; an error that nobody waits for is one of the test."""
        def fits(message):
            if not isinstance(message, dict):
                return False
            if message["type"] == "error" and kind != "error":
                raise AssertionError(f"while waiting for {kind}: {message}")
            return message["type"] == kind and all(message.get(key) == value for key, value in fields.items())
        return await self.next(fits)

    async def frame(self, number, ack=True):
        """The next frame of the subscription `number`."""
        frame = await self.next(lambda m: isinstance(m, Frame) and m.id == number)
        if ack:
            await self.send("ack", id=number, number=frame.number)
        return frame

    async def subscribe(self, number, stream, transport="raw", **fields):
        await self.send("subscribe", id=number, stream=stream, transport=transport, **fields)
        return await self.text("subscribed", id=number)

    async def listed(self, wanted):
        """Waits until a list of streams is as wanted. Asks for it first."""
        await self.send("list")
        while True:
            message = await self.text("streams")
            if wanted({stream["name"]: stream for stream in message["streams"]}):
                return message["streams"]

    async def alive(self, time):
        await self.send("ping", time=time)
        return await self.text("pong", time=time)

    async def closed(self):
        """Reads until the server has closed; gives the code and the last error."""
        error = None
        try:
            while True:
                message = await self.receive()
                if isinstance(message, dict) and message["type"] == "error":
                    error = message
        except websockets.ConnectionClosed:
            return self.socket.close_code, error

    async def close(self):
        """With the handshake, for which everything that the server has sent is read."""
        with contextlib.suppress(websockets.ConnectionClosed):
            reader = asyncio.ensure_future(self.socket.close())
            while not reader.done():
                try:
                    await asyncio.wait_for(self.socket.recv(), 0.1)
                except asyncio.TimeoutError:
                    pass
        await reader

    async def drop(self):
        """Without a word, as a browser that crashes."""
        self.socket.transport.abort()
