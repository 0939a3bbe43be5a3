"""`allaprima calibrate capture` on two cameras: streams from localhost, through OpenCV and its threads."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from mjpeg_streams import MjpegStreams
from rendered import Studio, known_rig, poses

from allaprima.app.command_line import main
from allaprima.calibration.board import Board
from allaprima.calibration.camera import CameraModel
from allaprima.calibration.rig import RigCalibration

BOARD = Board(9, 6)
VIEWS = 8
_PATIENCE = 900  # frames that a pose is shown at most: half a minute


def half_sized(rig: RigCalibration) -> RigCalibration:
    """The same lenses before half as many pixels."""

    def half(camera: CameraModel) -> CameraModel:
        focal, centre = np.array(camera.focal) / 2, (np.array(camera.centre) + 0.5) / 2 - 0.5
        return CameraModel(tuple(focal.tolist()), tuple(centre.tolist()), camera.distortion)

    return RigCalibration((320, 240), half(rig.left), half(rig.right), rig.rotation, rig.translation)


RIG = half_sized(known_rig())


class Person:
    """Shows the board one way until the view is in `folder`, swings it on, and shows it the next way."""

    def __init__(self, folder: Path) -> None:
        studio = Studio(RIG)
        self._held = [studio.pair(BOARD, *pose) for pose in poses(VIEWS + 2, seed=5, reach=0.3)]
        self._jpegs = [[cv2.imencode(".jpg", eye)[1].tobytes() for eye in pair] for pair in self._held]
        self._swung = [
            [cv2.imencode(".jpg", np.roll(eye, 9 * n, axis=1))[1].tobytes() for eye in self._held[0]] for n in range(4)
        ]
        self._folder = folder
        self._pose, self._taken, self._since = 0, 0, 0

    def picture(self, eye: int, number: int) -> bytes:
        """What camera `eye` sees in its frame `number`."""
        taken = len(list(self._folder.glob("left*.png")))
        if taken != self._taken or number - self._since > _PATIENCE:
            self._taken, self._since, self._pose = taken, number, (self._pose + 1) % len(self._jpegs)
        moving = number - self._since
        return self._swung[moving][eye] if 0 <= moving < len(self._swung) else self._jpegs[self._pose][eye]


class Seen(Sequence[bytes]):
    """What one camera sees."""

    def __init__(self, person: Person, eye: int) -> None:
        self._person, self._eye = person, eye

    def __len__(self) -> int:
        return 1 << 30

    def __getitem__(self, number):
        return self._person.picture(self._eye, number)


@pytest.mark.slow
def test_views_of_two_streams_are_collected_and_give_the_rig(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    views = tmp_path / "views"
    person = Person(views)
    with MjpegStreams(pictures=(Seen(person, 0), Seen(person, 1)), phase_s=0.01) as streams:
        flags = ["--source", streams.source, "--views", str(VIEWS), "--no-window", "--json"]
        assert main(["calibrate", "capture", str(views), *flags]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["views"] == VIEWS and report["verdicts"]["hold it still"] >= VIEWS
    assert main(["calibrate", "solve", str(views), "--json"]) == 0
    solved = json.loads(capsys.readouterr().out)
    assert solved["views_used"] == VIEWS and solved["vertical_px"] < 0.2
    for eye, camera in (("left", RIG.left), ("right", RIG.right)):
        assert solved[f"{eye}_focal_px"] == pytest.approx(camera.focal, rel=0.01)
    assert solved["baseline"] == pytest.approx(RIG.baseline_m, rel=0.01)
