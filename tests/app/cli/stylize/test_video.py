"""`allaprima stylize` on moving pictures."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from allaprima.app.command_line import main

av = pytest.importorskip("av")

QUARTERS = np.array([[(200, 40, 40), (40, 180, 60)], [(50, 60, 200), (230, 230, 220)]], np.uint8)


def eye(width: int, height: int, turn: int = 0) -> np.ndarray:
    """Four coloured quarters, left to right, top to bottom."""
    return np.roll(QUARTERS, turn, axis=1).repeat(height // 2, 0).repeat(width // 2, 1)


def film(path: Path, pictures: list[np.ndarray], rate: int = 12) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(rate), options={"crf": "4"})
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for rgb in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24")))
        container.mux(stream.encode(None))
    return path


def play(path: Path) -> tuple[list[np.ndarray], float]:
    with av.open(str(path)) as container:
        rate = float(container.streams.video[0].average_rate)
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)], rate


@pytest.fixture
def stylize(tiny_pack: Path, capsys: pytest.CaptureFixture[str]):
    def run(*arguments: object, code: int = 0) -> dict:
        argv = ["stylize", *map(str, arguments), "--pack", str(tiny_pack), "--precision", "f32", "--json"]
        assert main(argv) == code
        captured = capsys.readouterr()
        return json.loads(captured.out)

    return run


def nearly(a: np.ndarray, b: np.ndarray) -> bool:
    """Equal but for what compression does."""
    return float(np.abs(a.astype(int) - b).mean()) < 6


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_every_picture_is_written_at_the_same_rate(stylize, tmp_path: Path, suffix: str) -> None:
    source = film(tmp_path / "in.mp4", [eye(96, 64, turn % 2) for turn in range(7)])
    report = stylize(source, "-o", tmp_path / f"out{suffix}", "--strength", "0")
    pictures, rate = play(tmp_path / f"out{suffix}")
    assert len(pictures) == report["pairs"] == 7
    assert rate == pytest.approx(12)
    assert all(nearly(picture, eye(96, 64, turn % 2)) for turn, picture in enumerate(pictures))
    assert report["files"][0]["layout"] == "mono"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.mp4", f"out{suffix}"]


@pytest.mark.parametrize(("layout", "axis"), [("sbs", 1), ("tb", 0)])
def test_stereo_video_keeps_its_layout(stylize, tmp_path: Path, layout: str, axis: int) -> None:
    both = np.concatenate([eye(96, 64), eye(96, 64, 1)], axis=axis)
    source = film(tmp_path / f"walk_{layout}.mp4", [both] * 3)  # found by the name
    report = stylize(source, "-o", tmp_path / "painted", "--strength", "0")
    pictures, _ = play(tmp_path / "painted" / f"walk_{layout}.mp4")
    assert report["files"][0]["layout"] == layout
    assert report["files"][0]["size"] == [96, 64]
    assert all(nearly(picture, both) for picture in pictures) and len(pictures) == 3


def test_two_videos_become_one_side_by_side(stylize, tmp_path: Path) -> None:
    left, right = eye(96, 64), eye(96, 64, 1)
    inputs = film(tmp_path / "cam_left.mp4", [left] * 3), film(tmp_path / "cam_right.mp4", [right] * 3)
    stylize(*inputs, "-o", tmp_path / "out.mkv", "--strength", "0")
    pictures, _ = play(tmp_path / "out.mkv")
    assert all(nearly(picture, np.concatenate([left, right], axis=1)) for picture in pictures)


def test_size_asked_for_is_the_size_written(stylize, tmp_path: Path) -> None:
    source = film(tmp_path / "in.mp4", [eye(130, 98)] * 2)
    stylize(source, "-o", tmp_path / "out.mp4", "--size", "96")
    assert play(tmp_path / "out.mp4")[0][0].shape == (72, 96, 3)


def test_video_cut_short_leaves_nothing_behind(stylize, tmp_path: Path) -> None:
    source = film(tmp_path / "in.mp4", [eye(96, 64, turn % 2) for turn in range(12)])
    whole = source.read_bytes()
    source.write_bytes(whole[: len(whole) // 2])  # the index is at the end
    report = stylize(source, "-o", tmp_path / "out.mp4", code=3)
    assert "in.mp4" in report["error"]["message"]
    assert [path.name for path in tmp_path.iterdir()] == ["in.mp4"]


def test_failure_while_painting_leaves_no_half_video(stylize, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from allaprima.app.core.errors import EngineError
    from allaprima.app.offline.painter import Painter

    whole, count = Painter.paint, iter(range(9))

    def fails_at_the_third(self, *arguments):
        if next(count) == 2:
            raise EngineError("the device fell out", "push it back in")
        return whole(self, *arguments)

    monkeypatch.setattr(Painter, "paint", fails_at_the_third)
    source = film(tmp_path / "in.mp4", [eye(96, 64)] * 5)
    report = stylize(source, "-o", tmp_path / "out.mp4", code=5)
    assert report["error"]["message"] == "the device fell out"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.mp4"]
