"""Frames as PNG: for notebooks and `python -m geyser.view`. Needs nothing but NumPy and the standard library."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy

from ._geyser import AlphaMode, FormatKind, NumericType, TextureDescriptor, TextureRegion, TransferFunction, format_info
from .errors import Errc, UnsupportedFormat, _make

if TYPE_CHECKING:
    from ._geyser import ColorInfo, ReadFrame

    Array = numpy.ndarray[Any, numpy.dtype[Any]]

__all__ = ["encode_png", "frame_png", "to_rgba8"]


def encode_png(pixels: Array) -> bytes:
    """A PNG of 8 bits a channel: uint8 of shape (height, width, 4)."""
    if pixels.dtype != numpy.uint8 or pixels.ndim != 3 or pixels.shape[2] != 4:
        raise ValueError(f"pixels are {pixels.dtype} {pixels.shape}; allowed are uint8 (height, width, 4)")
    height, width = pixels.shape[:2]

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = numpy.zeros((height, 1 + 4 * width), numpy.uint8)  # each row begins with its filter: none
    rows[:, 1:] = pixels.reshape(height, 4 * width)
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows.tobytes(), 1))
        + chunk(b"IEND", b"")
    )


def _channels(array: Array, descriptor: TextureDescriptor) -> Array:
    """Components as float32 in 0..1 (a float format: as they are), shape (height, width, channels)."""
    info = format_info(descriptor.format)
    if info.name == "rgb10a2_unorm":
        parts = [(array >> shift) & 1023 for shift in (0, 10, 20)]
        return numpy.stack([*(p / numpy.float32(1023) for p in parts), (array >> 30) / numpy.float32(3)], axis=-1).astype(numpy.float32)
    drawable = info.kind in (FormatKind.color, FormatKind.depth) and info.type in (
        NumericType.unorm,
        NumericType.snorm,
        NumericType.sfloat,
        NumericType.uint,
    )
    if not drawable or (array.ndim == 2 and info.channels > 1):
        message = f"{info.name} cannot be shown as a picture; allowed are uncompressed colour and depth formats, and rgb10a2_unorm."
        raise _make(Errc.unsupported_format, message, "none", 0, (), message)
    if array.ndim == 2:
        array = array[:, :, numpy.newaxis]
    if info.type is NumericType.sfloat:
        return array.astype(numpy.float32)
    # 24 bits of depth travel in the low bits of a word.
    if info.name == "depth24plus":
        return (array & 0xFFFFFF) / numpy.float32(0xFFFFFF)
    scaled: Array = numpy.clip(array / numpy.float32(numpy.iinfo(array.dtype).max), 0, 1)
    return scaled


def to_rgba8(array: Array, descriptor: TextureDescriptor, color: ColorInfo | None = None) -> Array:
    """A picture of mip level 0 as straight sRGB RGBA, uint8: one channel is grey, two are red and green."""
    color = color or descriptor.color
    info = format_info(descriptor.format)
    parts = _channels(array, descriptor)
    if info.name.startswith("bgra8"):
        parts = parts[:, :, [2, 1, 0, 3]]
    height, width, count = parts.shape
    pixels = numpy.zeros((height, width, 4), numpy.float32)
    pixels[:, :, 3] = 1
    pixels[:, :, : max(3, count) if count == 1 else count] = parts[:, :, [0, 0, 0]] if count == 1 else parts
    if color.alpha is AlphaMode.ignored:
        pixels[:, :, 3] = 1
    if color.alpha is AlphaMode.premultiplied and count == 4:
        alpha = pixels[:, :, 3:]
        pixels[:, :, :3] = numpy.divide(pixels[:, :, :3], alpha, out=numpy.zeros_like(pixels[:, :, :3]), where=alpha > 0)
    pixels = numpy.clip(numpy.nan_to_num(pixels), 0, 1)
    if color.transfer is TransferFunction.linear:
        linear = pixels[:, :, :3]
        pixels[:, :, :3] = numpy.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    rounded: Array = numpy.rint(pixels * 255).astype(numpy.uint8)
    return rounded


def frame_png(frame: ReadFrame) -> bytes:
    """The first layer and slice of mip level 0 of an open frame, as PNG."""
    descriptor = frame.descriptor
    region = TextureRegion(extent=(descriptor.width, descriptor.height, 1))
    array = frame.numpy(region, copy=True)
    if array.ndim > 2 and descriptor.depth > 1:
        array = array[0]
    return encode_png(to_rgba8(array, descriptor, frame.info.color))
