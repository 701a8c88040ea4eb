"""Memory in place: NumPy views, DLPack, array interfaces, and how long they live."""

from __future__ import annotations

import gc
import weakref

import numpy
import pytest

import geyser
from conftest import pattern

pytestmark = pytest.mark.usefixtures("nothing_left")
DESCRIPTOR = geyser.TextureDescriptor(33, 17, "rgba8_unorm")


@pytest.fixture
def stream(host: geyser.TextureShareManager):  # type: ignore[no-untyped-def]
    with geyser.Publisher(host, "views", DESCRIPTOR) as publisher, geyser.Subscriber(host, "views") as subscriber:
        yield publisher, subscriber


def test_numpy_in_place(stream, random: numpy.random.Generator) -> None:  # type: ignore[no-untyped-def]
    publisher, subscriber = stream
    array = pattern(random, DESCRIPTOR)
    with publisher.begin_frame() as frame:
        view = frame.numpy()
        assert view.flags.writeable and view.shape == (17, 33, 4)
        view[:] = array
        with pytest.raises(geyser.InvalidState):
            frame.numpy(copy=True)
    with subscriber.acquire() as frame:
        one, two = frame.numpy(copy=False), frame.numpy(copy=False)
        assert one.ctypes.data == two.ctypes.data == frame.view().data_ptr
        assert not one.flags.writeable and (one == array).all()
        copy = frame.numpy()
        assert copy.flags.writeable and copy.ctypes.data != one.ctypes.data and (copy == array).all()
        part = geyser.TextureRegion(offset=(3, 5, 0), extent=(7, 2, 1))
        assert (frame.numpy(part, copy=False) == array[5:7, 3:10]).all()
        assert (numpy.asarray(frame) == array).all()
        assert numpy.asarray(frame, dtype=numpy.float32).dtype == numpy.float32
        with pytest.raises(ValueError):
            one[:] = 0


def test_dlpack_on_the_host(stream, random: numpy.random.Generator) -> None:  # type: ignore[no-untyped-def]
    publisher, subscriber = stream
    array = pattern(random, DESCRIPTOR)
    with publisher.begin_frame() as frame:
        tensor = numpy.from_dlpack(frame)
        if numpy.lib.NumpyVersion(numpy.__version__) >= "2.2.5":
            assert tensor.flags.writeable
            tensor[:] = array
        else:
            frame.upload(array)
    with subscriber.acquire() as frame:
        assert frame.__dlpack_device__() == (1, 0)
        tensor = numpy.from_dlpack(frame)
        assert not tensor.flags.writeable and (tensor == array).all() and tensor.ctypes.data == frame.view().data_ptr
        for refused in ({"dl_device": (2, 0)}, {"copy": True}):
            with pytest.raises(BufferError):
                frame.__dlpack__(**refused)
        with pytest.raises(geyser.InvalidArgument, match="stream"):
            frame.__dlpack__(stream=1)
        assert "dltensor_versioned" in repr(frame.__dlpack__(max_version=(1, 1)))
        assert '"dltensor"' in repr(frame.__dlpack__(max_version=(0, 8)))
        assert not hasattr(frame, "__cuda_array_interface__")


@pytest.mark.parametrize("name", ["r8_unorm", "rgba16_float", "rg32_sint", "rgb10a2_unorm", "bc1_rgba_unorm", "depth32_float"])
def test_views_of_formats(host: geyser.TextureShareManager, random: numpy.random.Generator, name: str) -> None:
    descriptor = geyser.TextureDescriptor(40, 24, name)
    texture = host.create_texture(descriptor)
    array = pattern(random, descriptor)
    with texture.begin_write() as access:
        access.numpy(copy=False)[...] = array
    assert texture.read_back().tobytes() == array.tobytes()
    with texture.begin_read() as access:
        tensor = numpy.from_dlpack(access)
        assert tensor.dtype == array.dtype and tensor.tobytes() == array.tobytes()


