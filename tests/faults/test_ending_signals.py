"""SIGTERM and SIGHUP at every moment: what a command writes is playable or absent, and nothing hidden is left."""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from patience import PATIENCE_S, eventually

from allaprima.app.command_line import main
from allaprima.app.recording.picture import write_picture
from allaprima.app.sources.recorded.film import Film
from allaprima.app.sources.recorded.opening import open_reel

SIGNALS = {"SIGTERM": 143} if sys.platform == "win32" else {"SIGTERM": 143, "SIGHUP": 129}
not_windows = pytest.mark.skipif(sys.platform == "win32", reason="WINDOWS SENDS NO SIGTERM TO ANOTHER PROGRAM")


@pytest.fixture(autouse=True)
def hangs_up() -> Iterator[None]:
    """SIGHUP ends a program even where the tests run under nohup."""
    before = None if sys.platform == "win32" else signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    if before is not None:
        signal.signal(signal.SIGHUP, before)


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    random = np.random.default_rng(3)
    for number in range(12):
        for side in ("left", "right"):
            write_picture(
                tmp_path / "pairs" / side / f"{number:02}.png", random.integers(0, 256, (64, 96, 3), np.uint8)
            )
    return tmp_path / "pairs"


@pytest.fixture
def film(pairs: Path, tmp_path: Path) -> Path:
    """The pairs as a video."""
    assert main(["export", str(pairs), "-o", str(tmp_path / "walk_sbs.mp4")]) == 0
    return tmp_path / "walk_sbs.mp4"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def signal_at(monkeypatch: pytest.MonkeyPatch, place: str, call: int, number: int) -> None:
    """Raises the signal, twice as `timeout` does, as the `call`th call of `module:name.name` begins; as it ends where
    `place` ends in "()".
    """
    place, ends = place.removesuffix("()"), place.endswith("()")
    module, _, names = place.partition(":")
    owner: Any = importlib.import_module(f"allaprima.app.{module}")
    *path, name = names.split(".")
    for step in path:
        owner = getattr(owner, step)
    whole, calls = getattr(owner, name), []

    def interrupted(*arguments: Any, **options: Any) -> Any:
        calls.append(1)
        result = whole(*arguments, **options) if ends else None
        if len(calls) == call:
            signal.raise_signal(number)
            signal.raise_signal(number)
        return result if ends else whole(*arguments, **options)

    monkeypatch.setattr(owner, name, interrupted)


def played(video: Path) -> int:
    """Its pictures. Raises where it cannot be played."""
    film, count = Film(video), 0
    while film.next() is not None:
        count += 1
    film.close()
    return count


WRITER = "recording.video:VideoWriter"
MOMENTS = [
    ("sources.recorded.opening:open_reel", 1),
    ("sources.recorded.film:Film.next", 1),
    (f"{WRITER}.__init__", 1),
    (f"{WRITER}.write", 1),
    (f"{WRITER}.write", 7),
    (f"{WRITER}.close", 1),
    ("core.files:PartialFile.commit", 1),
]


