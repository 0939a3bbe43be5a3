"""Two programs at a time, on one cache and on one recording: both are fine, or one gets a clear error."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from patience import PATIENCE_S

from allaprima.app.core.errors import RecordingError
from allaprima.app.core.journal import Opening
from allaprima.app.recording import stereo_recording
from allaprima.app.recording.picture import write_picture
from allaprima.app.recording.stereo_recording import StereoRecording
from allaprima.app.sources.recorded.opening import open_reel


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    random = np.random.default_rng(3)
    for number in range(12):
        for side in ("left", "right"):
            noise = random.integers(0, 256, (64, 96, 3), np.uint8)
            write_picture(tmp_path / "pairs" / side / f"{number:02}.png", noise)
    return tmp_path / "pairs"


def both(*lines: list[str], **environment: str) -> Iterator[tuple[int, str, str]]:
    """Exit code, standard output and standard error of programs that run at one time."""
    with ExitStack() as stack:
        programs = []
        for line in lines:
            command = [sys.executable, "-P", "-m", "allaprima.app", *line]
            programs.append(
                subprocess.Popen(
                    command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | environment
                )
            )
            stack.enter_context(programs[-1])
            stack.callback(programs[-1].kill)
        for program in programs:
            out, err = program.communicate(timeout=PATIENCE_S)
            yield program.returncode, out, err


def test_one_name_is_recorded_by_one_of_two_programs(pairs: Path, tmp_path: Path) -> None:
    file = tmp_path / "out" / "walk.mkv"
    line = ["record", str(file), "--source", str(pairs), "--loop", "--no-window", "--frames", "12"]
    ended = sorted(both(line, line))
    assert [code for code, _, _ in ended] == [0, 3], ended
    assert "walk.mkv exists already" in ended[1][2] or "walk.jsonl exists already" in ended[1][2]
    reel = open_reel(file)
    assert reel.next() and not reel.damage
    reel.close()
    assert sorted(path.name for path in file.parent.iterdir()) == ["walk.jsonl", "walk.mkv"]


def test_a_recording_that_another_program_began_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look at the name and the file under it, another program may come."""
    monkeypatch.setattr(stereo_recording, "check_new", lambda path: None)
    (tmp_path / "walk.mkv").write_bytes(b"another's")
    with pytest.raises(RecordingError, match="exists already"):
        StereoRecording(tmp_path / "walk.mkv", Opening((96, 64)))
    assert (tmp_path / "walk.mkv").read_bytes() == b"another's"


def test_two_programs_fill_one_cache_and_one_folder_of_recordings(
    graphics: object, pairs: Path, tmp_path: Path, tiny_pack: Path
) -> None:
    out, cache = tmp_path / "out", tmp_path / "compiled"
    painted = f"run --source {pairs} --no-window --headset simulated --pack {tiny_pack} --json --eye-size 80x90 --loop"
    lines = [f"{painted} --frames 12 --record {out}/{name}.mkv".split() for name in ("one", "other")]
    for code, said, err in both(*lines, ALLAPRIMA_COMPILED=str(cache)):
        assert code == 0, err
        (take,) = json.loads(said)["recordings"]
        reel = open_reel(Path(take["file"]))
        assert reel.next() and not reel.damage and take["error"] is None
        reel.close()
    assert not [path for path in (*cache.rglob("*"), *out.iterdir()) if "part" in path.name]
