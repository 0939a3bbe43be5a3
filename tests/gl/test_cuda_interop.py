"""Painted pairs from CUDA into textures: on real GL with a stand-in for CUDA's few functions, and with CUDA itself."""

from __future__ import annotations

import inspect
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from stand_in_cuda import StandInRuntime

from allaprima.app.compositor.cuda_interop import CudaUpload, check_devices, cuda_runtime
from allaprima.app.compositor.texture_upload import HostUpload
from allaprima.app.core.errors import GraphicsError
from allaprima.app.core.shell import install

HEIGHT, WIDTH = 30, 41


@dataclass
class Pair:
    """A `DevicePair` in the processor's memory."""

    rgba: np.ndarray
    queue: int = 7
    ready: int = 9
    fetched: int = 0

    @property
    def shape(self) -> tuple[int, int, int, int]:
        return (2, self.rgba.shape[1], self.rgba.shape[2], 3)

    @property
    def address(self) -> int:
        return self.rgba.ctypes.data

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        self.fetched += 1
        return np.ascontiguousarray(self.rgba[..., :3])


def pair(seed: int = 0, height: int = HEIGHT, width: int = WIDTH) -> Pair:
    return Pair(np.random.default_rng(seed).integers(0, 256, (2, height, width, 4), np.uint8))


def content(texture: Any) -> np.ndarray:
    """(H, W, 3) what is in it, row 0 as it was uploaded."""
    from allaprima.app.compositor.gl import GL

    texture.bind()
    GL.glPixelStorei(GL.GL_PACK_ALIGNMENT, 1)
    data = GL.glGetTexImage(GL.GL_TEXTURE_2D, 0, GL.GL_RGB, GL.GL_UNSIGNED_BYTE)
    return np.frombuffer(data, np.uint8).reshape(texture.size[1], texture.size[0], 3)


def assert_shown(textures: list[Any], painted: Pair) -> None:
    for texture, eye in zip(textures, painted.rgba, strict=True):
        np.testing.assert_array_equal(content(texture), eye[..., :3])


@pytest.fixture
def told() -> list[str]:
    return []


def close(upload: Any, textures: list[Any]) -> None:
    for texture in textures:
        texture.close()
    upload.close()


def test_pair_comes_into_the_textures_without_being_fetched(graphics, told) -> None:
    runtime, painted = StandInRuntime(), pair()
    upload = CudaUpload(runtime, told.append)
    textures = upload.upload([], painted)
    assert_shown(textures, painted)
    size = 2 * HEIGHT * WIDTH * 4
    assert runtime.calls == ["register", "map in 7", "pointer", "wait for 9 in 7", f"copy {size} in 7", "unmap in 7"]
    assert (painted.fetched, told, upload.interop, upload.reason) == (0, [], "cuda", "")
    close(upload, textures)


def test_buffer_is_registered_once_for_a_size_and_freed_for_the_next(graphics, told) -> None:
    runtime = StandInRuntime()
    upload = CudaUpload(runtime, told.append)
    textures = upload.upload([], pair(1))
    again = upload.upload(textures, pair(2))
    assert again[0] is textures[0] and runtime.calls.count("register") == 1
    runtime.calls.clear()
    larger = pair(3, 50, 60)
    textures = upload.upload(again, larger)
    assert_shown(textures, larger)
    assert runtime.calls[:2] == ["unregister", "register"]
    close(upload, textures)
    assert runtime.calls[-1] == "unregister"
    upload.close()
    assert runtime.calls.count("unregister") == 2


@pytest.mark.parametrize("fails", ["register", "map", "pointer", "wait", "copy", "unmap"])
def test_what_cuda_refuses_is_fetched_from_then_on_and_told_once(graphics, told, fails: str) -> None:
    runtime = StandInRuntime()
    upload = CudaUpload(runtime, told.append)
    textures = upload.upload([], pair(1))
    if fails == "register":
        upload.close()  # the next pair must be registered for again
    runtime.fails = fails
    for seed in (2, 3):
        painted = pair(seed)
        textures = upload.upload(textures, painted)
        assert_shown(textures, painted)
        assert painted.fetched == 1
    assert len(told) == 1 and "unknown error" in told[0] and "processor's memory" in told[0]
    assert upload.interop == "none" and "unknown error" in upload.reason
    assert runtime.mapped is None  # unmapped, whatever failed in between
    assert runtime.calls.count("register") == runtime.calls.count("unregister") + (fails == "register")
    close(upload, textures)


@pytest.mark.parametrize("make", [lambda: HostUpload("no reason"), lambda: CudaUpload(StandInRuntime(), print)])
def test_pair_in_the_processors_memory_goes_up_from_there(graphics, make) -> None:
    upload, painted = make(), pair()
    textures = upload.upload([], np.ascontiguousarray(painted.rgba[..., :3]))
    assert_shown(textures, painted)
    textures = upload.upload(textures, pair(2)) if isinstance(upload, HostUpload) else textures
    close(upload, textures)


