"""`allaprima bench latency` from the outside."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from allaprima.app.command_line import main

SMALL = ("--set", "source.size=128x96", "--eye-size", "320x360", "--engine", "torch", "--strength", "0.3")


@pytest.mark.slow
def test_an_injected_delay_is_in_the_json_twice_and_in_the_report(
    graphics: object,
    tiny_pack: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    flags = (*SMALL, "--pack", str(tiny_pack), "--report", str(tmp_path / "report"))
    assert main(["bench", "latency", "--inject", "30", "--frames", "12", "--json", *flags]) == 0
    result = json.loads(capfd.readouterr().out)
    assert result["injected_ms"] == 30 and result["pairs"] > 0
    stamps, loop_back = result["reported_ms"]["by_stamps"], result["reported_ms"]["by_loop_back"]
    assert stamps >= 30, "not earlier than it may; how much later is the machine's"
    assert result["loop_back"]["looks"] > result["loop_back"]["unreadable"]
    assert loop_back is None or loop_back >= 30
    told = json.loads((tmp_path / "report" / "report.json").read_text())["context"]
    assert told["injected_ms"] == 30 and told["loop_back"] == result["loop_back"]


@pytest.mark.parametrize("delay", ["-1", "1001", "soon", "nan"])
def test_a_delay_that_cannot_be_is_refused(delay: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "latency", f"--inject={delay}"]) == 2
    assert delay in capfd.readouterr().err
