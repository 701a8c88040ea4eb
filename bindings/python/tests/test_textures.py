"""Formats, descriptors, textures, semaphores and handles in one process."""

from __future__ import annotations

import gc
import threading
import uuid

import numpy
import pytest

import geyser
from conftest import open_descriptors, pattern

pytestmark = pytest.mark.usefixtures("nothing_left")

SHAPES = {
    "r8_unorm": ("|u1", (21, 37)),
    "rg8_snorm": ("|i1", (21, 37, 2)),
    "rgba8_unorm": ("|u1", (21, 37, 4)),
    "bgra8_srgb": ("|u1", (21, 37, 4)),
    "r16_float": ("<f2", (21, 37)),
    "rg16_sint": ("<i2", (21, 37, 2)),
    "rgba16_unorm": ("<u2", (21, 37, 4)),
    "rgba16_float": ("<f2", (21, 37, 4)),
    "r32_uint": ("<u4", (21, 37)),
    "rg32_sint": ("<i4", (21, 37, 2)),
    "rgba32_float": ("<f4", (21, 37, 4)),
    "rgb10a2_unorm": ("<u4", (21, 37)),
    "rg11b10_float": ("<u4", (21, 37)),
    "rgb9e5_float": ("<u4", (21, 37)),
    "depth16_unorm": ("<u2", (21, 37)),
    "depth32_float": ("<f4", (21, 37)),
    "stencil8": ("|u1", (21, 37)),
    "bc1_rgba_unorm": ("|u1", (6, 10, 8)),
    "bc7_rgba_srgb": ("|u1", (6, 10, 16)),
}


@pytest.mark.parametrize("name", SHAPES)
def test_dtype_and_shape(name: str) -> None:
    descriptor = geyser.TextureDescriptor(37, 21, name)
    dtype, shape = SHAPES[name]
    assert geyser.format_info(name).dtype() == numpy.dtype(dtype)
    assert descriptor.shape() == shape


def test_every_format_says_its_bytes() -> None:
    for info in geyser.all_formats():
        descriptor = geyser.TextureDescriptor(48, 48, info.format)
        total = 0
        for plane in range(len(info.planes)):
            shape = descriptor.shape(geyser.TextureRegion(plane=plane))
            total += int(numpy.prod(shape)) * info.dtype(plane).itemsize
        # Copies move 4 bytes of depth24plus; the sum over planes is what all of the library counts.
        assert total == descriptor.content_bytes(), info.name


def usable(manager: geyser.TextureShareManager, descriptor: geyser.TextureDescriptor) -> bool:
    return any(s.can_export for s in manager.format_support(descriptor))


def test_round_trip_of_every_format(manager: geyser.TextureShareManager, random: numpy.random.Generator) -> None:
    seen = 0
    for info in geyser.all_formats():
        descriptor = geyser.TextureDescriptor(40, 24, info.format)
        if not usable(manager, descriptor):
            continue
        texture = manager.create_texture(descriptor)
        for plane in range(len(info.planes)):
            region = geyser.TextureRegion(plane=plane)
            written = pattern(random, descriptor, region)
            if info.name.startswith("depth24plus") and plane == 0:
                written &= numpy.uint32(0xFFFFFF)
            texture.upload(written, region)
            out = numpy.full(written.shape, 0x5A, written.dtype)
            read = texture.read_back(region, out=out)
            assert read is out
            if info.name.startswith("depth24plus") and plane == 0:
                read &= numpy.uint32(0xFFFFFF)
            assert read.tobytes() == written.tobytes(), (info.name, plane)
        seen += 1
    assert seen >= (100 if manager.backend == "host" else 40)


