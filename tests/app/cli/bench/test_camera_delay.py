"""`allaprima bench camera-delay`: a camera on localhost films the real window on a virtual screen."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from allaprima.app.command_line import main

SCRIPT = Path(__file__).parents[4] / "scripts" / "screen_camera.py"
FILMED = ["bench", "camera-delay"]


@pytest.fixture
def xvfb() -> None:
    if sys.platform == "linux" and not shutil.which("Xvfb"):
        if os.environ.get("CI"):
            pytest.fail("no Xvfb: apt install xvfb")
        pytest.skip("NO XVFB, no camera filmed the screen: apt install xvfb")
    if sys.platform != "linux":
        pytest.skip("only Xvfb's screen can be filmed")


def filmed(*flags: str, late_ms: int = 0) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-P", "-m", "allaprima.app", *FILMED, "{camera}", *flags]
    command = [sys.executable, str(SCRIPT), "--late", str(late_ms), "--fps", "15", "--", *program]
    return subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)


@pytest.mark.slow
def test_the_age_of_what_a_camera_sees_is_told_with_the_flag_to_set(xvfb: None) -> None:
    done = filmed("--frames", "20", "--display-delay", "5", "--json", late_ms=150)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["timed"] >= 20 and told["camera_size"] == [640, 480] and told["mirrors"] == []
    assert told["age_ms"]["p5"] > 100, "it keeps its pictures for 150 ms; how much longer is the machine's"
    assert (told["display_ms"], told["display_assumed"]) == (5, False)
    assert told["camera_delay_ms"] == pytest.approx(told["age_ms"]["p50"] - 5, abs=0.1)


@pytest.mark.slow
def test_for_people_it_is_four_lines(xvfb: None) -> None:
    done = filmed("--frames", "5")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert "pictures read" in lines[0] and lines[1].startswith("screen to program")
    assert "one refresh" in lines[2] and "--set source.camera_delay_ms=" in lines[3]


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ([*FILMED, "0", "--inject", "5"], "there is no option '--inject'"),
        ([*FILMED, "0", "--no-window"], "there is no option '--no-window'"),
        ([*FILMED, "0,1"], "CAMERA 0,1: one at a time"),
        ([*FILMED, "0", "--camera-fps", "5000"], "outside 1 to 1000"),
        (["bench", "latency", "--exposure", "8"], "there is no option '--exposure'"),
        (["bench", "latency", "--display-delay", "8"], "there is no option '--display-delay'"),
    ],
)
def test_flags_that_mean_nothing_are_refused(
    flags: list[str], says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("allaprima.app.mirror.window.display_available", lambda: True)
    assert main(flags) == 2
    error = capsys.readouterr().err.strip().splitlines()
    assert says in error[-2] and error[-1].startswith("  hint: ")


def test_a_camera_that_is_not_there_is_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("allaprima.app.mirror.window.display_available", lambda: True)
    assert main([*FILMED, "usb-nobody-has-this"]) == 3
    assert "there is no camera 'usb-nobody-has-this'" in capsys.readouterr().err


def test_without_a_display_there_is_nothing_to_film(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("allaprima.app.mirror.window.display_available", lambda: False)
    assert main([*FILMED, "0"]) == 6
    assert "nothing for a camera to film" in capsys.readouterr().err
