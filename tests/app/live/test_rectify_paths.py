"""`--rectify shader` shows what `--rectify cpu` shows: whole sessions, from a calibrated recording to the eyes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import cv2
import numpy as np
import pytest

from allaprima.app.command_line import main
from allaprima.app.compositor.rectifier import Rectifier
from allaprima.app.compositor.texture import Texture
from allaprima.app.core.clock import FakeClock
from allaprima.app.core.errors import CalibrationError
from allaprima.app.core.frame import Pixels
from allaprima.app.headset.simulated import SimulatedHeadset
from allaprima.app.live.opening import assembled
from allaprima.app.live.request import Request
from allaprima.app.settings_and_flags import Settings
from allaprima.app.sources.recorded.opening import open_recording
from allaprima.calibration.camera import CameraModel
from allaprima.calibration.rig import RigCalibration, Trims, as_rotation
from allaprima.calibration.rig_file import write_rig

SIZE = (320, 240)
RIG = RigCalibration(
    SIZE,
    CameraModel((165.0, 165.5), (155.0, 123.5), (-0.22, 0.04, 0.001, -0.0005)),
    CameraModel((167.5, 167.0), (164.5, 116.5), (-0.21, 0.035, 0.0, 0.001)),
    as_rotation(cv2.Rodrigues(np.radians((0.8, -1.5, 0.6)))[0]),
    (-0.066, 0.001, 0.002),
    trims=Trims(vertical_deg=0.4, fov_scale=1.05),
)


@pytest.fixture
def calibrated(tmp_path: Path) -> Request:
    """Two motifs of the gallery in the places of what two cameras saw, and the cameras' rig file."""
    write_rig(tmp_path / "rig.toml", RIG)
    for side, motif in (("left", "room.jpg"), ("right", "still_life.jpg")):
        (tmp_path / side).mkdir()
        jpeg = files("allaprima.models.motifs").joinpath(motif).read_bytes()
        photo = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
        assert cv2.imwrite(str(tmp_path / side / "0.png"), cv2.resize(photo, SIZE, interpolation=cv2.INTER_AREA))
    return Request(source=str(tmp_path), rig=tmp_path / "rig.toml", pairs=1, as_fast_as_possible=True)


def flags(pack: Path, rectify: str, **others: object) -> dict[str, object]:
    return {
        "stylize.engine": "torch",
        "stylize.precision": "f32",
        "stylize.pack": str(pack),
        "stylize.strength": 0.0,
        "compositor.rectify": rectify,
        "mirror.window": False,
        "mirror.hud": False,
        "headset.kind": "simulated",
        "headset.eye_size": (240, 270),
        **{f"{'compositor' if name == 'guided' else 'stylize'}.{name}": value for name, value in others.items()},
    }


def eyes(request: Request, chosen: dict[str, object], plain: bool = False) -> Pixels:
    """(2, H, W, 3): what a session of one pair leaves in the eyes."""
    settings = Settings()
    for key, value in chosen.items():
        settings = settings.updated(key, value)
    with assembled(settings, request, FakeClock()) as parts:
        parts.controls.plain = plain
        parts.session.run()
        headset = parts.headset.current
        assert isinstance(headset, SimulatedHeadset)
        return np.stack([headset.read_eye(eye) for eye in (0, 1)])


