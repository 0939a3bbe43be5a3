"""Stereo films come out with their eyes where they were."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from films import contents, make, quarters

from allaprima.app.command_line import main
from allaprima.app.sources.recorded.opening import open_reel

RED, BLUE = (np.full((64, 96, 3), colour, np.uint8) for colour in ((200, 40, 40), (40, 40, 200)))
AXES = {"sbs": 1, "tb": 0}


def eyes(path: Path) -> list[float]:
    """How much redder than blue each eye is, left and right, as it is read."""
    reel = open_reel(path)
    pair = reel.next()
    reel.close()
    assert pair is not None
    return [float(eye[8:-8, 8:-8, 0].mean() - eye[8:-8, 8:-8, 2].mean()) for eye in (pair.left, pair.right)]


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
@pytest.mark.parametrize(
    ("name", "stereo", "swapped", "axis"),
    [
        ("film_sbs", "", False, 1),
        ("film_rl", "", True, 1),
        ("film_tb", "", False, 0),
        ("film", "right_left", True, 1),
        ("film", "bottom_top", True, 0),
        ("film", "left_right", False, 1),
    ],
)
def test_eyes_stay_where_they_were(
    repaint,
    tmp_path: Path,
    name: str,
    stereo: str,
    swapped: bool,
    axis: int,
    suffix: str,
) -> None:
    halves = (BLUE, RED) if swapped else (RED, BLUE)
    kind = "mkv" if stereo else suffix
    source = make(tmp_path / f"{name}.{kind}", [np.concatenate(halves, axis=axis)] * 2, stereo=stereo)
    for out in (tmp_path / "kept" / f"{name}.{kind}", tmp_path / f"renamed.{suffix}"):
        repaint(source, "-o", out)
        left, right = eyes(out)
        assert left > 50 and right < -50
    stored = contents(tmp_path / "kept" / f"{name}.{kind}").pictures[0]
    assert np.abs(stored[8, 8].astype(int) - halves[0][0, 0]).max() <= 4, "in the order in which they came"


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_half_eyes_stay_half_and_are_seen_in_their_shape(repaint, tmp_path: Path, suffix: str) -> None:
    source = make(tmp_path / "film.3D.HSBS.mp4", [np.hstack((quarters(80, 90), quarters(80, 90)))] * 2)
    report = repaint(source, "-o", tmp_path / f"out.{suffix}")
    assert "squeezed to half" in report["said"] and "--stereo mono" in report["said"]
    for path in (source, tmp_path / f"out.{suffix}"):  # the second one by its shape, that of a screen
        reel = open_reel(path)
        fov = reel.rig.left.fov
        assert (fov.left + fov.right) / (fov.up + fov.down) == pytest.approx(160 / 90, rel=0.01)
        reel.close()


def test_an_exported_half_film_says_so(tmp_path: Path) -> None:
    source = make(tmp_path / "film.HSBS.mp4", [np.hstack((quarters(48), quarters(48)))] * 2)
    for suffix in ("mp4", "mkv"):
        out = tmp_path / f"out.{suffix}"
        assert main(["export", str(source), "-o", str(out)]) == 0
        reel = open_reel(out)
        assert reel.size == (48, 64)
        fov = reel.rig.left.fov
        assert (fov.left + fov.right) / (fov.up + fov.down) == pytest.approx(96 / 64, rel=0.01)
        reel.close()


def test_what_the_stream_itself_says_is_read(repaint, tmp_path: Path) -> None:
    options = {"crf": "6", "bf": "0", "x264-params": "frame-packing=3"}
    source = make(tmp_path / "film.mp4", [np.hstack((RED, BLUE))] * 2, options=options)
    report = repaint(source, "-o", tmp_path / "out.mp4")
    assert report["files"][0]["layout"] == "sbs" and "the file says so" in report["said"]
    left, right = eyes(tmp_path / "out.mp4")
    assert left > 50 and right < -50


def test_export_keeps_sound_shape_and_times_of_a_part(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pictures = [np.hstack((quarters(48), quarters(48)))] * 20
    source = make(tmp_path / "film_half-sbs.mp4", pictures, sound=("aac",))
    assert main(["export", str(source), "-o", str(tmp_path / "left.mp4"), "--layout", "left"]) == 0
    whole = contents(tmp_path / "left.mp4")
    assert whole.aspect == 2 and whole.packets == contents(source).packets
    assert main(["export", str(source), "-o", str(tmp_path / "part.mp4"), "--span", "0.2:0.6"]) == 0
    part = contents(tmp_path / "part.mp4")
    assert len(part.pictures) == 10 and part.times[0] == 0
    assert 0 < len(part.packets[0]) < len(whole.packets[0])
    assert part.seconds == pytest.approx(0.4, abs=0.03)
    assert Fraction(0) <= part.sound_times[0] < Fraction(3, 100)