def test_planes_and_slices(host: geyser.TextureShareManager, random: numpy.random.Generator) -> None:
    planar = host.create_texture(geyser.TextureDescriptor(32, 16, "nv12"))
    volume = host.create_texture(geyser.TextureDescriptor(8, 6, "rg16_float", depth=4, dimension="d3"))
    for texture, regions in ((planar, [geyser.TextureRegion(plane=p) for p in range(2)]), (volume, [geyser.TextureRegion()])):
        arrays = [pattern(random, texture.descriptor, region) for region in regions]
        with texture.begin_write() as access:
            for region, array in zip(regions, arrays):
                access.numpy(region, copy=False)[...] = array
        with texture.begin_read() as access:
            for region, array in zip(regions, arrays):
                assert (numpy.from_dlpack(access.view(region)) == array).all()
                assert (access.numpy(region) == array).all()


def test_a_view_keeps_its_frame(stream, random: numpy.random.Generator) -> None:  # type: ignore[no-untyped-def]
    publisher, subscriber = stream
    first, second = pattern(random, DESCRIPTOR), pattern(random, DESCRIPTOR)
    publisher.publish(first)
    tensor = numpy.from_dlpack(subscriber.acquire())
    gc.collect()
    for _ in range(5):  # the ring goes round; the frame that is shown stays out of it
        publisher.publish(second)
    assert (tensor == first).all()
    assert publisher.status().readers[0].claims == 1
    del tensor
    gc.collect()
    assert publisher.status().readers[0].claims == 0


def test_an_explicit_release_takes_effect_at_once(stream, random: numpy.random.Generator) -> None:  # type: ignore[no-untyped-def]
    publisher, subscriber = stream
    publisher.publish(pattern(random, DESCRIPTOR))
    with subscriber.acquire() as frame:
        view = frame.numpy(copy=False)
    assert publisher.status().readers[0].claims == 0
    assert view.sum() >= 0  # the memory is still there, whatever it shows
    with publisher.begin_frame() as frame:
        written = frame.numpy()
        written[:] = 7
    publisher.close()
    subscriber.close()
    assert (written == 7).all()
    with pytest.raises(geyser.InvalidState, match="over"):
        frame.view()


def test_views_outlive_textures_and_managers(random: numpy.random.Generator) -> None:
    manager = geyser.host_manager()
    texture = manager.create_texture(DESCRIPTOR)
    array = pattern(random, DESCRIPTOR)
    texture.upload(array)
    access = texture.begin_read()
    tensor = numpy.from_dlpack(access)
    dead = weakref.ref(tensor)
    access.end()
    del access
    texture.close()
    manager.close()
    gc.collect()
    assert (tensor == array).all()
    del tensor
    gc.collect()
    assert dead() is None


def test_a_capsule_that_nobody_takes(stream, random: numpy.random.Generator) -> None:  # type: ignore[no-untyped-def]
    publisher, subscriber = stream
    publisher.publish(pattern(random, DESCRIPTOR))
    for version in (None, (1, 0)):
        capsule = subscriber.acquire_newest().__dlpack__(max_version=version)
        assert publisher.status().readers[0].claims == 1
        del capsule
        gc.collect()
        assert publisher.status().readers[0].claims == 0


def test_vulkan_memory_is_refused(vulkan: geyser.TextureShareManager, random: numpy.random.Generator) -> None:
    texture = vulkan.create_texture(DESCRIPTOR)
    texture.upload(pattern(random, DESCRIPTOR))
    with texture.begin_read() as access:
        for refused in (access.view, access.__dlpack__, access.__dlpack_device__, lambda: access.numpy(copy=False)):
            with pytest.raises(BufferError, match="vulkan"):
                refused()
        with pytest.raises(geyser.InvalidState, match="cuda_manager"):
            access.to_linear()
        with pytest.raises(geyser.Error):
            access.acquire(1)
