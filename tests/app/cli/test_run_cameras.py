"""`allaprima run` on two streams of localhost, and on a headset's own cameras, from its flags to its report."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest
from mjpeg_streams import MjpegStreams

from allaprima.app.cli import run
from allaprima.app.command_line import main
from allaprima.app.sources.cameras import listing
from allaprima.app.sources.cameras.listing import CameraInfo

SIZE = (96, 64)


def test_two_cameras_are_painted_and_what_became_of_their_frames_is_reported(
    graphics: object, tiny_pack: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    flags = ["--no-window", "--json", "--pack", str(tiny_pack), "--eye-size", "80x90", "--engine", "torch"]
    with MjpegStreams(SIZE, fps=30, loop=16) as streams:
        asked = ["--source", streams.source, "--frames", "5", "--swap-eyes", "--hold", "1", "--fault", "drop@2+2"]
        code = main(["run", *asked, *flags, "--report", str(tmp_path)])
    out, err = capfd.readouterr()
    result = json.loads(out)
    assert code == 0 and result["painted"] == 5 and result["source_size"] == list(SIZE)
    told = result["cameras"]
    assert told["pairs"] >= 7 and told["left_frames"] > 0 and told["skew_p99_ms"] >= told["skew_p50_ms"] > 0
    assert told["held"] >= result["held"] >= 0
    assert result["dropped"]["pairing"] == told["unpaired"] + told["overtaken"]
    assert "skew_p99_ms" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert f"cameras {streams.url(1)} and {streams.url(0)}, with faults" in err


@pytest.mark.parametrize("worn", ["openvr", "simulated"])
def test_the_headsets_own_cameras_are_painted_whatever_shows_them(
    steamvr: Any, graphics: object, tiny_pack: Path, capfd: pytest.CaptureFixture[str], worn: str
) -> None:
    steamvr.do("camera rate 60", "camera size 96 64")
    flags = ["--no-window", "--json", "--pack", str(tiny_pack), "--eye-size", "80x90", "--engine", "torch"]
    assert main(["run", "--source", "headset", "--headset", worn, "--frames", "3", *flags]) == 0
    result = json.loads(capfd.readouterr().out)
    assert result["painted"] == 3 and result["source"] == "the cameras of Test Visor"
    assert result["source_size"] == [96, 64] and result["cameras"]["camera_frames"] > 3
    assert [call["type"] for call in steamvr.calls("init")] == [1 if worn == "openvr" else 3], "joined once, for both"
    assert len(steamvr.calls("cleanup")) == 1


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--source", "cameras:0"], "does not name two cameras"),
        (["--fault", "die"], "not of the form KIND@PAIR"),
        (["--swap-eyes"], "cannot be swapped"),
        (["--camera-fps", "5000"], "outside 1 to 1000"),
        (["--hold", "4"], "outside 0 to 3"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line_with_a_hint(
    tiny_pack: Path, graphics: object, capsys: pytest.CaptureFixture[str], flags: list[str], says: str
) -> None:
    assert main(["run", "--no-window", "--pack", str(tiny_pack), *flags]) == 2
    error = capsys.readouterr().err.strip().splitlines()
    assert says in error[-2] and error[-1].startswith("  hint: ")


@pytest.mark.parametrize(
    ("plugged", "flags", "source", "said"),
    [
        (2, [], "cameras:0,1", "--source cameras:0,1: Camera 0 and Camera 1 are plugged in"),
        (0, [], "synthetic", "--source synthetic: no camera"),
        (2, ["--source", "synthetic"], "synthetic", ""),
    ],
)
def test_run_takes_the_cameras_that_there_are_and_says_so_in_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    plugged: int, flags: list[str], source: str, said: str,
) -> None:  # fmt: skip
    cameras = [CameraInfo(str(n), f"/dev/video{n}", f"Camera {n}") for n in range(plugged)]
    monkeypatch.setattr(listing, "list_cameras", lambda: cameras)
    taken: list[str] = []

    def paint_live(args: Namespace, fast: bool) -> int:
        taken.append(args.source)
        return 0

    monkeypatch.setattr(run, "paint_live", paint_live)
    assert main(["run", *flags]) == 0
    lines = capsys.readouterr().err.splitlines()
    assert taken == [source] and len(lines) == bool(said) and said in "".join(lines)
