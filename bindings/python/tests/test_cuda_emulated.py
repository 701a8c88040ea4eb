"""CUDA against the CPU driver of tests/fake_cuda: emulated, and no word about what NVIDIA's driver does (test_cuda.py is).

Its device addresses are addresses of this process, so content is compared without a copy. Skipped unless GEYSER_TEST_FAKE_CUDA names the
driver's library.
"""

from __future__ import annotations

import ctypes
import gc
import os
from typing import Any

import numpy
import pytest

import geyser
from conftest import pattern

LIBRARY = os.environ.get("GEYSER_TEST_FAKE_CUDA", "")
pytestmark = [
    pytest.mark.usefixtures("nothing_left"),
    pytest.mark.skipif(not LIBRARY, reason="GEYSER_TEST_FAKE_CUDA names no emulated CUDA driver"),
    pytest.mark.skipif(not geyser.has_cuda, reason="this build has no CUDA backend"),
]
DESCRIPTOR = geyser.TextureDescriptor(37, 21, "rgba8_unorm")


@pytest.fixture(scope="module")
def driver() -> ctypes.CDLL:
    """Loaded first, so that the library finds it under the name libcuda.so.1."""
    return ctypes.CDLL(LIBRARY)


@pytest.fixture(scope="module")
def cuda(driver: ctypes.CDLL) -> geyser.TextureShareManager:
    return geyser.cuda_manager()


def memory(interface: dict[str, Any]) -> numpy.ndarray:
    """What the interface describes, at its own address."""
    address, read_only = interface["data"]
    shape, strides = interface["shape"], interface["strides"]
    dtype = numpy.dtype(interface["typestr"])
    size = sum((n - 1) * s for n, s in zip(shape, strides)) + dtype.itemsize
    raw = (ctypes.c_char * size).from_address(address)
    array = numpy.ndarray(shape, dtype, raw, strides=strides)
    array.flags.writeable = not read_only
    return array


class Foreign:
    """An array of another library, with the interface that it would have."""

    def __init__(self, array: numpy.ndarray, **changes: Any) -> None:
        self.array = array
        interface = array.__array_interface__
        self.__cuda_array_interface__ = {
            "shape": interface["shape"],
            "typestr": interface["typestr"],
            "data": interface["data"],
            "strides": interface["strides"],
            "version": 3,
            **changes,
        }


def test_devices(driver: ctypes.CDLL, cuda: geyser.TextureShareManager) -> None:
    (device,) = geyser.cuda_devices()
    assert device.ordinal == 0 and device.identity.device_uuid == cuda.identity.device_uuid
    assert geyser.cuda_manager(uuid=cuda.identity.device_uuid, partner=None).identity.name == device.identity.name
    with pytest.raises(geyser.NotFound, match="22222222"):
        geyser.cuda_manager(uuid="22222222-2222-2222-2222-222222222222")


@pytest.mark.parametrize("name", ["rgba8_unorm", "r16_float", "rgba32_float", "rg16_sint", "rgb10a2_unorm"])
def test_linear_frames_in_place(cuda: geyser.TextureShareManager, random: numpy.random.Generator, name: str) -> None:
    descriptor = geyser.TextureDescriptor(37, 21, name)
    array = pattern(random, descriptor)
    with geyser.Publisher(cuda, "linear", descriptor, linear=True) as publisher, geyser.Subscriber(cuda, "linear") as subscriber:
        with publisher.begin_frame() as frame:
            interface = frame.__cuda_array_interface__
            assert interface["version"] == 3 and interface["stream"] == 1 and not interface["data"][1]
            memory(interface)[...] = array
        with subscriber.acquire() as frame:
            assert frame.transport is geyser.Transport.zero_copy
            interface = frame.__cuda_array_interface__
            assert interface["data"][1]
            assert (memory(interface) == array).all()
            assert frame.__dlpack_device__() == (2, 0)
            assert frame.view().data_ptr == interface["data"][0] == frame.__cuda_array_interface__["data"][0]
            assert (frame.numpy() == array).all()
            part = geyser.TextureRegion(offset=(3, 5, 0), extent=(7, 2, 1))
            assert (memory(frame.view(part).__cuda_array_interface__) == array[5:7, 3:10]).all()
            with pytest.raises(BufferError):
                frame.numpy(copy=False)


