"""Every command that writes, in a process of its own, ended by a signal at five moments: what it writes is whole or
absent, nothing hidden is left, and the exit code is the documented one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from patience import PATIENCE_S

from allaprima.app.command_line import main
from allaprima.app.packs.pack import load_pack
from allaprima.app.recording.picture import write_picture
from allaprima.app.sources.recorded.film import Film
from allaprima.app.sources.recorded.opening import open_reel
from allaprima.calibration.board import Board

DATA = Path(os.environ.get("ALLAPRIMA_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
CODES = {"SIGTERM": 143, "SIGHUP": 129, "SIGINT": 130}
OPENED, WRITER = "allaprima.app.live.cameras_and_rig:open_requested", "allaprima.app.recording.video:VideoWriter"
SUBMIT, LOOK = "allaprima.app.headset.simulated:SimulatedHeadset.submit", "allaprima.app.guided.collector:Collector"
READ, RECORDER = "allaprima.app.sources.recorded.opening:open_reel", "allaprima.app.recording.recorder:Recorder"
MOMENTS = {
    "run": [(READ, 1), (f"{WRITER}.__init__()", 1), (SUBMIT, 1), (SUBMIT, 8), (f"{WRITER}.close", 1)],
    "stylize": [
        (READ.replace("opening:open_reel", "video:Film.next"), 1),
        *((f"{WRITER}.{name}", call) for name, call in (("__init__()", 1), ("write", 1), ("write", 7), ("close", 1))),
    ],
    "export": [
        (READ, 1),
        *((f"{WRITER}.{name}", call) for name, call in (("__init__()", 1), ("write", 1), ("write", 7), ("close", 1))),
    ],
    "record": [
        (OPENED, 1),
        *((f"{RECORDER}.{name}", call) for name, call in (("__init__()", 1), ("write", 1), ("write", 5))),
        ("allaprima.app.recording.stereo_recording:StereoRecording.close", 1),
    ],
    "train": [
        ("torch.optim:Adam.__init__", 1),
        ("torch.optim:Adam.step", 1),
        ("torch.optim:Adam.step", 3),
        ("torch:save", 2),
        ("torch.onnx:export", 1),
    ],
    "capture": [
        (OPENED, 1),
        (f"{LOOK}.start()", 1),
        (f"{LOOK}._look", 1),
        (f"{LOOK}._look", 9),
        ("allaprima.app.core.files:_rename_new", 1),
        ("allaprima.app.core.files:_rename_new()", 1),
    ],
}
ROWS = [
    (command, place, call, name)
    for command, moments in MOMENTS.items()
    for number, (place, call) in enumerate(moments)
    for name in (CODES if number == 3 and command != "train" else ["SIGTERM"])  # a training takes its time
    if sys.platform != "win32" or name != "SIGHUP"
]


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`pairs/`, the same as `walk_sbs.mp4`, `board/`, and `photos/` beside a painting, `red.png`; all small."""
    folder, random = tmp_path_factory.mktemp("inputs"), np.random.default_rng(3)
    for number in range(12):
        for side in ("left", "right"):
            noise = random.integers(0, 256, (64, 96, 3), np.uint8)
            write_picture(folder / "pairs" / side / f"{number:02}.png", noise)
    assert main(["export", str(folder / "pairs"), "-o", str(folder / "walk_sbs.mp4")]) == 0
    cells, _ = Board(7, 5, 0.02).cells()
    board = np.where(cells, 30, 220).astype(np.uint8).repeat(24, 0).repeat(24, 1)
    for number in range(16):
        for side, shift in (("left", 40), ("right", 20)):
            picture = np.full((240, 320, 3), 220, np.uint8)
            row, column = 20 + 20 * (number // 8), shift + 30 * (number // 8)
            picture[row : row + board.shape[0], column : column + board.shape[1]] = board[..., None]
            write_picture(folder / "board" / side / f"{number:02}.png", picture)
    for number, name in enumerate(("photos/0", "photos/1", "photos/2", "photos/3", "photos/4", "red")):
        noise = np.random.default_rng(number).integers(0, 256, (6, 8, 3), np.uint8)
        write_picture(folder / f"{name}.png", np.asarray(cv2.resize(noise, (140, 100)), np.uint8))
    return folder


def command_line(command: str, inputs: Path, out: Path, pack: Path) -> list[str]:
    lines = {
        "run": f"run --source {inputs}/pairs --loop --no-window --headset simulated --frames 12 --pack {pack} --json "
        f"--eye-size 80x90 --video {out}/shown.mkv --record {out}/seen.mkv --report {out}/report",
        "stylize": f"stylize {inputs}/walk_sbs.mp4 -o {out}/painted.mkv --pack {pack}",
        "export": f"export {inputs}/walk_sbs.mp4 -o {out}/walk.mp4",
        "record": f"record {out}/walk.mkv --source {inputs}/pairs --loop --no-window --frames 12",
        "train": f"styles train --style {inputs}/red.png --photos {inputs}/photos -o {out}/pack --vgg {DATA}/vgg "
        "--family E8-16x1c2 --iterations 3 --threads 1 --crop 64 --pairs 1 --stroke-size 0.12 --keep-failed "
        f"--no-compile --preview {inputs}/photos/0.png",
        "capture": f"calibrate capture {out}/views --source {inputs}/board --board 7x5 --no-window",
    }
    return lines[command].split()  # no folder of a test has a space in its name


def check_whole(out: Path) -> None:
    """Everything in `out` can be played, opened or gone on with, and nothing hidden or half-written is there."""
    files = [path for path in out.rglob("*") if path.is_file()]
    assert not [path for path in files if path.name.startswith(".") or "part" in path.name or "tmp" in path.name]
    assert not [path for path in out.rglob("*") if path.is_dir() and path.name.startswith(".")]
    for path in files:
        if path.suffix in (".png", ".jpg"):
            assert cv2.imread(str(path)) is not None
        elif path.with_suffix(".jsonl").exists() and path.suffix == ".mkv":
            reel = open_reel(path)
            assert reel.next() and not reel.damage
            reel.close()
        elif path.suffix in (".mkv", ".mp4"):
            film = Film(path)
            assert film.next() is not None
            film.close()
        elif path.suffix == ".json":
            json.loads(path.read_text(encoding="utf-8"))
        elif path.name == "checkpoint.pt":
            import torch

            assert torch.load(path, weights_only=True)
    if (out / "pack").exists():
        assert load_pack(str(out / "pack")).styles


@pytest.mark.timeout(3.5 * PATIENCE_S)
@pytest.mark.parametrize(
    ("command", "place", "call", "name"),
    [
        pytest.param(
            *row,
            id=f"{row[0]}-{row[1].rpartition(':')[2]}-{row[2]}-{row[3]}",
            marks=[pytest.mark.slow] if row[0] == "train" else [],
        )
        for row in ROWS
    ],
)
def test_what_a_command_writes_is_whole_or_absent(
    command: str, place: str, call: int, name: str, graphics: object, inputs: Path, tiny_pack: Path, tmp_path: Path
) -> None:
    if command == "train" and not (DATA / "vgg").is_dir():
        pytest.skip(f"NO VGG WEIGHTS in {DATA / 'vgg'}: not trained")
    line = command_line(command, inputs, tmp_path, tiny_pack)
    ended = subprocess.run(
        [sys.executable, "-P", Path(__file__).with_name("ended.py"), name, place, str(call), *line],
        capture_output=True,
        text=True,
        timeout=3 * PATIENCE_S,  # a step of training takes its time on a crowded machine
    )
    assert ended.returncode == CODES[name], ended.stderr
    assert "Traceback" not in ended.stderr and "internal error" not in ended.stderr
    check_whole(tmp_path)
