"""`--headset`, `--reconnect` and a runtime that fails, from the command line to exit codes and files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from patience import PATIENCE_S

from allaprima.app.command_line import main
from allaprima.app.core.errors import HeadsetLost, HeadsetUnavailable
from allaprima.app.headset.headset import HeadsetTiming
from allaprima.app.headset.simulated import SimulatedHeadset
from allaprima.app.live import cameras_and_rig, headset_and_window
from allaprima.app.recording.picture import write_picture
from allaprima.app.sources.recorded.film import Film

FLAGS = ["--no-window", "--json", "--engine", "torch"]


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    folder = tmp_path / "pairs"
    for number in range(5):
        for side in ("left", "right"):
            write_picture(folder / side / f"{number}.png", np.full((64, 96, 3), 40 * number, np.uint8))
    return folder


class Runtime(SimulatedHeadset):
    """Stands for a real one: it has a name and counts of its own, and quits at its frame `quits_at`."""

    name = "Test runtime"
    quits_at = 10**9

    def submit(self, frame: Any) -> None:
        super().submit(frame)
        if self._submitted >= self.quits_at:
            self.lost = "the test runtime has quit"

    def timing(self) -> HeadsetTiming:
        return HeadsetTiming(self._submitted, 7, 5, 2.25)


def candidates(monkeypatch: pytest.MonkeyPatch, **available: Any) -> list[str]:
    """Makes `available` the real headsets; returns the names of those that were tried."""
    tried: list[str] = []

    def opener(name: str) -> Any:
        def open_it() -> Any:
            tried.append(name)
            if name not in available:
                raise HeadsetUnavailable(f"no {name} here", f"install {name}")
            return available[name]()

        return open_it

    def openers(clock: Any, simulated: Any) -> Any:
        return {"openvr": opener("openvr"), "openxr": opener("openxr"), "simulated": simulated}

    monkeypatch.setattr(headset_and_window, "openers", openers)
    return tried


def test_auto_says_why_each_was_not_chosen_once(
    graphics: object, tiny_pack: Path, recording: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    candidates(monkeypatch)
    assert main(["replay", str(recording), "--pack", str(tiny_pack), *FLAGS, "--fast"]) == 0
    told = capfd.readouterr()
    assert json.loads(told.out)["headset"] == "simulated headset"
    lines = [line for line in told.err.splitlines() if ": not " in line]
    assert lines == [
        "allaprima: not openvr: no openvr here (install openvr)",
        "allaprima: not openxr: no openxr here (install openxr)",
    ]


def test_a_headset_that_is_asked_for_and_not_there_is_an_error_before_anything_slow_is_opened(
    graphics: object, tiny_pack: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    tried = candidates(monkeypatch, openxr=lambda: pytest.fail("nobody asked for that"))
    monkeypatch.setattr(
        cameras_and_rig, "open_source", lambda *a, **k: pytest.fail("read before the headset was opened")
    )
    arguments = ["run", "--source", "synthetic", "--pack", str(tiny_pack), *FLAGS, "--headset", "openvr"]
    assert main(arguments) == 7
    error = json.loads(capfd.readouterr().out)["error"]
    assert error["message"] == "no openvr here" and "--headset simulated" in error["hint"]
    assert tried == ["openvr"]


def test_the_runtimes_own_counts_are_in_the_result_the_report_and_the_table(
    graphics: object, recording: Path, tiny_pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    candidates(monkeypatch, openxr=lambda: Runtime(eye_size=(80, 90)))
    arguments = ["replay", str(recording), "--pack", str(tiny_pack), "--fast", "--report", str(tmp_path / "report")]
    assert main([*arguments, *FLAGS]) == 0
    result = json.loads(capfd.readouterr().out)
    timing = result["headset_timing"]
    assert (result["headset"], timing["runtime"], timing["gpu_ms"]) == ("Test runtime", "Test runtime", 2.25)
    assert timing["submitted"] == result["submitted"] > 0
    assert (timing["dropped"], timing["reprojected"]) == (0, 0), "of this run: it had 7 and 5 before"
    assert json.loads((tmp_path / "report" / "report.json").read_text())["summary"]["headset_timing"] == timing
    assert main([*arguments, "--overwrite", "--no-window", "--engine", "torch"]) == 0
    assert "Test runtime itself counted" in capfd.readouterr().out


def test_a_runtime_that_quits_ends_the_video_and_not_the_run(
    graphics: object, recording: Path, tiny_pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    monkeypatch.setattr(Runtime, "quits_at", 5)
    candidates(monkeypatch, openvr=lambda: Runtime(eye_size=(80, 90)))
    video = tmp_path / "film.mkv"
    arguments = ["replay", str(recording), "--pack", str(tiny_pack), "--loop", "--frames", "60", *FLAGS]
    assert main([*arguments, "--video", str(video)]) == 0
    told = capfd.readouterr()
    result = json.loads(told.out)
    assert result["painted"] == 60 and result["files"] == [str(video)]
    assert "the test runtime has quit: going on without it" in told.err
    film = Film(video)
    assert film.next() is not None
    film.close()


@pytest.mark.parametrize(
    ("runtime", "device"),
    [
        ("openvr", "Test Visor on SteamVR"),
        pytest.param("openxr", "Remote HMD", marks=pytest.mark.monado(driver="remote")),
    ],
)
def test_the_whole_command_paints_for_a_real_runtime(
    runtime: str,
    device: str,
    request: pytest.FixtureRequest,
    recording: Path,
    tiny_pack: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With every library that a user has: only the OpenVR runtime is a stand-in, for SteamVR."""
    log = tmp_path / "openvr.jsonl"
    if runtime == "openvr":
        request.getfixturevalue("steamvr")
        monkeypatch.setenv("ALLAPRIMA_OPENVR_SCRIPT", str(tmp_path / "script"))
        (tmp_path / "script").write_text(f"0 log {log}\n0 rate 60\n")
    arguments = ["run", "--headset", runtime, "--source", str(recording), "--loop", "--pack", str(tiny_pack)]
    done = subprocess.run(
        [sys.executable, "-P", "-m", "allaprima.app", *arguments, "--frames", "8", *FLAGS],
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    timing = result["headset_timing"]
    assert device in result["headset"] and timing["runtime"] == result["headset"]
    assert (result["painted"], timing["lost"]) == (8, 0)
    assert timing["submitted"] == result["submitted"] > 0
    if runtime == "openvr":
        calls = [json.loads(line) for line in log.read_text().splitlines()]
        eyes = [call["eye"] for call in calls if call["call"] == "submit"]
        assert eyes == [0, 1] * (len(eyes) // 2) and len(eyes) // 2 >= timing["submitted"]
        assert calls[-1]["call"] == "cleanup"


HANGING = """
import sys, time
from allaprima.app.live import headset_and_window
from allaprima.app.command_line import main
from allaprima.app.headset.simulated import SimulatedHeadset

class Hanging(SimulatedHeadset):
    name = "Hanging runtime"
    def submit(self, frame):
        super().submit(frame)
        while self._submitted > 60:
            time.sleep(1000)  # as a C function that never returns: ctrl-C or an exception do not reach it

def openers(clock, simulated):
    return {"openvr": lambda: Hanging(clock, (80, 90)), "simulated": simulated}

headset_and_window.openers = openers
sys.exit(main(sys.argv[1:]))
"""


def test_a_runtime_that_never_returns_is_told_with_a_whole_video(
    graphics: object, recording: Path, tiny_pack: Path, tmp_path: Path
) -> None:
    video = tmp_path / "film.mkv"
    arguments = ["replay", str(recording), "--pack", str(tiny_pack), "--loop", "--rate", "30", "--video", str(video)]
    done = subprocess.run(
        [sys.executable, "-c", HANGING, *arguments, *FLAGS, "--set", "headset.watchdog_s=3"],
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE_S,
    )
    assert done.returncode == HeadsetLost.exit_code, done.stderr
    error = json.loads(done.stdout)["error"]
    assert "Hanging runtime: a submitted frame did not come back within 3 s" in error["message"] and error["hint"]
    assert f"{video} holds what was shown until then" in done.stderr
    film = Film(video)
    assert film.next() is not None
    film.close()
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["film.mkv"]


def test_a_rig_file_that_is_none_is_refused_by_name(recording: Path, tmp_path: Path, capfd: Any) -> None:
    (tmp_path / "rig.toml").write_text("version = 1\n[trims]\nfov_scail = 9\n")
    assert main(["replay", str(recording), *FLAGS, "--rig", str(tmp_path / "rig.toml")]) == 8
    error = json.loads(capfd.readouterr().out)["error"]
    assert "rig.toml" in error["message"] and "fov_scail" in error["message"] and "fov_scale" in error["hint"]
