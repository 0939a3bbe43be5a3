"""What is opened for a session."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from allaprima.app.compositor.compositor import Compositor
from allaprima.app.compositor.context import SurfacelessContext
from allaprima.app.core.clock import FakeClock, SystemClock
from allaprima.app.core.errors import SettingsError, SourceEnded
from allaprima.app.core.view import StereoRig
from allaprima.app.live import drawing, opening
from allaprima.app.live.cameras_and_rig import open_requested
from allaprima.app.live.opening import assembled
from allaprima.app.live.request import Request
from allaprima.app.recording.picture import write_picture
from allaprima.app.settings_and_flags import Settings
from allaprima.app.sources.cameras.eyes import TwoCameras
from allaprima.app.sources.cameras.source import CameraSource
from allaprima.calibration.camera import CameraModel
from allaprima.calibration.rig import STRAIGHT, RigCalibration, Trims
from allaprima.calibration.rig_file import write_rig


def settings(pack: Path, **stylize: object) -> Settings:
    """Of a small torch pack, offscreen."""
    chosen = Settings().updated("stylize.pack", str(pack)).updated("stylize.engine", "torch")
    for name, value in stylize.items():
        chosen = chosen.updated(f"stylize.{name}", value)
    return chosen.updated("mirror.window", False)


@pytest.fixture
def still(tmp_path: Path) -> str:
    write_picture(tmp_path / "photo.png", np.full((64, 96, 3), 90, np.uint8))
    return str(tmp_path / "photo.png")


@pytest.mark.parametrize(
    ("target", "rate", "held"), [(0, 25, None), ("auto", 25, 25), (12.5, 25, 12.5), (12, None, 12)]
)
def test_the_governor_holds_the_rate_asked_for_or_the_sources(
    graphics: object, tiny_pack: Path, still: str, target: object, rate: float | None, held: float | None
) -> None:
    chosen = settings(tiny_pack, target_rate=target).updated("source.rate", rate)
    request = Request(source=still, as_fast_as_possible=rate is None)
    with assembled(chosen, request, FakeClock()) as parts:
        governor = parts.pipeline.governor
        assert (governor and governor.target_hz) == held


def test_a_source_without_a_rate_has_none_to_be_held(graphics: object, tiny_pack: Path, still: str) -> None:
    with (
        pytest.raises(SettingsError, match="no rate of its own") as raised,
        assembled(
            settings(tiny_pack, target_rate="auto"), Request(source=still, as_fast_as_possible=True), FakeClock()
        ),
    ):
        pass
    assert "--governor 30" in raised.value.hint


@pytest.mark.parametrize(
    ("chosen", "renderer", "guided"),
    [
        ("auto", "llvmpipe (LLVM 15.0.6, 256 bits), OpenGL 4.5", False),
        ("auto", "GDI Generic, OpenGL 4.1", False),
        ("auto", "NVIDIA GeForce RTX 4070/PCIe/SSE2, OpenGL 4.6.0", True),
        ("on", "llvmpipe (LLVM 15.0.6, 256 bits), OpenGL 4.5", True),
        ("off", "NVIDIA GeForce RTX 4070/PCIe/SSE2, OpenGL 4.6.0", False),
    ],
)
def test_the_camera_guides_where_a_gpu_draws_or_where_it_is_told_to(
    graphics: object,
    tiny_pack: Path,
    still: str,
    monkeypatch: pytest.MonkeyPatch,
    chosen: str,
    renderer: str,
    guided: bool,
) -> None:
    class Described(SurfacelessContext):
        def __init__(self) -> None:
            super().__init__()
            self.description = renderer

    made: list[bool] = []

    class Noted(Compositor):
        def __init__(self, rig: StereoRig, distance_m: float, trims: Trims, guided: bool, *others: Any) -> None:
            made.append(guided)
            super().__init__(rig, distance_m, trims, guided, *others)

    monkeypatch.setattr(opening, "SurfacelessContext", Described)
    monkeypatch.setattr(drawing, "Compositor", Noted)
    with assembled(settings(tiny_pack).updated("compositor.guided", chosen), Request(source=still), FakeClock()):
        assert made == [guided]


def test_a_recording_keeps_the_cameras_own_pictures_and_its_replay_is_rectified_by_the_rig_beside_it(
    graphics: object, tiny_pack: Path, tmp_path: Path
) -> None:
    seen = np.random.default_rng(0).integers(0, 256, (64, 96, 3), np.uint8)
    write_picture(tmp_path / "seen.png", seen)
    camera = CameraModel((60.0, 60.0), (47.5, 31.5), (-0.3, 0.1, 0.0, 0.0))
    write_rig(tmp_path / "rig.toml", RigCalibration((96, 64), camera, camera, STRAIGHT, (-0.065, 0.0, 0.0)))
    chosen = settings(tiny_pack)
    request = Request(
        source=str(tmp_path / "seen.png"),
        as_fast_as_possible=True,
        rig=tmp_path / "rig.toml",
        record=tmp_path / "take.mkv",
    )
    with assembled(chosen, request, FakeClock()) as parts:
        rectified = parts.source.read(1.0)
        assert parts.source.rig.baseline_m == pytest.approx(0.065)
        assert parts.recordist.close()[0].count == 1
    beside = tmp_path / "take.rig.toml"
    assert beside.read_text() == (tmp_path / "rig.toml").read_text()

    replay = Request(source=str(tmp_path / "take.mkv"), as_fast_as_possible=True)
    with assembled(chosen, replay, FakeClock()) as parts:
        assert np.array_equal(parts.source.read(1.0).left, rectified.left)
    beside.unlink()
    with assembled(chosen, replay, FakeClock()) as parts:
        raw = parts.source.read(1.0).left
        assert np.array_equal(raw, seen)
        assert not np.array_equal(raw, rectified.left)


def test_two_cameras_hold_frames_for_as_long_as_the_settings_say() -> None:
    for settings, hold in ((Settings(), 0), (Settings().updated("source.hold", 2), 2)):
        request = Request(source="cameras:simulated,simulated")
        with open_requested(settings, request, SystemClock(), None) as source:
            assert isinstance(source, CameraSource) and isinstance(source._eyes, TwoCameras)
            assert source._eyes.pairing._hold == hold


class Window:
    """As much of a window as is asked for before anything is shown."""

    description = "a window"


@pytest.mark.parametrize(("watched", "fast"), [(True, False), (True, True), (False, False)])
def test_a_still_stays_where_somebody_looks_at_it_and_ends_elsewhere(
    graphics: object, tiny_pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, watched: bool, fast: bool
) -> None:
    monkeypatch.setattr(opening, "open_window", lambda settings, stack: Window() if watched else None)
    write_picture(tmp_path / "photo.png", np.full((64, 96, 3), 90, np.uint8))
    settings = Settings().updated("stylize.pack", str(tiny_pack)).updated("stylize.engine", "torch")
    request = Request(source=str(tmp_path / "photo.png"), as_fast_as_possible=fast)
    with assembled(settings, request, FakeClock()) as parts:
        parts.source.read(1.0)
        if watched and not fast:
            assert parts.source.read(1.0).seq == 1
        else:
            with pytest.raises(SourceEnded):
                parts.source.read(1.0)
