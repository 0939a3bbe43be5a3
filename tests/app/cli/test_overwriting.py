"""One rule for outputs that exist already: refused before any work, unless --overwrite is given."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from allaprima.app.command_line import main

PICTURE = np.random.default_rng(3).integers(0, 256, (48, 64, 3), np.uint8)

COMMANDS = {
    "export": ("export left.png,right.png -o taken.mp4", "taken.mp4"),
    "stylize": ("stylize left.png -o taken.png", "taken.png"),
    "gatys": ("gatys left.png -o taken.png", "taken.png"),
    "gallery": ("styles gallery --photos left.png -o taken", "taken/gallery.html"),
    "gallery's sheet": ("styles gallery --photos left.png -o taken", "taken/gallery.png"),
    "board": ("calibrate board -o taken.pdf", "taken.pdf"),
    "board by default": ("calibrate board", "board.pdf"),
    "solve": ("calibrate solve . -o taken.toml", "taken.toml"),
    "solve's page": ("calibrate solve . --report taken", "taken/index.html"),
    "import": ("calibrate import calib.txt --size 64x48 -o taken.toml", "taken.toml"),
    "import by default": ("calibrate import calib.txt --size 64x48", "rig.toml"),
    "check": ("calibrate check rig.toml --source . -o taken.png", "taken.png"),
    "run's video": ("run --headset simulated --no-window --video taken.mp4", "taken.mp4"),
    "run's report": ("run --headset simulated --no-window --report taken", "taken/report.html"),
    "replay's hashes": ("replay . --no-window --hashes taken.txt", "taken.txt"),
    "demo": ("demo --headless -o taken", "taken/demo.mp4"),
    "demo's sheet": ("demo --headless -o taken", "taken/contact-sheet.png"),
    "latency": ("bench latency --report taken", "taken/report.html"),
    "stability": ("bench stability --report taken", "taken/report.html"),
    "speed": ("bench speed --report taken", "taken/speed.json"),
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with a picture pair and a calibration."""
    monkeypatch.chdir(tmp_path)
    for eye in ("left", "right"):
        cv2.imwrite(f"{eye}.png", PICTURE)
    (tmp_path / "calib.txt").write_text("P0: 60 0 32 0 0 60 24 0 0 0 1 0\nP1: 60 0 32 -3.8 0 60 24 0 0 0 1 0\n")
    return tmp_path


@pytest.mark.parametrize("name", COMMANDS)
def test_an_output_that_exists_is_refused_and_left(here: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    command, output = COMMANDS[name]
    (here / output).parent.mkdir(exist_ok=True)
    (here / output).write_bytes(b"precious")
    assert main([*command.split(), "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["message"] == f"{Path(output)} exists already" and "--overwrite" in error["hint"]
    assert (here / output).read_bytes() == b"precious"
    assert not list(here.rglob(".*"))


@pytest.mark.parametrize(
    "name", ["export", "board", "board by default", "import", "import by default", "replay's hashes"]
)
def test_overwrite_replaces_it(here: Path, name: str) -> None:
    command, output = COMMANDS[name]
    (here / output).write_bytes(b"precious")
    simulated = ["--headset", "simulated", "--size", "64x64"] if command.startswith("replay") else []
    assert main([*command.split(), *simulated, "--overwrite", "--json"]) == 0
    assert (here / output).read_bytes() != b"precious"


def test_trims_set_by_eye_are_not_lost_to_a_second_calibration(here: Path) -> None:
    command = "calibrate import calib.txt --size 64x48 -o rig.toml".split()
    assert main(command) == 0
    rig = here / "rig.toml"
    rig.write_text(rig.read_text().replace("vertical_deg = 0.0", "vertical_deg = 1.5"))
    assert main(command) == 2
    assert "vertical_deg = 1.5" in rig.read_text()


IMPOSSIBLE = [
    "export left.png,right.png -o file/taken.mp4",
    "stylize left.png -o file/taken.png --size 64x64",
    "styles gallery --photos left.png -o file/taken --size 64",
    "styles import left.png -o file/taken",
    "calibrate board -o file/taken.pdf",
    "calibrate import calib.txt --size 64x48 -o file/taken.toml",
    "record file/taken.mkv --source left.png,right.png --no-window --frames 1",
    "replay left.png,right.png --headset simulated --no-window --size 64x64 --frames 1 --hashes file/taken.txt",
    "run --source left.png,right.png --headset simulated --no-window --size 64x64 --frames 1 --video file/taken.mp4",
    "run --source left.png,right.png --headset simulated --no-window --size 64x64 --frames 1 --record file/taken.mkv",
    "bench latency --report file/taken",
    "bench stability --report file/taken",
    "bench speed --report file/taken",
]


@pytest.mark.parametrize("command", IMPOSSIBLE)
def test_an_output_that_cannot_be_is_one_error_in_words(
    here: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    (here / "file").write_bytes(b"precious")
    assert main([*command.split(), "--json"]) in (2, 3, 4)
    error = json.loads(capsys.readouterr().out)["error"]
    assert "file is not a folder" in error["message"] and "Errno" not in error["message"] and error["hint"]
    assert (here / "file").read_bytes() == b"precious"