@pytest.mark.parametrize("dimension,depth,layers", [("d3", 5, 1), ("cube", 1, 6), ("d2_array", 1, 3), ("cube_array", 1, 12)])
def test_regions(manager: geyser.TextureShareManager, random: numpy.random.Generator, dimension: str, depth: int, layers: int) -> None:
    descriptor = geyser.TextureDescriptor(32, 32, "rgba8_unorm", depth=depth, dimension=dimension, mip_levels=3, array_layers=layers)
    if not usable(manager, descriptor):
        pytest.skip(f"{manager.identity.name} does not share {descriptor}")
    texture = manager.create_texture(descriptor)
    written = {}
    for mip in range(3):
        for layer in range(layers):
            region = geyser.TextureRegion(mip, layer)
            written[mip, layer] = pattern(random, descriptor, region)
            texture.upload(written[mip, layer], region)
    for (mip, layer), array in written.items():
        assert (texture.read_back(geyser.TextureRegion(mip, layer)) == array).all()
    part = geyser.TextureRegion(offset=(5, 7, 0), extent=(11, 3, 1))
    assert (texture.read_back(part).reshape(3, 11, 4) == written[0, 0].reshape(depth, 32, 32, 4)[0, 7:10, 5:16]).all()
    patch = pattern(random, descriptor, part)
    texture.upload(patch, part)
    expected = written[0, 0].reshape(depth, 32, 32, 4).copy()
    expected[0, 7:10, 5:16] = patch.reshape(3, 11, 4)
    assert (texture.read_back().reshape(expected.shape) == expected).all()


def test_sources_of_upload(host: geyser.TextureShareManager, random: numpy.random.Generator) -> None:
    descriptor = geyser.TextureDescriptor(16, 8, "rgba8_unorm")
    texture = host.create_texture(descriptor)
    array = pattern(random, descriptor)
    for source in (array.tobytes(), bytearray(array.tobytes()), memoryview(array), array.tolist()):
        if isinstance(source, list):
            with pytest.raises(geyser.InvalidArgument, match="int64"):
                texture.upload(source)
            continue
        texture.upload(numpy.zeros_like(array))
        texture.upload(source)
        assert (texture.read_back() == array).all()
    turned = array[::-1, ::-1]  # strides of its own
    texture.upload(turned)
    assert (texture.read_back() == turned).all()


def test_wrong_arrays(manager: geyser.TextureShareManager) -> None:
    descriptor = geyser.TextureDescriptor(16, 8, "rgba8_unorm")
    texture = manager.create_texture(descriptor)
    texture.upload(numpy.full(descriptor.shape(), 7, numpy.uint8))
    for wrong in (
        numpy.zeros((8, 16, 4), numpy.float32),
        numpy.zeros((8, 16, 3), numpy.uint8),
        numpy.zeros((16, 8, 4), numpy.uint8),
        numpy.zeros(512, numpy.uint8),
        b"too short",
    ):
        with pytest.raises(geyser.InvalidArgument) as caught:
            texture.upload(wrong)
        assert isinstance(caught.value, ValueError)
        assert "uint8 (8, 16, 4)" in caught.value.message or "512" in caught.value.message
    with pytest.raises(geyser.InvalidArgument, match="float64"):
        texture.read_back(out=numpy.zeros((8, 16, 4)))
    frozen = numpy.zeros((8, 16, 4), numpy.uint8)
    frozen.flags.writeable = False
    with pytest.raises(geyser.InvalidArgument, match="read-only"):
        texture.read_back(out=frozen)
    with pytest.raises(geyser.InvalidArgument, match="region.mip_level is 1"):
        texture.read_back(geyser.TextureRegion(mip_level=1))
    assert (texture.read_back() == 7).all()


def test_descriptors() -> None:
    descriptor = geyser.TextureDescriptor(4, 5, geyser.TextureFormat.rgba8_unorm, label="Ä")
    assert descriptor == geyser.TextureDescriptor(4, 5, "rgba8_unorm", label="Ä")
    assert descriptor != geyser.TextureDescriptor(4, 5, "rgba8_srgb", label="Ä")
    assert descriptor.color == geyser.ColorInfo("bt709", "srgb", "full", "premultiplied")
    with pytest.raises(geyser.InvalidArgument, match="allowed are 0 to 4294967295"):
        geyser.TextureDescriptor(-1, 5, "rgba8_unorm")
    with pytest.raises(geyser.InvalidArgument, match="whole numbers"):
        geyser.TextureDescriptor(4.0, 5, "rgba8_unorm")  # type: ignore[arg-type]
    with pytest.raises(geyser.InvalidArgument, match="rgba9"):
        geyser.TextureDescriptor(4, 5, "rgba9")
    with pytest.raises(geyser.InvalidArgument):
        geyser.TextureDescriptor(0, 5, "rgba8_unorm").validate()
    usage = geyser.TextureUsage.copy_src | geyser.TextureUsage.storage_binding
    assert geyser.TextureDescriptor(4, 5, "rgba8_unorm", usage=usage).usage == usage