def test_textures_filled_from_a_buffer_are_drawn_like_any(graphics, told) -> None:
    """The compositor cannot tell: the same eye, to the bit, by either way."""
    from allaprima.app.compositor.compositor import Compositor
    from allaprima.app.compositor.framebuffer import Framebuffer
    from allaprima.app.core.pose import Pose
    from allaprima.app.core.view import EyeView, FieldOfView, StereoRig

    fov = FieldOfView.symmetric(90, 4 / 3)
    seen = []
    for upload in (CudaUpload(StandInRuntime(), told.append), HostUpload()):
        compositor = Compositor(StereoRig.parallel(fov, 0.06), upload=upload)
        target = Framebuffer(64, 48)
        compositor.upload(pair(4), None)
        compositor.draw_eye(0, target.handle, target.size, EyeView(fov, Pose()), Pose(), None)
        seen.append(target.read_rgb().copy())
        for thing in (compositor, target, upload):
            thing.close()
    np.testing.assert_array_equal(seen[0], seen[1])
    assert np.ptp(seen[0]) > 100


def test_uploads_from_the_processor_still_work_afterwards(graphics, told) -> None:
    """A pixel buffer left bound would have GL take their addresses for offsets into it."""
    from allaprima.app.compositor.texture import Texture

    upload = CudaUpload(StandInRuntime(), told.append)
    textures = upload.upload([], pair())
    plain = Texture(WIDTH, HEIGHT)
    picture = pair(5).rgba[0, ..., :3].copy()
    plain.upload(picture)
    np.testing.assert_array_equal(content(plain), picture)
    plain.close()
    close(upload, textures)


def test_context_on_another_gpu_is_refused_by_name() -> None:
    with pytest.raises(GraphicsError, match=r"another GPU \(Radeon\)") as raised:
        check_devices(StandInRuntime(devices=(1,)), "Radeon")
    assert "CUDA_VISIBLE_DEVICES" in raised.value.hint
    with pytest.raises(GraphicsError, match="cudaGLGetDevices: unknown error"):
        check_devices(StandInRuntime("devices"), "Radeon")
    runtime = StandInRuntime(devices=(1, 0))
    check_devices(runtime, "GeForce")
    assert runtime.calls == ["devices", "set device 0"]


def test_software_is_refused_before_cuda_is_asked(graphics) -> None:
    from allaprima.app.compositor.context import draws_in_software

    if not draws_in_software(graphics.description):
        pytest.skip("a GPU draws here")
    with pytest.raises(GraphicsError, match="OpenGL draws on the processor"):
        cuda_runtime(graphics.description)


def test_missing_cuda_bindings_are_named_with_how_to_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cuda.bindings", None)
    with pytest.raises(GraphicsError, match="cuda-bindings") as raised:
        cuda_runtime("GeForce, OpenGL 4.5")
    assert raised.value.hint == install("cuda")


def test_real_bindings_have_every_function_with_these_arguments() -> None:
    """Without a driver they answer as they do with one: an error first, and then as many results."""
    runtime = pytest.importorskip("cuda.bindings.runtime", reason="CUDA-BINDINGS ARE NOT INSTALLED: " + install("cuda"))
    stand_in = StandInRuntime()
    for name in [name for name in dir(StandInRuntime) if name.startswith("cuda")]:
        real, ours = getattr(runtime, name), getattr(stand_in, name)
        if isinstance(ours, type):
            assert all(hasattr(real, member) for member in vars(ours) if member.startswith("cuda"))
            continue
        arguments = real.__doc__.partition("(")[2].partition(")")[0].split(",")
        assert len(arguments) == len(inspect.signature(ours).parameters), name
    assert runtime.cudaGraphicsRegisterFlags.cudaGraphicsRegisterFlagsWriteDiscard.value == 2
    assert runtime.cudaError_t.cudaSuccess.value == 0
    assert hasattr(runtime.cudaGraphicsResource_t, "getPtr")  # what registering gives, and mapping takes
    _, text = runtime.cudaGetErrorString(runtime.cudaError_t.cudaErrorInsufficientDriver)
    assert b"driver" in text
    device_list = runtime.cudaGLDeviceList.cudaGLDeviceListAll
    assert len(runtime.cudaGLGetDevices(16, device_list)) == 3
    assert len(runtime.cudaGraphicsResourceGetMappedPointer(0)) == 3
    assert len(runtime.cudaStreamWaitEvent(0, 0, 0)) == 1


def test_pair_painted_by_cuda_is_drawn_from_its_memory(graphics, told) -> None:
    """The real thing, where torch has CUDA and OpenGL draws on the same GPU."""
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("NO CUDA HERE: sharing a picture between CUDA and OpenGL was tested against a stand-in only")
    from allaprima.app.stylize.torch.device import Cuda
    from allaprima.app.stylize.torch.on_device import SharedPair

    try:
        runtime = cuda_runtime(graphics.description)
    except GraphicsError as error:
        pytest.skip(f"CUDA AND OPENGL SHARE NOTHING HERE: {error.message}")
    device, upload = Cuda(), CudaUpload(runtime, told.append)
    textures: list[Any] = []
    for seed in range(4):
        expected = pair(seed)
        with device.painting():
            rgba = torch.from_numpy(expected.rgba).to(device.place)
            shared = SharedPair(rgba, device.lend(rgba), device.mark())
        textures = upload.upload(textures, shared)
        assert_shown(textures, expected)
    assert (told, upload.interop) == ([], "cuda")
    close(upload, textures)