def test_dlpack_streams(cuda: geyser.TextureShareManager, random: numpy.random.Generator) -> None:
    with geyser.Publisher(cuda, "streams", DESCRIPTOR, linear=True) as publisher, geyser.Subscriber(cuda, "streams") as subscriber:
        publisher.publish(pattern(random, DESCRIPTOR))
        frame = subscriber.acquire()
        for stream in (None, 1):
            capsule = frame.__dlpack__(stream=stream, max_version=(1, 0), dl_device=(2, 0))
            assert "dltensor_versioned" in repr(capsule)
        for wrong in (0, -2):
            with pytest.raises(geyser.InvalidArgument, match="stream"):
                frame.__dlpack__(stream=wrong)
        for refused in ({"dl_device": (1, 0)}, {"copy": True}):
            with pytest.raises(BufferError):
                frame.__dlpack__(**refused)
        del frame
        gc.collect()
        assert publisher.status().readers[0].claims == 1
        del capsule
        gc.collect()
        assert publisher.status().readers[0].claims == 0


def test_one_copy(cuda: geyser.TextureShareManager, random: numpy.random.Generator) -> None:
    descriptor = geyser.TextureDescriptor(64, 21, "rgba8_unorm")  # rows of 256 bytes have no gaps
    array = pattern(random, descriptor)
    scratch = cuda.create_texture(descriptor, linear=True)
    scratch.upload(array)
    with geyser.Publisher(cuda, "copied", descriptor, linear=True) as publisher, geyser.Subscriber(cuda, "copied") as subscriber:
        with publisher.begin_frame() as frame, scratch.begin_read() as source:
            frame.from_linear(source)
        scratch.upload(numpy.zeros_like(array))
        with subscriber.acquire() as frame:
            with scratch.begin_write() as out:
                assert frame.to_linear(out) is out
            assert (scratch.read_back() == array).all()
            target = numpy.zeros(descriptor.shape(), numpy.uint8)
            for wrong, words in (
                (Foreign(target[:, :5]), "21, 5"),
                (Foreign(target.view(numpy.int8)), "i1"),
                (Foreign(numpy.zeros((21, 64, 8), numpy.uint8)[:, :, ::2]), "gaps"),
                (Foreign(target, data=(target.ctypes.data, True)), "read-only"),
                (target, "__cuda_array_interface__"),
            ):
                with pytest.raises(geyser.InvalidArgument, match=words):
                    frame.to_linear(wrong)
            with pytest.raises(geyser.InvalidState, match="reading"):
                frame.from_linear(Foreign(array))


def test_a_host_stream_reaches_cuda(cuda: geyser.TextureShareManager, host: geyser.TextureShareManager, random: numpy.random.Generator) -> None:
    array = pattern(random, DESCRIPTOR)
    with geyser.Publisher(host, "from host", DESCRIPTOR) as publisher, geyser.Subscriber(cuda, "from host") as subscriber:
        publisher.publish(array)
        with subscriber.acquire() as frame:
            assert (frame.numpy() == array).all()


def test_views_keep_frames_and_managers(driver: ctypes.CDLL, random: numpy.random.Generator) -> None:
    manager = geyser.cuda_manager()
    texture = manager.create_texture(DESCRIPTOR, linear=True)
    array = pattern(random, DESCRIPTOR)
    texture.upload(array)
    access = texture.begin_read()
    view = access.view()
    access.end()
    with pytest.raises(geyser.InvalidState, match="over"):
        view.__dlpack__()
    with pytest.raises(geyser.InvalidState, match="over"):
        access.view()
    del access
    texture.close()
    manager.close()
    gc.collect()
    shape, strides = view.shape, view.strides
    assert (memory({"data": (view.data_ptr, True), "shape": shape, "strides": strides, "typestr": view.typestr}) == array).all()