def test_errors_carry_everything(vulkan: geyser.TextureShareManager) -> None:
    with pytest.raises(geyser.NotFound) as caught:
        geyser.Subscriber(vulkan, "nobody", timeout=0.0)
    error = caught.value
    assert isinstance(error, geyser.Error)
    assert error.code is geyser.Errc.not_found
    assert error.native_code == 0 and error.domain == "none"
    assert error.trail == ('reading "nobody"',)
    assert error.message.endswith(".") and error.message in str(error) and error.trail[0] in str(error)
    for code in geyser.Errc:
        kind = geyser.errors._CLASSES[code]
        assert issubclass(kind, geyser.Error) and kind is not geyser.Error


def test_handles_are_consumed_on_success_only(
    host: geyser.TextureShareManager, vulkan: geyser.TextureShareManager, random: numpy.random.Generator
) -> None:
    descriptor = geyser.TextureDescriptor(20, 10, "rgba8_unorm")
    texture = vulkan.create_texture(descriptor)
    array = pattern(random, descriptor)
    texture.upload(array)
    handle = texture.export()
    number = handle.fileno()
    assert number >= 0 and handle.filenos() == [number] and handle.descriptor == descriptor
    with pytest.raises(geyser.Error) as caught:
        host.import_texture(handle)
    assert caught.value.code in (geyser.Errc.device_mismatch, geyser.Errc.unsupported_handle)
    assert handle.fileno() == number and not handle.closed
    other = vulkan.import_texture(handle)
    assert handle.closed and other.imported
    assert (other.read_back() == array).all()
    with pytest.raises(geyser.InvalidState, match="closed"):
        handle.fileno()
    with texture.export() as again:
        assert again.fileno() >= 0
    assert again.closed
    texture.close()
    texture.close()
    with pytest.raises(geyser.InvalidState, match="closed"):
        texture.export()
    assert (other.read_back() == array).all()


def test_a_semaphore_travels_with_the_texture(manager: geyser.TextureShareManager, random: numpy.random.Generator) -> None:
    descriptor = geyser.TextureDescriptor(20, 10, "rgba8_unorm")
    texture = manager.create_texture(descriptor)
    semaphore = manager.create_semaphore(kind="host_timeline")
    texture.attach_semaphore(semaphore)
    other = manager.import_texture(texture.export())
    with pytest.raises(geyser.TimedOut) as caught:
        other.wait_ready(timeout=0.12)
    assert isinstance(caught.value, TimeoutError)
    array = pattern(random, descriptor)
    texture.upload(array)
    assert texture.signal_ready().value == 1
    assert other.wait_ready(timeout=5.0) == 1
    assert (other.read_back() == array).all()


def test_semaphores(manager: geyser.TextureShareManager) -> None:
    semaphore = manager.create_semaphore(kind="host_timeline", initial_value=3)
    assert semaphore.kind is geyser.SemaphoreKind.host_timeline and semaphore.value == 3
    other = manager.import_semaphore(semaphore.export())
    threading.Timer(0.1, lambda: other.signal(5)).start()
    semaphore.wait(5, timeout=5.0)
    assert semaphore.value == 5
    with pytest.raises(geyser.TimedOut, match="70 ms"):
        semaphore.wait(6, timeout=0.07)
    with pytest.raises(geyser.InvalidArgument):
        semaphore.signal(4)
    for bad in (-1.0, float("nan")):
        with pytest.raises(geyser.InvalidArgument, match="timeout"):
            semaphore.wait(6, timeout=bad)


def test_negotiation(host: geyser.TextureShareManager, vulkan: geyser.TextureShareManager) -> None:
    same = geyser.negotiate(host.capabilities, host.capabilities)
    assert same.same_device and same.memory is geyser.MemoryHandleType.shared_memory
    with pytest.raises((geyser.UnsupportedHandle, geyser.DeviceMismatch)):
        geyser.negotiate(vulkan.capabilities, host.capabilities)
    assert "opaque_fd" in geyser.explain(vulkan.capabilities, host.capabilities)
    geyser.check_same_device(vulkan.identity, vulkan.identity)


