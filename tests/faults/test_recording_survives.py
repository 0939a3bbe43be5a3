"""A real program is killed, a real disk is full: what was recorded until then plays."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from patience import PATIENCE_S, eventually

from allaprima.app.recording.picture import write_picture
from allaprima.app.sources.recorded.opening import open_reel
from allaprima.app.sources.recorded.stereo_recording import StereoRecordingReel

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """Six noisy pairs, some 70 kB each when nothing may be lost."""
    random = np.random.default_rng(3)
    for number in range(6):
        for side in ("left", "right"):
            write_picture(tmp_path / "pairs" / side / f"{number}.png", random.integers(0, 256, (96, 128, 3), np.uint8))
    return tmp_path / "pairs"


@pytest.fixture
def start(pairs: Path) -> Iterator[Start]:
    """Starts programs that record `pairs`; those that still run at the end are killed."""
    with ExitStack() as programs:

        def start_one(file: Path, *flags: str, preexec_fn: Callable[[], None] | None = None) -> subprocess.Popen[str]:
            command = ["record", str(file), "--source", str(pairs), "--loop", "--rate", "60", "--no-window", "--json"]
            program: subprocess.Popen[str] = subprocess.Popen(
                [sys.executable, "-P", "-m", "allaprima.app", *command, *flags],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=preexec_fn,
            )  # fmt: skip
            programs.enter_context(program)
            programs.callback(program.kill)
            return program

        yield start_one


def whole_pairs(file: Path) -> tuple[int, StereoRecordingReel]:
    reel, count = open_reel(file), 0
    assert isinstance(reel, StereoRecordingReel)
    while reel.next() is not None:
        count += 1
    reel.close()
    return count, reel


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="NO SIGKILL ON WINDOWS: killing was not tested")
@pytest.mark.parametrize("codec", ["ffv1", "h264"])
def test_kill_9_costs_less_than_half_a_second(tmp_path: Path, start: Start, codec: str) -> None:
    file = tmp_path / "walk.mkv"
    program = start(file, "--codec", codec)
    journal = file.with_suffix(".jsonl")
    enough: Callable[[], bool] = lambda: journal.exists() and journal.read_text().count('{"pair"') >= 60  # noqa: E731
    eventually(lambda: program.poll() is not None or enough())
    assert program.poll() is None, program.communicate()
    program.send_signal(signal.SIGKILL)
    program.communicate()
    count, reel = whole_pairs(file)
    assert len(reel.journal.shots) >= 60 and len(reel.journal.shots) - count <= 30, "half a second at 60 Hz"
    assert "cut short" in reel.damage


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB."""
    at = tmp_path / "disk"
    at.mkdir()
    mounted = sys.platform == "linux" and os.geteuid() == 0
    if mounted:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(at)], capture_output=True, timeout=60
        )
        mounted = done.returncode == 0
    if not mounted:
        pytest.skip("MAY NOT MOUNT: a real full disk was not tested, a limited file size was")
    yield at
    subprocess.run(["umount", "-l", str(at)], check=True, timeout=60)


def test_a_full_disk_ends_the_recording_and_what_it_holds_plays(small_disk: Path, start: Start) -> None:
    program = start(small_disk / "walk.mkv")
    out, err = program.communicate(timeout=PATIENCE_S)
    assert program.returncode == 3 and "Traceback" not in err
    told = json.loads(out)["error"]["message"]
    assert "disk is full" in told
    assert "until then plays" in told
    assert whole_pairs(small_disk / "walk.mkv")[0] >= 15


@pytest.mark.slow
def test_a_full_disk_ends_the_recording_and_not_the_session(
    small_disk: Path, pairs: Path, graphics: object, tiny_pack: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    from allaprima.app.command_line import main

    endless = ["--source", str(pairs), "--loop", "--rate", "60", "--frames", "60"]
    flags = ["--no-window", "--json", "--pack", str(tiny_pack), "--eye-size", "80x90", "--engine", "torch"]
    code = main(["run", *endless, *flags, "--record", str(small_disk / "walk.mkv")])
    result = json.loads(capfd.readouterr().out)
    (taken,) = result["recordings"]
    assert code == 0 and result["painted"] == 60
    assert "disk is full" in taken["error"] and taken["dropped"] == result["dropped"]["recorder"] > 0
    whole, _ = whole_pairs(small_disk / "walk.mkv")
    assert 15 <= taken["pairs"] - 1 <= whole <= taken["pairs"], "the last one may not have reached the disk"


@pytest.mark.skipif(sys.platform == "win32", reason="NO LIMIT OF FILE SIZES ON WINDOWS: not tested")
def test_a_file_that_may_not_grow_ends_the_recording_cleanly(tmp_path: Path, start: Start) -> None:
    import resource

    limited: Callable[[], None] = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))  # noqa: E731
    program = start(tmp_path / "walk.mkv", preexec_fn=limited)
    out, err = program.communicate(timeout=PATIENCE_S)
    assert program.returncode == 3 and "Traceback" not in err
    assert "cannot be written" in json.loads(out)["error"]["message"]
    assert whole_pairs(tmp_path / "walk.mkv")[0] >= 8
