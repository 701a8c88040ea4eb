"""What other programs and mistakes hand in: a clear error each, nothing leaked, no abort."""

from __future__ import annotations

import errno
import os

import numpy
import pytest

import geyser
from conftest import open_descriptors

pytestmark = pytest.mark.usefixtures("nothing_left")
DESCRIPTOR = geyser.TextureDescriptor(32, 16, "rgba8_unorm")


def exported(manager: geyser.TextureShareManager) -> geyser.TextureHandle:
    texture = manager.create_texture(DESCRIPTOR)
    texture.upload(numpy.ones(DESCRIPTOR.shape(), numpy.uint8))
    return texture.export()


def test_a_pipe_in_place_of_memory(manager: geyser.TextureShareManager) -> None:
    before = open_descriptors()
    ends = os.pipe()
    handle = exported(manager)
    handle.replace_fd(ends[0])
    for end in ends:
        os.close(end)
    for _ in range(2):  # the handle stays the caller's, unchanged
        with pytest.raises(geyser.Error) as caught:
            manager.import_texture(handle)
        assert caught.value.code in (geyser.Errc.protocol_error, geyser.Errc.unsupported_handle, geyser.Errc.invalid_argument, geyser.Errc.os_error)
        assert not handle.closed
    handle.close()
    assert open_descriptors() == before
    exported(manager).close()  # the device still works


def test_a_file_that_is_too_small(manager: geyser.TextureShareManager) -> None:
    handle = exported(manager)
    small = os.memfd_create("small")
    os.ftruncate(small, 512)
    handle.replace_fd(small)
    os.close(small)
    with pytest.raises(geyser.Error):
        manager.import_texture(handle)
    handle.close()


def test_a_closed_descriptor(manager: geyser.TextureShareManager) -> None:
    handle = exported(manager)
    number = handle.fileno()
    ends = os.pipe()
    for end in ends:
        os.close(end)
    with pytest.raises(geyser.InvalidArgument, match=str(ends[1])) as caught:
        handle.replace_fd(ends[1])
    assert (caught.value.domain, caught.value.native_code) == ("posix", errno.EBADF)
    assert handle.fileno() == number and (manager.import_texture(handle).read_back() == 1).all()

    handle = exported(manager)
    number = handle.fileno()
    os.close(number)
    with pytest.raises(geyser.Error):
        manager.import_texture(handle)
    assert handle.fileno() == number
    other = os.open(os.devnull, os.O_RDONLY)  # something for the handle to close
    if other != number:
        os.dup2(other, number)
        os.close(other)
    handle.close()


def test_a_handle_of_another_device(host: geyser.TextureShareManager, vulkan: geyser.TextureShareManager) -> None:
    for exporter, importer in ((host, vulkan), (vulkan, host)):
        if any(s.type is geyser.MemoryHandleType.shared_memory and s.can_import for s in importer.capabilities.memory) and exporter is host:
            continue
        with exported(exporter) as handle:
            with pytest.raises((geyser.DeviceMismatch, geyser.UnsupportedHandle)):
                importer.import_texture(handle)
            assert not handle.closed


def test_another_vulkan_device(vulkan: geyser.TextureShareManager) -> None:
    others = [d for d in geyser.vulkan_devices() if d.identity.device_uuid != vulkan.identity.device_uuid]
    if not others:
        pytest.skip("there is one Vulkan device only")
    other = geyser.vulkan_manager(index=others[0].index)
    for exporter, importer in ((vulkan, other), (other, vulkan)):
        handle = exported(exporter)
        number = handle.fileno()
        with pytest.raises(geyser.DeviceMismatch, match="UUID"):
            importer.import_texture(handle)
        assert not handle.closed and handle.fileno() == number
        os.fstat(number)  # open still, and good where it belongs
        exporter.import_texture(handle)
        for support in exporter.capabilities.semaphores:
            if support.can_export and support.type is geyser.SemaphoreHandleType.opaque_fd:
                semaphore = exporter.create_semaphore(kind=support.kind).export()
                with pytest.raises(geyser.DeviceMismatch, match="UUID"):
                    importer.import_semaphore(semaphore)
                assert not semaphore.closed
        importer.import_texture(exported(importer))  # it allocates, exports and imports as before


def test_semaphores_of_another_kind(host: geyser.TextureShareManager) -> None:
    semaphore = host.create_semaphore(kind="host_timeline")
    handle = semaphore.export()
    assert handle.kind is geyser.SemaphoreKind.host_timeline and handle.fileno() >= 0
    handle.close()
    with pytest.raises(geyser.InvalidState, match="closed"):
        host.import_semaphore(handle)
    with pytest.raises(geyser.Error):
        host.create_semaphore(kind="timeline")
    with pytest.raises(geyser.InvalidArgument, match="timeline, binary, host_timeline"):
        host.create_semaphore(kind="unary")


def test_objects_of_another_manager(host: geyser.TextureShareManager, vulkan: geyser.TextureShareManager) -> None:
    texture = host.create_texture(DESCRIPTOR)
    with pytest.raises(geyser.DeviceMismatch):
        texture.attach_semaphore(vulkan.create_semaphore(kind="host_timeline"))
    with pytest.raises(geyser.DeviceMismatch):
        texture.upload(
            numpy.zeros(DESCRIPTOR.shape(), numpy.uint8), wait_for=[geyser.SyncPoint(vulkan.create_semaphore(kind="host_timeline"), 1)]
        )
    with pytest.raises(geyser.NotInitialized):
        texture.read_back()


def test_wrong_types(host: geyser.TextureShareManager) -> None:
    for wrong in (None, 3, "texture", host):
        with pytest.raises(TypeError):
            host.import_texture(wrong)  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            host.create_texture(wrong)  # type: ignore[arg-type]
    texture = host.create_texture(DESCRIPTOR)
    with pytest.raises(geyser.Error):
        texture.upload("sixteen by thirty-two")
    with pytest.raises(geyser.InvalidArgument, match="NumPy"):
        texture.read_back(out=bytearray(2048))  # type: ignore[arg-type]


def test_a_channel_that_is_none(tmp_path: object) -> None:
    ends = os.pipe()
    with pytest.raises(geyser.InvalidArgument):
        geyser.Channel.adopt(ends[0])
    for end in ends:
        os.close(end)
    with pytest.raises(geyser.Error):
        geyser.Channel.adopt(-1)
    with pytest.raises(geyser.NotFound):
        geyser.Channel.connect("nobody listens", timeout=0.05)


def test_builds_without_a_backend_say_so() -> None:
    for has, function in ((geyser.has_cuda, geyser.cuda_manager), (geyser.has_opengl, geyser.opengl_manager)):
        if not has:
            with pytest.raises(geyser.UnsupportedFeature, match="GEYSER_WITH_"):
                function()


def test_cuda_without_a_driver() -> None:
    if not geyser.has_cuda:
        pytest.skip("this build has no CUDA backend")
    try:
        geyser.cuda_devices()
    except geyser.NotFound:
        with pytest.raises(geyser.NotFound, match="CUDA"):
            geyser.cuda_manager()
    with pytest.raises(geyser.InvalidArgument, match="partner"):
        geyser.cuda_manager(partner="any")