@pytest.mark.parametrize(
    ("how", "painted", "plain"),
    [
        ({"strength": 1.0}, SIZE, False),
        ({}, SIZE, True),
        ({"keep_colour": 1.0, "strength": 1.0}, SIZE, False),
        ({}, (160, 120), False),
        ({}, (160, 120), True),
        ({"guided": "on"}, (160, 120), False),
        ({"guided": "on", "keep_colour": 1.0}, (240, 176), False),
    ],
    ids=["painted", "plain", "keep-colour", "half", "half-plain", "guided", "guided-keep-colour"],
)
def test_both_ways_show_the_same_in_both_eyes(
    graphics: object, tiny_pack: Path, calibrated: Request, how: dict, painted: tuple[int, int], plain: bool
) -> None:
    how = {**how, "size": painted}
    cpu, shader = (eyes(calibrated, flags(tiny_pack, way, **how), plain).astype(int) for way in ("cpu", "shader"))
    apart = np.abs(cpu - shader)
    if painted == SIZE or plain:
        assert apart.mean() <= 0.5 and apart.max() <= 3
    else:  # shrunk before or after it was turned: pixel by pixel fine detail comes out otherwise
        assert apart.mean() <= 1.5 and np.percentile(apart, 99) <= 14
        blurred = [cv2.blur(both.astype(np.float32), (9, 9)) for way in (cpu, shader) for both in way]
        assert np.abs(np.subtract(blurred[:2], blurred[2:])).mean() <= 0.4
    uncalibrated = eyes(replace(calibrated, rig=None), flags(tiny_pack, "shader", **how), plain)
    assert np.abs(cpu - uncalibrated).mean() > 20


@pytest.mark.parametrize("rectify", ["cpu", "shader"])
def test_a_recording_has_the_cameras_own_pictures_and_its_replay_shows_what_was_seen(
    graphics: object, tiny_pack: Path, calibrated: Request, tmp_path: Path, rectify: str
) -> None:
    chosen = flags(tiny_pack, rectify)
    seen = eyes(replace(calibrated, record=tmp_path / "take.mkv"), chosen, plain=True)
    beside = tmp_path / "take.rig.toml"
    assert beside.read_text() == (tmp_path / "rig.toml").read_text()
    with open_recording(tmp_path / "take.mkv", pace="fast") as take, open_recording(tmp_path, pace="fast") as cameras:
        assert np.array_equal(take.read(1.0).right, cameras.read(1.0).right)
    for way in ("cpu", "shader"):
        request = replace(calibrated, source=str(tmp_path / "take.mkv"), rig=None)
        again = eyes(request, flags(tiny_pack, way), plain=True).astype(int)
        above = slice(0, 150)  # of the panel that told the wearer of the recording
        assert np.abs(again[:, above] - seen[:, above]).max() <= 3
        assert np.abs(again[:, above]).mean() > 20


@pytest.mark.parametrize(
    ("change", "why"),
    [({"size": (640, 480)}, "calibrated on pictures of 640x480"), ({"translation": (0.066, 0.0, 0.0)}, "swapped")],
)
def test_a_rig_that_does_not_fit_is_refused_before_anything_is_shown(
    graphics: object, tiny_pack: Path, calibrated: Request, tmp_path: Path, change: dict, why: str
) -> None:
    write_rig(tmp_path / "rig.toml", replace(RIG, **change))
    with pytest.raises(CalibrationError, match=why):
        eyes(calibrated, flags(tiny_pack, "shader"))


@pytest.mark.parametrize(
    ("flag", "drawn"), [(["--rectify", "shader"], True), (["--rectify", "cpu"], False), ([], False)]
)
def test_the_flag_chooses_who_rectifies(
    graphics: object,
    tiny_pack: Path,
    calibrated: Request,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    flag: list[str],
    drawn: bool,
) -> None:
    seen: list[Sequence[Texture]] = []
    rectified = Rectifier.rectified

    def noted(self: Rectifier, raw: Sequence[Texture]) -> list[Texture]:
        seen.append(raw)
        return rectified(self, raw)

    monkeypatch.setattr(Rectifier, "rectified", noted)
    given = ["--rig", str(calibrated.rig), "--pack", str(tiny_pack), "--engine", "torch", "--eye-size", "80x90"]
    assert main(["replay", calibrated.source, *given, "--keep-colour=1", "--no-window", "--json", *flag]) == 0
    assert json.loads(capsys.readouterr().out)["painted"] == 1
    assert bool(seen) == drawn
