"""OpenGL from Python: a context without a window, its thread, and pictures to and from Vulkan and streams."""

from __future__ import annotations

import gc
import threading

import numpy
import pytest

import geyser
from conftest import pattern

pytestmark = pytest.mark.skipif(not geyser.has_opengl, reason="this build has no OpenGL backend")
DESCRIPTOR = geyser.TextureDescriptor(37, 21, "rgba8_unorm")


@pytest.fixture(scope="module")
def opengl() -> geyser.TextureShareManager:
    try:
        return geyser.opengl_manager()
    except (geyser.NotFound, geyser.UnsupportedFeature) as error:
        pytest.skip(f"no OpenGL: {error.message}")


def test_round_trip(opengl: geyser.TextureShareManager, random: numpy.random.Generator) -> None:
    for name in ("rgba8_unorm", "r16_float", "rgba32_float", "rgb10a2_unorm"):
        descriptor = geyser.TextureDescriptor(37, 21, name)
        texture = opengl.create_texture(descriptor)
        array = pattern(random, descriptor)
        texture.upload(array)
        assert texture.read_back().tobytes() == array.tobytes(), name


def test_vulkan_and_opengl_share(opengl: geyser.TextureShareManager, random: numpy.random.Generator) -> None:
    vulkan = geyser.vulkan_manager(uuid=opengl.identity.device_uuid)
    texture = vulkan.create_texture(DESCRIPTOR)
    array = pattern(random, DESCRIPTOR)
    texture.upload(array)
    shared = opengl.import_texture(texture.export())
    assert (shared.read_back() == array).all()
    other = pattern(random, DESCRIPTOR)
    shared.upload(other)
    assert (texture.read_back() == other).all()


def test_streams(opengl: geyser.TextureShareManager, host: geyser.TextureShareManager, random: numpy.random.Generator) -> None:
    vulkan = geyser.vulkan_manager(uuid=opengl.identity.device_uuid)
    for writer, reader in ((opengl, vulkan), (vulkan, opengl), (opengl, opengl)):
        with geyser.Publisher(writer, "mixed", DESCRIPTOR) as publisher, geyser.Subscriber(reader, "mixed") as subscriber:
            array = pattern(random, DESCRIPTOR)
            publisher.publish(array)
            with subscriber.acquire(timeout=5.0) as frame:
                assert (frame.numpy() == array).all()
                assert frame.transport is geyser.Transport.zero_copy


def test_a_context_belongs_to_one_thread(opengl: geyser.TextureShareManager, random: numpy.random.Generator) -> None:
    texture = opengl.create_texture(DESCRIPTOR)
    array = pattern(random, DESCRIPTOR)
    texture.upload(array)
    answers: list[object] = []

    def elsewhere() -> None:
        try:
            texture.read_back()
        except geyser.InvalidState as error:
            answers.append(error)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert isinstance(answers.pop(), geyser.InvalidState)

    def taken() -> None:
        opengl.make_current()
        answers.append((texture.read_back() == array).all())
        opengl.release_current()

    opengl.release_current()
    with pytest.raises(geyser.InvalidState):
        texture.read_back()
    thread = threading.Thread(target=taken)
    thread.start()
    thread.join()
    opengl.make_current()
    assert answers == [True] and (texture.read_back() == array).all()


def test_the_current_context_is_adopted(opengl: geyser.TextureShareManager, random: numpy.random.Generator) -> None:
    adopted = geyser.opengl_manager(adopt=True, partner=None)
    assert adopted.identity.device_uuid == opengl.identity.device_uuid
    with pytest.raises(geyser.InvalidState, match="own"):
        adopted.make_current()
    with pytest.raises(geyser.InvalidArgument, match="adopt"):
        geyser.opengl_manager(adopt=True, es=True)
    opengl.release_current()
    with pytest.raises(geyser.InvalidState):
        geyser.opengl_manager(adopt=True)
    opengl.make_current()
    with pytest.raises(geyser.Error):
        geyser.host_manager().make_current()


def test_arrays_in_place_are_refused(opengl: geyser.TextureShareManager, random: numpy.random.Generator) -> None:
    texture = opengl.create_texture(DESCRIPTOR)
    texture.upload(pattern(random, DESCRIPTOR))
    with texture.begin_read() as access, pytest.raises(BufferError, match="opengl"):
        access.view()


def test_points_outlive_the_context(random: numpy.random.Generator) -> None:
    current = geyser.opengl_manager()
    texture = current.create_texture(DESCRIPTOR)
    semaphore = current.create_semaphore(kind="host_timeline")
    texture.attach_semaphore(semaphore)
    texture.upload(pattern(random, DESCRIPTOR))
    point, state = texture.signal_ready(), texture.state
    del texture, semaphore
    current.release_current()
    current.close()
    del current
    gc.collect()
    assert point.value == 1 and len(state.points) <= 1
    del point, state
    gc.collect()
