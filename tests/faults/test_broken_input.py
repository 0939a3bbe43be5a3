"""An input that is broken in part is told and counted by every command that reads it; one that is broken altogether is
refused before anything else is tried.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from allaprima.app.command_line import main
from allaprima.app.core.errors import SourceError
from allaprima.app.live import headset_and_window
from allaprima.app.recording.picture import write_picture
from allaprima.calibration.board import Board

OFFSCREEN = ("--no-window", "--headset", "simulated", "--eye-size", "80x90", "--engine", "torch", "--fast")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four pairs of which one right picture is cut off; beside a rig file for their size."""
    cells, _ = Board(9, 6, 0.02).cells()
    board = np.where(cells, 30, 220).astype(np.uint8).repeat(18, 0).repeat(18, 1)
    for number in range(4):
        for side, shift in (("left", 40), ("right", 20)):
            picture = np.full((240, 320, 3), 220, np.uint8)
            picture[40 : 40 + board.shape[0], shift : shift + board.shape[1]] = board[..., None]
            write_picture(tmp_path / "walk" / side / f"{number}.png", picture)
    broken = tmp_path / "walk" / "right" / "2.png"
    broken.write_bytes(broken.read_bytes()[:40])
    (tmp_path / "calib.txt").write_text(
        "P0: 300 0 160 0 0 300 120 0 0 0 1 0\nP1: 300 0 160 -18 0 300 120 0 0 0 1 0\n", encoding="utf-8"
    )
    return tmp_path / "walk"


@pytest.mark.parametrize(
    ("line", "pairs"),
    [
        ("replay {folder} --pack {pack} {offscreen}", 3),
        ("record {out}/walk.mkv --source {folder} --no-window", 3),
        ("export {folder} -o {out}/walk.mp4", 3),
        ("calibrate check {calib} --source {folder} --board 9x6", 10),
    ],
)
def test_a_broken_pair_is_told_counted_and_left_out(
    line: str, pairs: int, graphics: object, folder: Path, tiny_pack: Path, tmp_path: Path, capfd: Any
) -> None:
    places = {"folder": folder, "pack": tiny_pack, "out": tmp_path, "calib": tmp_path / "calib.txt"}
    assert main([*line.format(**places, offscreen=" ".join(OFFSCREEN)).split(), "--json"]) == SourceError.exit_code
    told = capfd.readouterr()
    result = json.loads(told.out)
    assert result.get("painted", result.get("pairs")) == pairs
    assert result["damage"] == "1 of 4 pairs are left out"
    assert told.err.count("left out: ") == 1 and "2.png is not a picture" in told.err


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The headsets that were looked for."""
    looked: list[str] = []

    def openers(*arguments: object) -> dict[str, Callable[[], object]]:
        return {"simulated": lambda: looked.append("simulated")}

    monkeypatch.setattr(headset_and_window, "openers", openers)
    return looked


@pytest.mark.parametrize("kind", ["no file", "no picture", "no pair"])
def test_an_input_that_cannot_be_played_is_refused_before_a_headset_is_tried(
    kind: str, graphics: object, tiny_pack: Path, folder: Path, tmp_path: Path, tried: list[str], capfd: Any
) -> None:
    source = tmp_path / "walk_sbs.mkv"
    if kind == "no picture":
        with av.open(str(source), "w") as container:
            stream = container.add_stream("ffv1", rate=25)
            assert isinstance(stream, av.VideoStream)
            stream.width, stream.height, stream.pix_fmt = 128, 48, "yuv420p"
            container.start_encoding()
    elif kind == "no pair":
        source = folder
        shutil.rmtree(folder / "right")
    shown = tmp_path / "shown.mkv"
    assert main(["replay", str(source), "--pack", str(tiny_pack), *OFFSCREEN, "--video", str(shown)]) == 3
    said = capfd.readouterr().err
    assert said.startswith("allaprima: error: ") and str(source) in said and "hint: " in said
    assert not tried and not shown.exists()
