"""PNG files: notebooks and python -m geyser.view."""

from __future__ import annotations

import pathlib
import struct
import subprocess
import sys
import zlib

import numpy
import pytest

import geyser
from conftest import pattern
from geyser import pictures, view


def decode(png: bytes) -> numpy.ndarray:
    """Reads what encode_png writes, and nothing else; checks every sum."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    at, data, width, height = 8, b"", 0, 0
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kind, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        assert struct.unpack(">I", png[at + 8 + length : at + 12 + length])[0] == zlib.crc32(kind + body)
        if kind == b"IHDR":
            width, height, *rest = struct.unpack(">IIBBBBB", body)
            assert rest == [8, 6, 0, 0, 0]
        data += body if kind == b"IDAT" else b""
        at += 12 + length
    rows = numpy.frombuffer(zlib.decompress(data), numpy.uint8).reshape(height, 1 + 4 * width)
    assert (rows[:, 0] == 0).all()
    return rows[:, 1:].reshape(height, width, 4)


def shown(name: str, array: numpy.ndarray, **color: str) -> numpy.ndarray:
    descriptor = geyser.TextureDescriptor(array.shape[1], array.shape[0], name, color=geyser.ColorInfo(**color))  # type: ignore[arg-type]
    return pictures.to_rgba8(array, descriptor)


def test_formats_become_pictures(random: numpy.random.Generator) -> None:
    rgba = random.integers(0, 256, (5, 7, 4), numpy.uint8)
    assert (shown("rgba8_srgb", rgba, alpha="straight") == rgba).all()
    assert (shown("bgra8_unorm", rgba[:, :, [2, 1, 0, 3]], alpha="straight") == rgba).all()
    opaque = shown("rgba8_unorm", rgba, alpha="ignored")
    assert (opaque[:, :, 3] == 255).all() and (opaque[:, :, :3] == rgba[:, :, :3]).all()
    half = numpy.full((1, 1, 4), 64, numpy.uint8)
    half[0, 0, 3] = 128
    assert shown("rgba8_unorm", half)[0, 0].tolist() == [128, 128, 128, 128]
    assert shown("r8_unorm", rgba[:, :, 0])[:, :, :3].tolist() == rgba[:, :, [0, 0, 0]].tolist()
    assert shown("rgba16_unorm", numpy.full((1, 1, 4), 65535, numpy.uint16))[0, 0].tolist() == [255] * 4
    linear = shown("rgba16_float", numpy.array([[[0.0, 0.21404, 1.0, 1.0]]], numpy.float16), transfer="linear", alpha="straight")
    assert abs(linear[0, 0].astype(int) - [0, 128, 255, 255]).max() <= 1
    packed = numpy.array([[1023 | 0 << 10 | 512 << 20 | 3 << 30]], numpy.uint32)
    assert shown("rgb10a2_unorm", packed)[0, 0].tolist() == [255, 0, 128, 255]
    for refused in ("bc1_rgba_unorm", "nv12", "rg11b10_float", "stencil8"):
        with pytest.raises(geyser.UnsupportedFormat, match=refused):
            shown(refused, pattern(random, geyser.TextureDescriptor(8, 8, refused)))


def test_a_frame_shows_itself(manager: geyser.TextureShareManager, random: numpy.random.Generator) -> None:
    descriptor = geyser.TextureDescriptor(20, 12, "rgba8_unorm", color=geyser.ColorInfo(alpha="straight"))
    array = pattern(random, descriptor)
    with geyser.Publisher(manager, "shown", descriptor) as publisher, geyser.Subscriber(manager, "shown") as subscriber:
        publisher.publish(array)
        with subscriber.acquire() as frame:
            png = frame._repr_png_()
            assert png is not None and (decode(png) == array).all()
        assert frame._repr_png_() is None


def test_the_command(host: geyser.TextureShareManager, random: numpy.random.Generator, tmp_path: pathlib.Path) -> None:
    descriptor = geyser.TextureDescriptor(20, 12, "bgra8_unorm", color=geyser.ColorInfo(alpha="ignored"))
    array = pattern(random, descriptor)
    with geyser.Publisher(host, "on paper", descriptor) as publisher:
        publisher.publish(array)
        for extra, file in (([], "on paper.png"), (["--png", "own.png"], "own.png")):
            command = [sys.executable, "-m", "geyser.view", "on paper", "--once", *extra]
            run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
            assert run.returncode == 0, run.stderr
            assert file in run.stdout
            assert (decode((tmp_path / file).read_bytes())[:, :, :3] == array[:, :, [2, 1, 0]]).all()
        assert sorted(p.name for p in tmp_path.iterdir()) == ["on paper.png", "own.png"]
        png = view.show("on paper")
        assert (decode(png)[:, :, :3] == array[:, :, [2, 1, 0]]).all()
    command = [sys.executable, "-m", "geyser.view", "nobody", "--once", "--timeout", "0.1"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert run.returncode == 1 and "nobody" in run.stderr and "Traceback" not in run.stderr
