"""The page fits a terminal of 80 columns, and is plain where it is piped."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from allaprima.app.command_line import main
from allaprima.app.doctor import examination, self_test
from allaprima.app.doctor.finding import Finding
from allaprima.app.doctor.page import conclusion, plain, print_page
from allaprima.app.doctor.probes import Probe
from allaprima.app.settings_and_flags import Settings

LONG = "/a/folder/whose/name/has/no/blank/" + "x" * 100
FINDINGS = [
    Finding("python", "ok", "3.11.2"),
    Finding("graphics", "warning", f"llvmpipe in {LONG}: in software", "allaprima run --eye-size 320x360"),
    Finding("pack first", "fault", "damaged: [red]not markup[/red] \x1b[31m", "get it again"),
]
RESULT = {"pairs_per_s": 24.3, "submitted_per_s": 59.8, "engine": "openvino", "precision": "bf16", "device": "CPU"}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return Terminal()


def test_table_fits_80_columns_and_says_everything(terminal: Terminal) -> None:
    print_page(FINDINGS, terminal, width=80)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", terminal.getvalue()).splitlines()
    assert max(len(line) for line in lines) <= 80
    whole = "".join(line.strip() for line in lines)
    assert "x" * 100 in whole and "allaprima run --eye-size 320x360" in whole and "[red]not markup[/red]" in whole
    assert "\x1b[32mok" in terminal.getvalue() and "\x1b[33mwarning" in terminal.getvalue()


def test_piped_page_is_plain_lines() -> None:
    stream = io.StringIO()
    print_page(FINDINGS, stream)
    assert stream.getvalue().splitlines()[:3] == [
        "ok       python: 3.11.2",
        f"warning  graphics: llvmpipe in {LONG}: in software",
        "         hint: allaprima run --eye-size 320x360",
    ]
    assert "\x1b" not in stream.getvalue()
    assert plain(FINDINGS) + "\n" == stream.getvalue()


@pytest.mark.parametrize(
    ("findings", "words"),
    [
        (FINDINGS, "does not work here (1 fault)"),
        (FINDINGS[:2], "Nothing seems to keep allaprima run from working here; 1 warning."),
        ([*FINDINGS[:1], Finding("self-test", "ok", "")], "allaprima run works here."),
    ],
)
def test_conclusion(findings: list[Finding], words: str) -> None:
    assert words in conclusion(findings)


@pytest.fixture
def healthy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine of which only the self-test is left to say something."""
    probe = Probe("python", lambda settings: [Finding("python", "ok", "3.11.2")])
    monkeypatch.setattr(examination, "PROBES", (probe,))


def ran(monkeypatch: pytest.MonkeyPatch, code: int, out: str) -> list[list[str]]:
    """`run` as a child ends with that; the command lines that it was called with."""
    calls: list[list[str]] = []

    def run(arguments: list[str], limit_s: float, folder: Path) -> tuple[int, str, str]:
        calls.append(list(arguments))
        return code, out, ""

    monkeypatch.setattr(self_test, "run", run)
    return calls


@pytest.mark.parametrize(
    ("code", "out", "exit_code", "state", "words"),
    [
        (0, json.dumps(RESULT), 0, "ok", "24.3 pairs/s painted, 59.8 frames/s shown (openvino bf16 on CPU)"),
        (0, json.dumps(RESULT | {"pairs_per_s": 3.8}), 0, "warning", "slow: 3.8 pairs/s"),
        (0, json.dumps(RESULT | {"pairs_per_s": 0.0}), 1, "fault", "nothing was painted"),
        (5, json.dumps({"error": {"message": "no engine", "hint": "pip", "exit_code": 5}}), 1, "fault", "no engine"),
        (-11, "", 1, "fault", "ended with SIGSEGV"),
    ],
)
def test_self_test_decides(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], healthy: None,
    code: int, out: str, exit_code: int, state: str, words: str,
) -> None:  # fmt: skip
    calls = ran(monkeypatch, code, out)
    assert main(["doctor", "--json"]) == exit_code
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert result["works"] is (exit_code == 0)
    (_, finding) = result["findings"]
    assert (finding["name"], finding["state"]) == ("self-test", state) and words in finding["text"]
    assert len(calls) == 1 and calls[0][-2:] == ["5", "--json"]


def test_self_test_can_be_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], healthy: None
) -> None:
    calls = ran(monkeypatch, 0, "")
    assert main(["doctor", "--no-self-test"]) == 0
    assert "python: 3.11.2" in capsys.readouterr().out and calls == []


@pytest.mark.slow
def test_self_test_really_runs(graphics: object) -> None:
    finding = examination.examined(Probe("self-test", self_test.self_test, needed=True), Settings())[0]
    assert finding.state in ("ok", "warning") and "pairs/s painted" in finding.text