def test_devices_are_found_by_uuid(vulkan: geyser.TextureShareManager) -> None:
    text = vulkan.identity.device_uuid
    for given in (text, uuid.UUID(text), uuid.UUID(text).bytes):
        assert geyser.vulkan_manager(uuid=given).identity.device_uuid == text
    assert text in [d.identity.device_uuid for d in geyser.vulkan_devices()]
    driver = vulkan.identity.driver_uuid
    assert geyser.vulkan_manager(uuid=text, driver_uuid=driver).identity.driver_uuid == driver
    with pytest.raises(geyser.NotFound, match="driver_uuid"):
        geyser.vulkan_manager(uuid=text, driver_uuid=uuid.UUID(int=uuid.UUID(driver).int ^ 1))
    if vulkan.identity.pci is not None:
        assert geyser.vulkan_manager(pci=vulkan.identity.pci).identity.pci == vulkan.identity.pci
    with pytest.raises(geyser.NotFound, match="luid a5a5a5a5a5a5a5a5"):
        geyser.vulkan_manager(luid=b"\xa5" * 8)
    with pytest.raises(geyser.InvalidArgument, match="7 bytes"):
        geyser.vulkan_manager(luid=bytes(7))
    with pytest.raises(geyser.InvalidArgument, match="PCI"):
        geyser.vulkan_manager(pci="here")
    with pytest.raises(geyser.NotFound) as caught:
        geyser.vulkan_manager(name="no such device")
    assert isinstance(caught.value, LookupError)
    for bad in ("12", b"12"):
        with pytest.raises(geyser.InvalidArgument):
            geyser.vulkan_manager(uuid=bad)


def test_managers_close_and_their_textures_stay(random: numpy.random.Generator) -> None:
    descriptor = geyser.TextureDescriptor(8, 8, "r32_uint")
    with geyser.vulkan_manager() as manager:
        texture = manager.create_texture(descriptor)
    assert manager.closed
    with pytest.raises(geyser.InvalidState, match="manager is closed"):
        manager.create_texture(descriptor)
    array = pattern(random, descriptor)
    texture.upload(array)
    assert (texture.read_back() == array).all()


def test_access_conflicts_and_states(host: geyser.TextureShareManager) -> None:
    texture = host.create_texture(geyser.TextureDescriptor(8, 8, "r8_unorm"))
    with pytest.raises(geyser.NotInitialized):
        texture.begin_read()
    with texture.begin_write() as access:
        with pytest.raises(geyser.AccessConflict):
            texture.begin_write()
        access.numpy(copy=False)[:] = 9
    assert not access.open and texture.state.initialized
    with texture.begin_read() as one, texture.begin_read() as two:
        assert (one.numpy() == 9).all() and (two.numpy(copy=False) == 9).all()
    with pytest.raises(geyser.InvalidState, match="over"):
        access.end()
    with pytest.raises(RuntimeError, match="given up"), texture.begin_write() as access:
        raise RuntimeError("given up")
    with pytest.raises(geyser.NotInitialized):
        texture.read_back()


def test_points_order_accesses(host: geyser.TextureShareManager) -> None:
    texture = host.create_texture(geyser.TextureDescriptor(8, 8, "r8_unorm"))
    gate = host.create_semaphore(kind="host_timeline")
    threading.Timer(0.1, lambda: gate.signal(1)).start()
    texture.upload(numpy.full((8, 8), 3, numpy.uint8), wait_for=[geyser.SyncPoint(gate, 1)])
    assert gate.value == 1 and (texture.read_back() == 3).all()


def test_channels_carry_handles(manager: geyser.TextureShareManager, random: numpy.random.Generator) -> None:
    here, there = geyser.Channel.create_pair()
    descriptor = geyser.TextureDescriptor(8, 8, "rgba16_float")
    texture = manager.create_texture(descriptor)
    array = pattern(random, descriptor)
    texture.upload(array)
    with here, there:
        with texture.export() as handle:
            here.send_handle(handle)
        here.send(b"after it")
        assert (manager.import_texture(there.receive_handle()).read_back() == array).all()
        assert there.receive() == b"after it"
        with pytest.raises(geyser.TimedOut):
            there.receive(timeout=0.06)
        here.close()
        with pytest.raises(geyser.PeerGone):
            there.receive()


def test_nothing_is_left_after_many_errors(manager: geyser.TextureShareManager) -> None:
    texture = manager.create_texture(geyser.TextureDescriptor(8, 8, "r8_unorm"))
    gc.collect()
    before = open_descriptors()
    for _ in range(50):
        with pytest.raises(geyser.NotInitialized):
            texture.read_back()
        texture.export().close()
        manager.import_texture(texture.export())
    gc.collect()
    assert open_descriptors() == before