@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize(("place", "call"), MOMENTS[1:])
def test_a_film_that_is_being_painted_is_whole_or_absent(
    place: str, call: int, name: str, film: Path, out: Path, tiny_pack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signal_at(monkeypatch, place, call, getattr(signal, name))
    painted = out / "painted.mkv"
    code = main(["stylize", str(film), "-o", str(painted), "--pack", str(tiny_pack), "--precision", "f32"])
    assert code == SIGNALS[name]
    assert list(out.iterdir()) in ([], [painted])
    assert not painted.exists() or played(painted) == 12


@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize(("place", "call"), MOMENTS)
def test_an_export_is_whole_or_absent(
    place: str, call: int, name: str, film: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signal_at(monkeypatch, place, call, getattr(signal, name))
    exported = out / "walk.mp4"
    assert main(["export", str(film), "-o", str(exported)]) == SIGNALS[name]
    assert list(out.iterdir()) in ([], [exported])
    assert not exported.exists() or played(exported) == 12


@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize(
    ("place", "call"),
    [
        ("headset.simulated:SimulatedHeadset.__init__", 1),
        ("recording.recorder:Recorder.__init__()", 1),
        ("recording.background:BackgroundSink.__init__()", 1),
        ("live.pipeline:Pipeline.start", 1),
        ("headset.simulated:SimulatedHeadset.submit", 1),
        ("headset.simulated:SimulatedHeadset.submit", 20),
        (f"{WRITER}.close", 1),
        ("latency.report:write_report", 1),
    ],
)
def test_a_session_completes_its_video_recording_and_report(
    place: str,
    call: int,
    name: str,
    graphics: object,
    pairs: Path,
    out: Path,
    tiny_pack: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    signal_at(monkeypatch, place, call, getattr(signal, name))
    video, recording, report = out / "shown.mkv", out / "seen.mkv", out / "report"
    flags = ["--no-window", "--json", "--pack", str(tiny_pack), "--eye-size", "80x90", "--engine", "torch"]
    flags += ["--loop", "--video", str(video), "--record", str(recording), "--report", str(report)]
    if call != 20:
        flags += ["--frames", "12"]
    assert main(["run", "--source", str(pairs), *flags]) == SIGNALS[name]
    result = json.loads(capfd.readouterr().out)
    left = [path for path in out.rglob("*") if path.is_file()]
    assert not [path for path in left if path.name.startswith(".") or "part" in path.name]
    assert set(map(str, left)) - {str(recording.with_suffix(".jsonl"))} <= set(result.get("files", []))
    assert not video.exists() or played(video)
    assert not recording.exists() or open_reel(recording).next()
    if call == 20:
        assert video.exists() and recording.exists() and (report / "report.html").exists()


@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize(
    ("place", "call"),
    [
        ("live.cameras_and_rig:open_requested", 1),
        ("recording.recorder:Recorder.__init__()", 1),
        ("recording.recorder:Recorder.write", 1),
        ("recording.recorder:Recorder.write", 30),
        ("recording.stereo_recording:StereoRecording.close", 1),
    ],
)
def test_a_recording_is_closed(
    place: str, call: int, name: str, pairs: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signal_at(monkeypatch, place, call, getattr(signal, name))
    file = out / "walk.mkv"
    flags = ["--source", str(pairs), "--loop", "--no-window", *(["--frames", "12"] if "close" in place else [])]
    assert main(["record", str(file), *flags]) == SIGNALS[name]
    eventually(lambda: "recorder" not in [thread.name for thread in threading.enumerate()])
    assert set(out.iterdir()) in (set(), {file, file.with_suffix(".jsonl")})
    if file.exists():
        reel = open_reel(file)
        assert reel.next() and not reel.damage
        reel.close()


@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize("call", [1, 8])
def test_views_of_the_board_that_were_taken_stay(
    call: int, name: str, pairs: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signal_at(monkeypatch, "guided.collector:Collector._look", call, getattr(signal, name))
    assert main(["calibrate", "capture", str(out), "--source", str(pairs), "--no-window"]) == SIGNALS[name]
    assert {path.suffix for path in out.iterdir()} <= {".png", ".jpg"}


class Program:
    """`allaprima run` on endless pairs, in a process of its own, writing a video and a recording."""

    def __init__(self, pairs: Path, out: Path, pack: Path, terminal: int | None = None) -> None:
        self.video, self.recording = out / "shown.mkv", out / "seen.mkv"

        def holds_something(pattern: str) -> bool:
            """More than a file that is opened: pictures that were encoded."""
            return any(path.stat().st_size > 10_000 for path in out.glob(pattern))

        command = [
            "run",
            "--source",
            str(pairs),
            "--loop",
            "--no-window",
            "--headset",
            "simulated",
            "--engine",
            "torch",
        ]
        command += ["--pack", str(pack), "--eye-size", "80x90", "--report", str(out / "report")]
        command += ["--video", str(self.video), "--record", str(self.recording)]
        streams: dict[str, Any] = {"stdin": terminal, "stdout": terminal, "stderr": terminal}
        if terminal is None:
            streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        self.process = subprocess.Popen([sys.executable, "-P", "-m", "allaprima.app", *command], **streams)
        try:
            eventually(
                lambda: (
                    self.process.poll() is not None or (holds_something(".allaprima-*") and holds_something("seen*"))
                )
            )
            assert self.process.poll() is None, "it ended by itself"
        except BaseException:
            self.kill()
            raise

    def ended(self) -> int:
        try:
            return self.process.wait(PATIENCE_S)
        finally:
            self.kill()

    def kill(self) -> None:
        self.process.kill()
        for stream in (self.process.stdout, self.process.stderr):
            if stream:
                stream.close()
        self.process.wait()


@not_windows
@pytest.mark.slow
def test_a_program_that_is_told_twice_to_end_completes_its_files(
    graphics: object, pairs: Path, out: Path, tiny_pack: Path
) -> None:
    program = Program(pairs, out, tiny_pack)
    program.process.send_signal(signal.SIGTERM)
    program.process.send_signal(signal.SIGTERM)
    assert program.ended() == 143
    assert played(program.video) and open_reel(program.recording).next() and (out / "report" / "report.html").exists()
    assert not list(out.glob(".*"))


@not_windows
@pytest.mark.slow
def test_a_program_whose_terminal_is_closed_completes_its_files(
    graphics: object, pairs: Path, out: Path, tiny_pack: Path
) -> None:
    ours, its = os.openpty()
    program = Program(pairs, out, tiny_pack, its)
    os.close(its)
    os.close(ours)
    program.process.send_signal(signal.SIGHUP)  # as the shell in that terminal does
    assert program.ended() == 129
    assert played(program.video) and open_reel(program.recording).next() and (out / "report" / "report.html").exists()
    assert not list(out.glob(".*"))


@not_windows
def test_a_program_that_nohup_started_lives_on(pairs: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        signal_at(monkeypatch, f"{WRITER}.write", 7, signal.SIGHUP)
        assert main(["export", str(pairs), "-o", str(out / "walk.mp4")]) == 0
    finally:
        signal.signal(signal.SIGHUP, before)
