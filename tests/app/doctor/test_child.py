"""A probe that hangs or crashes is a finding, and the examination goes on."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from allaprima.app.doctor.child import ProbeFailed, run
from allaprima.app.doctor.examination import examined, in_child_of
from allaprima.app.doctor.finding import Finding
from allaprima.app.doctor.probes import PROBES, Probe
from allaprima.app.settings_and_flags import Settings

PROBE = {probe.name: probe for probe in PROBES}
RISKY = ("graphics", "painting", "openvino", "onnxruntime", "torch", "cameras", "steamvr", "openxr")


def stand_in(monkeypatch: pytest.MonkeyPatch, folder: Path, name: str, code: str) -> None:
    """The module `name`, for child processes, is `code`."""
    (folder / f"{name}.py").write_text(code, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(folder))


def looked_at(name: str) -> Finding:
    (finding,) = examined(in_child_of(PROBE[name]), Settings())
    return finding


def test_whatever_loads_a_driver_or_a_runtime_runs_in_a_child() -> None:
    assert tuple(probe.name for probe in PROBES if probe.limit_s) == RISKY


@pytest.mark.skipif(sys.platform == "win32", reason="Windows tells crashes by code")
def test_a_library_that_crashes_the_process_is_a_finding(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stand_in(monkeypatch, tmp_path, "xr", "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    finding = looked_at("openxr")
    assert (finding.name, finding.state) == ("openxr", "warning")
    assert "SIGSEGV" in finding.text


def test_a_library_that_ends_the_process_is_told_with_its_last_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stand_in(monkeypatch, tmp_path, "openvino", "import os\nos.write(2, b'no licence\\n')\nos._exit(3)\n")
    finding = looked_at("openvino")
    assert finding.state == "warning" and finding.text.endswith("with code 3: no licence")
    assert looked_at("painting").state == "fault", "run would end like that, too"


@pytest.mark.slow
def test_a_library_that_hangs_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(ProbeFailed, match=r"no answer within 0\.2 s"):
        run(["-c", "import threading; threading.Event().wait()"], 0.2, tmp_path)


def test_what_libraries_print_is_no_result(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stand_in(monkeypatch, tmp_path, "xr", "print('[{\"name\": \"openxr\"}]')\nraise ImportError('no loader')\n")
    finding = looked_at("openxr")
    assert finding.text == "OpenXR cannot be loaded: no loader" and "pip install pyopenxr" in finding.hint


@pytest.mark.parametrize("needed", [True, False])
def test_a_probe_that_raises_is_a_finding_as_grave_as_what_it_looks_at(needed: bool) -> None:
    def look(settings: Settings) -> list[Finding]:
        raise ZeroDivisionError("by zero")

    assert examined(Probe("thing", look, needed), Settings()) == [
        Finding("thing", "fault" if needed else "warning", "ZeroDivisionError: by zero")
    ]
