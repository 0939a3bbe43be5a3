"""Painted pairs that stay on the GPU, through a whole session: torch's and CUDA's parts are played by the processor."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from stand_in_cuda import StandInRuntime

torch = pytest.importorskip("torch", reason='the engine is torch\'s: pip install -e ".[train]"')

from allaprima.app.core.errors import GraphicsError  # noqa: E402
from allaprima.app.core.frame import StereoFrame, StyledFrame  # noqa: E402
from allaprima.app.core.stamps import Stamps  # noqa: E402
from allaprima.app.live import drawing  # noqa: E402
from allaprima.app.live.opening import assembled  # noqa: E402
from allaprima.app.live.parts import Parts  # noqa: E402
from allaprima.app.live.request import Request  # noqa: E402
from allaprima.app.recording.hashes import PictureHashes  # noqa: E402
from allaprima.app.recording.picture import write_picture  # noqa: E402
from allaprima.app.settings_and_flags import Settings  # noqa: E402
from allaprima.app.stylize.torch import device as torch_device  # noqa: E402
from allaprima.app.stylize.torch.device import Cpu  # noqa: E402
from allaprima.app.stylize.torch.on_device import OnDevice, SharedPair  # noqa: E402
from allaprima.calibration.camera import CameraModel  # noqa: E402
from allaprima.calibration.rig import STRAIGHT, RigCalibration  # noqa: E402
from allaprima.calibration.rig_file import write_rig  # noqa: E402

SIZE = (96, 64)


class NamedCuda(Cpu):
    """The processor under the name of a GPU."""

    name = "CUDA"


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    coarse = np.random.default_rng(3).integers(0, 256, (8, 12, 3), np.uint8)
    write_picture(tmp_path / "photo.png", coarse.repeat(8, axis=0).repeat(8, axis=1))
    return tmp_path / "photo.png"


def settings(pack: Path, engine: str = "torch") -> Settings:
    chosen = Settings().updated("stylize.pack", str(pack)).updated("stylize.engine", engine)
    fixed = {"stylize.precision": "f32", "mirror.window": False, "headset.kind": "simulated"}
    for name, value in (fixed | {"mirror.hud": False}).items():  # which tells how fast it was
        chosen = chosen.updated(name, value)
    return chosen


def shown(parts: Parts) -> Iterator[np.ndarray]:
    """Both eyes at the end of a session over a still."""
    from allaprima.app.compositor.gl import GL

    parts.session.run()
    for eye in (0, 1):
        GL.glBindTexture(GL.GL_TEXTURE_2D, parts.headset.eye_texture(eye))
        pixels = GL.glGetTexImage(GL.GL_TEXTURE_2D, 0, GL.GL_RGBA, GL.GL_UNSIGNED_BYTE)
        yield np.frombuffer(pixels, np.uint8).reshape(-1, 4)[:, :3]


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> StandInRuntime:
    runtime = StandInRuntime()
    monkeypatch.setattr(torch_device, "device", lambda wanted: NamedCuda())
    monkeypatch.setattr(drawing, "cuda_runtime", lambda graphics: runtime)
    return runtime


def request(photo: Path, rig: Path | None = None) -> Request:
    return Request(source=str(photo), as_fast_as_possible=True, rig=rig)


def test_session_shows_the_same_with_and_without_the_way_through_the_processor(
    graphics: object, tiny_pack: Path, photo: Path, gpu: StandInRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with assembled(settings(tiny_pack), request(photo)) as parts:
        there = list(shown(parts))
        assert isinstance(parts.networks.in_hand.stylizer, OnDevice)
        assert (parts.upload.interop, parts.upload.reason) == ("cuda", "")
    steps = ["register", "map", "pointer", "wait", "copy", "unmap", "unregister"]
    assert [call.split()[0] for call in gpu.calls] == steps
    monkeypatch.setattr(torch_device, "device", lambda wanted: Cpu())
    with assembled(settings(tiny_pack), request(photo)) as parts:
        here = list(shown(parts))
        assert (parts.upload.interop, parts.upload.reason) == ("none", "the network runs on the CPU")
    np.testing.assert_array_equal(there, here)
    assert np.ptp(there[0]) > 50


def test_pairs_go_up_as_the_cameras_took_them_and_are_rectified_there(
    graphics: object, tiny_pack: Path, photo: Path, gpu: StandInRuntime, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    camera = CameraModel((60.0, 60.0), (47.5, 31.5), (-0.3, 0.1, 0.0, 0.0))
    write_rig(tmp_path / "rig.toml", RigCalibration(SIZE, camera, camera, STRAIGHT, (-0.065, 0.0, 0.0)))
    chosen = settings(tiny_pack).updated("compositor.rectify", "shader").updated("stylize.strength", 0.0)
    seen = []
    for device in (NamedCuda, Cpu):
        monkeypatch.setattr(torch_device, "device", lambda wanted, device=device: device())
        with assembled(chosen, request(photo, rig=tmp_path / "rig.toml")) as parts:
            seen.append(next(shown(parts)).astype(int))
    assert np.abs(seen[0] - seen[1]).mean() < 1  # its edges are hard, and OpenCV's places rounded
    chosen = chosen.updated("compositor.rectify", "cpu")
    with assembled(chosen, request(photo)) as parts:
        assert np.abs(seen[0] - next(shown(parts))).mean() > 5  # and unrectified it would look otherwise


def test_why_pairs_take_the_way_through_the_processor_is_told_once(
    graphics: object,
    tiny_pack: Path,
    photo: Path,
    gpu: StandInRuntime,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def refuse(graphics: str) -> None:
        raise GraphicsError("cuda-bindings cannot be imported", "pip install it")

    monkeypatch.setattr(drawing, "cuda_runtime", refuse)
    with assembled(settings(tiny_pack), request(photo)) as parts:
        assert "cuda-bindings" in (parts.notices.take() or "")  # for the wearer
        assert not isinstance(parts.networks.in_hand.stylizer, OnDevice)
        assert parts.upload.interop == "none" and "pip install it" in parts.upload.reason
        parts.session.run()
    assert caplog.text.count("processor's memory") == 1


def test_cuda_that_fails_on_the_way_loses_no_picture(
    graphics: object, tiny_pack: Path, photo: Path, gpu: StandInRuntime, caplog: pytest.LogCaptureFixture
) -> None:
    gpu.fails = "copy"
    with assembled(settings(tiny_pack), request(photo)) as parts:
        seen = next(shown(parts))
        assert parts.upload.interop == "none" and "unknown error" in parts.upload.reason
    assert np.ptp(seen) > 50
    assert "cudaMemcpyAsync: unknown error" in caplog.text


def test_engine_that_paints_on_the_processor_says_so_quietly(
    graphics: object, tiny_pack: Path, photo: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with assembled(settings(tiny_pack, "onnxruntime"), request(photo)) as parts:
        assert (parts.upload.interop, parts.upload.reason) == ("none", "the network runs on the CPU")
    assert "memory" not in caplog.text


def test_hash_of_a_pair_on_the_device_is_that_of_its_pixels(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 4), np.uint8)
    source = StereoFrame(pixels[0, ..., :3].copy(), pixels[1, ..., :3].copy(), 0, 0)
    shared = SharedPair(torch.from_numpy(pixels), 0, Cpu().mark())
    with PictureHashes(tmp_path / "hashes.jsonl") as hashes:
        hashes.write(StyledFrame(shared, source, "a style", Stamps()))
    line = json.loads((tmp_path / "hashes.jsonl").read_text())
    fetched = np.ascontiguousarray(pixels[..., :3])
    assert line["painted"] == hashlib.blake2b(fetched.data, digest_size=16).hexdigest()
    assert StyledFrame(shared, source, "a style", Stamps()).size == (8, 8)
