"""`run` and `replay` from the command line to their exit codes, JSON and files, offscreen."""

from __future__ import annotations

import json
import signal
import socket
import sys
import threading
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from patience import PATIENCE_S

from allaprima.app.cli.shared import session_request
from allaprima.app.cli.shared.progress import drawing_progress
from allaprima.app.command_line import main
from allaprima.app.core.errors import RecordingError
from allaprima.app.headset.simulated import SimulatedHeadset
from allaprima.app.live.pipeline import Pipeline
from allaprima.app.recording.picture import write_picture
from allaprima.app.sources.recorded.film import Film
from allaprima.app.sources.recorded.folder import FolderReel
from allaprima.app.sources.reel import ReelPair
from allaprima.app.web import announcing
from allaprima.app.web.server import WebServer


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Five pairs in a folder whose name is not plain ASCII."""
    folder = tmp_path / "ein Weg über Land"
    for number in range(5):
        for side in ("left", "right"):
            write_picture(folder / side / f"{number}.png", np.full((64, 96, 3), 40 * number, np.uint8))
    return folder


@pytest.fixture
def replay(
    graphics: object, tiny_pack: Path, recording: Path, capfd: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, dict[str, Any]]]:
    """`allaprima replay` of it offscreen: the exit code, and all that was on standard output, parsed."""

    def run(*arguments: str, source: Path = recording) -> tuple[int, dict[str, Any]]:
        flags = ["--no-window", "--json", "--pack", str(tiny_pack), "--eye-size", "80x90", "--engine", "torch"]
        code = main(["replay", str(source), *flags, *arguments])
        return code, json.loads(capfd.readouterr().out)

    return run


def at_frame(monkeypatch: pytest.MonkeyPatch, number: int, act: Callable[[SimulatedHeadset], None]) -> None:
    """Does `act` when the headset is handed its frame of that number."""
    submit = SimulatedHeadset.submit

    def acting(self: SimulatedHeadset, frame: Any) -> None:
        submit(self, frame)
        if self.timing().submitted == number:
            act(self)

    monkeypatch.setattr(SimulatedHeadset, "submit", acting)


def test_no_output_of_a_session_replaces_another_or_what_is_played(tmp_path: Path, replay: Callable[..., Any]) -> None:
    walk, journal, new = tmp_path / "walk.mkv", tmp_path / "walk.jsonl", str(tmp_path / "new.mkv")
    walk.write_bytes(b"film")
    journal.write_bytes(b"lines")
    for outputs in (("--video", new, "--hashes", new), ("--video", str(walk)), ("--hashes", str(walk)),
                    ("--hashes", str(journal))):  # fmt: skip
        code, told = replay(*outputs, "--overwrite", source=walk)
        assert code == 2 and "name" in told["error"]["hint"], told
    assert (walk.read_bytes(), journal.read_bytes(), sorted(tmp_path.glob("new*"))) == (b"film", b"lines", [])


@pytest.mark.parametrize(("how", "expected"), [("ctrl-C", 130), ("q", 0)])
def test_an_ended_session_keeps_its_video_and_its_report(
    replay: Callable[..., tuple[int, dict[str, Any]]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    how: str,
    expected: int,
) -> None:
    before = signal.getsignal(signal.SIGINT)
    at_frame(monkeypatch, 20, lambda h: signal.raise_signal(signal.SIGINT) if how == "ctrl-C" else h.press("quit"))
    video, report = tmp_path / "out" / "film.mkv", tmp_path / "report"
    code, result = replay("--loop", "--video", str(video), "--report", str(report))
    assert code == expected
    assert {video, report / "report.html"} <= set(map(Path, result["files"]))
    film = Film(video)
    assert film.next() is not None
    film.close()
    assert sorted(path.name for path in report.iterdir()) == ["report.html", "report.json", "trace.json"]
    assert [path.name for path in video.parent.iterdir()] == ["film.mkv"], "nothing half-written"
    assert not [t.name for t in threading.enumerate() if t.name in ("source", "stylize", "recorder")]
    assert signal.getsignal(signal.SIGINT) is before


def test_a_source_that_breaks_leaves_a_whole_video_of_what_was_before(
    replay: Callable[..., tuple[int, dict[str, Any]]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    whole = FolderReel.next

    def breaking(self: FolderReel) -> ReelPair | None:
        pair = whole(self)
        if pair is not None and pair.left[0, 0, 0] == 160:
            raise RecordingError("the disk is gone")
        return pair

    monkeypatch.setattr(FolderReel, "next", breaking)
    video = tmp_path / "film.mkv"
    code, result = replay("--fast", "--video", str(video))
    assert code == 3 and result["error"]["message"] == "the disk is gone"
    film = Film(video)
    assert film.next() is not None
    film.close()


def test_ctrl_c_before_the_first_frame_names_no_file_that_is_not_there(
    replay: Callable[..., tuple[int, dict[str, Any]]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    start = Pipeline.start

    def interrupted(self: Pipeline) -> None:
        start(self)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(Pipeline, "start", interrupted)
    code, result = replay("--loop", "--video", str(tmp_path / "out" / "film.mkv"))
    assert (code, result["submitted"], result["files"]) == (130, 0, [])
    assert not list((tmp_path / "out").iterdir())


def test_a_second_ctrl_c_ends_the_program_at_once(
    replay: Callable[..., tuple[int, dict[str, Any]]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def twice(headset: SimulatedHeadset) -> None:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    at_frame(monkeypatch, 20, twice)
    video = tmp_path / "out" / "film.mkv"
    code, result = replay("--loop", "--video", str(video))
    assert code == 130 and result["error"]["message"] == "interrupted"
    assert not list(video.parent.iterdir())
    assert not [t.name for t in threading.enumerate() if t.name in ("source", "stylize", "recorder")]


@pytest.mark.parametrize(
    "arguments", [("--fast",), ("--fast", "--loop", "--frames", "12"), ("--loop", "--seconds", "0.5")]
)
def test_pairs_shown_and_pairs_lost_add_up_to_pairs_painted(
    replay: Callable[..., tuple[int, dict[str, Any]]], arguments: tuple[str, ...]
) -> None:
    code, result = replay(*arguments)
    assert code == 0
    assert result["painted"] == result["pairs"] + result["dropped"]["stylize_to_compositor"]
    if "--fast" in arguments:
        assert result["painted"] == (12 if "--frames" in arguments else 5)
        assert result["pairs"] == result["painted"], "every one is shown"
        assert result["dropped"]["capture_to_stylize"] <= 1, "what was read ahead when enough were painted"


def test_what_the_painting_was_done_with_is_reported(
    replay: Callable[..., tuple[int, dict[str, Any]]], recording: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "big"
    for side in ("left", "right"):
        write_picture(folder / side / "0.png", np.full((128, 192, 3), 90, np.uint8))
    flags = ("--stroke-size", "2", "--keep-colour", "0.5", "--strength", "0.5", "--report", str(tmp_path / "report"))
    code, result = replay(*flags, source=folder)
    assert code == 0
    assert (result["stroke_size"], result["keep_colour"], result["painted_size"]) == (2.0, 0.5, [96, 64])
    assert result["interop"] in ("cuda", "none") and bool(result["interop_reason"]) == (result["interop"] == "none")
    told = json.loads((tmp_path / "report" / "report.json").read_text())["context"]
    assert (told["stroke_size"], told["keep_colour"]) == (2.0, 0.5)
    events = json.loads((tmp_path / "report" / "trace.json").read_text())["traceEvents"]
    assert {event["args"]["stroke_size"] for event in events if event.get("cat") == "infer"} == {2.0}
    assert replay("--keep-colour")[1]["keep_colour"] == 1.0, "the bare flag means wholly"


def test_the_governor_tells_what_it_does(
    replay: Callable[..., tuple[int, dict[str, Any]]], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code, result = replay("--loop", "--seconds", "0.5", "--governor", "1", "--report", str(tmp_path))
    assert code == 0 and result["governor"] == {"target_rate": 1.0, "scale": 1.0, "changes": []}
    assert json.loads((tmp_path / "report.json").read_text())["context"]["governor"] == result["governor"]
    assert replay("--seconds", "0.2")[1]["governor"] is None
    code, result = replay("--fast", "--governor")
    assert code == 2 and "no rate of its own" in result["error"]["message"]
    assert main(["replay", "--governor", "recording/"]) == 2
    assert "write --governor=auto, or put it last" in capfd.readouterr().err, "the flag took the recording"


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--governor", "-3"), "outside 0 to 1000"),
        (("--stroke-size", "9"), "outside 0.25 to 4"),
        (("--stroke-size", "2"), "would be painted at 48x32"),
        (("--keep-colour", "2"), "outside 0 to 1"),
    ],
)
def test_strokes_and_colours_that_cannot_be_are_refused(
    replay: Callable[..., tuple[int, dict[str, Any]]], flags: tuple[str, ...], message: str
) -> None:
    code, result = replay(*flags)
    assert code == 2 and message in result["error"]["message"]


def test_a_single_mono_picture_is_shown_to_both_eyes(
    replay: Callable[..., tuple[int, dict[str, Any]]], tmp_path: Path
) -> None:
    write_picture(tmp_path / "photo.png", np.full((64, 96, 3), 90, np.uint8))
    code, result = replay(source=tmp_path / "photo.png")
    assert code == 0 and result["pairs"] == 1 and "mono" in result["source"]


@pytest.mark.parametrize("layout", session_request.STEREO)
def test_every_layout_the_flag_offers_is_one_that_recordings_have(
    replay: Callable[..., tuple[int, dict[str, Any]]], tmp_path: Path, layout: str
) -> None:
    write_picture(tmp_path / "photo.png", np.full((128, 192, 3), 90, np.uint8))
    assert replay("--stereo", layout, source=tmp_path / "photo.png")[0] == 0


def test_the_bar_leaves_standard_output_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich takes it for a terminal
    mine = sys.stdout
    with drawing_progress() as progress:
        assert sys.stdout is mine
        for done in range(1, 4):
            progress(done, 5)
            assert sys.stdout is mine
    assert capsys.readouterr().out == ""


def test_where_nothing_can_be_written_is_said_before_anything_is_opened(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], recording: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    for flag, value in (("--report", tmp_path / "file" / "report"), ("--video", tmp_path / "film.gif")):
        assert main(["replay", str(recording), "--pack", "no such pack", flag, str(value)]) == 2
        error, hint = capfd.readouterr().err.splitlines()
        assert str(tmp_path) in error and hint.startswith("  hint: ")


def test_no_bar_writes_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with drawing_progress():
        pass
    assert capfd.readouterr() == ("", "")


def test_a_taken_port_is_told_before_anything_is_opened(
    replay: Callable[..., tuple[int, dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SimulatedHeadset, "__init__", lambda *_: pytest.fail("the headset was opened"))
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, result = replay("--web", f"127.0.0.1:{port}")
    assert code == 10
    assert str(port) in result["error"]["message"] and result["error"]["hint"].startswith("try --web 127.0.0.1:")


def test_the_web_pages_are_there_while_the_session_runs_and_not_after(
    replay: Callable[..., tuple[int, dict[str, Any]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    servers: list[WebServer] = []
    pages: list[bytes] = []
    monkeypatch.setattr(announcing, "announce", servers.append)

    def look(headset: SimulatedHeadset) -> None:
        with urllib.request.urlopen(f"{servers[0].url}?lang=de", timeout=PATIENCE_S) as answer:
            pages.append(answer.read())
        headset.press("quit")

    at_frame(monkeypatch, 5, look)
    code, _ = replay("--loop", "--web", "127.0.0.1:0")
    assert code == 0 and b"Durch ein Gem" in pages[0]
    with pytest.raises(OSError):
        socket.create_connection((servers[0].address.host, servers[0].address.port), PATIENCE_S)
